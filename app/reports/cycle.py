"""The schools of one cycle with their curators, for its page; also before the first stage has begun."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, contains_eager

from app.kernel.lists import PAGE_SIZE, Page, page_number, search_text
from app.programme.cycles.models import Case, Cycle
from app.reports.scope import Municipality
from app.work.history.models import Entry
from app.work.people.models import Organisation
from app.work.people.queries import holders_of
from app.work.people.roles import Mandate, Role


@dataclass(frozen=True)
class ListedCase:
    """A school on the list of a cycle."""

    case: Case
    municipality: str
    curators: tuple[str, ...]


def schools_of(session: Session, *, cycle: Cycle, today: date, search: str = "", page: int = 1) -> Page[ListedCase]:
    """Return a page of the cycle's schools, by municipality and name."""
    wanted = (
        select(Case, Municipality.name)
        .join(Organisation, Organisation.id == Case.school_id)
        .join(Municipality, Municipality.id == Organisation.parent_id)
        .where(Case.cycle_id == cycle.id)
    )
    for word in search_text(search).split():
        wanted = wanted.where(
            or_(*(name.icontains(word, autoescape=True) for name in (Organisation.name, Municipality.name)))
        )
    total = session.scalar(select(func.count()).select_from(wanted.with_only_columns(Case.id).subquery())) or 0
    number = page_number(page, total=total)
    ordered = wanted.order_by(Municipality.name, Organisation.name, Case.id)
    rows = session.execute(
        ordered.offset((number - 1) * PAGE_SIZE).limit(PAGE_SIZE).options(contains_eager(Case.school))
    ).all()
    mandates = {Mandate(Role.CURATOR, case.school_id) for case, _name in rows}
    holders = holders_of(session, mandates=mandates, today=today) if mandates else {}
    return Page(
        [
            ListedCase(case, name, tuple(p.short_name for p in holders.get(Mandate(Role.CURATOR, case.school_id), [])))
            for case, name in rows
        ],
        number,
        total,
    )


def sizes(session: Session, *, cycle_ids: Sequence[int]) -> dict[int, int]:
    """Return how many schools each of the cycles has."""
    rows = session.execute(
        select(Case.cycle_id, func.count(Case.id)).where(Case.cycle_id.in_(cycle_ids)).group_by(Case.cycle_id)
    )
    return {row[0]: row[1] for row in rows}


def cancelled(session: Session, *, cycle: Cycle) -> tuple[datetime, str] | None:
    """Return when and why the cycle was cancelled, if it was."""
    entry = session.scalar(
        select(Entry)
        .where(Entry.business_key == cycle.business_key, Entry.action == "cycle.cancel_reason_given")
        .order_by(Entry.id.desc())
        .limit(1)
    )
    return (entry.at, str(entry.detail.get("reason", ""))) if entry is not None else None
