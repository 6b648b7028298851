"""Reading notices and mails. Nothing here changes anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from app.kernel.errors import NotFound
from app.kernel.i18n import _
from app.kernel.lists import PAGE_SIZE, Page, page_number
from app.kernel.rows import write_rows_of
from app.kernel.statements import Statement
from app.work.notifications.models import Mail, MailState, Notice
from app.work.people.models import HeldMandate, Person, short_name
from app.work.people.roles import Mandate

BELL_LENGTH = 20


class NoticeNotFound(NotFound):
    """There is no such notice of this person."""


class MailNotFound(NotFound):
    """There is no such mail."""


def bell(session: Session, *, person_id: int, limit: int = BELL_LENGTH) -> Sequence[Notice]:
    """Return the person's latest notices, the newest first, read ones too."""
    return session.scalars(
        select(Notice)
        .where(Notice.person_id == person_id)
        .order_by(Notice.created_at.desc(), Notice.id.desc())
        .limit(limit)
    ).all()


def unread_count(session: Session, *, person_id: int) -> int:
    """Return how many notices the person has not read."""
    return int(_UNREAD.first(session, person_id=person_id).number)


_UNREAD = Statement(
    select(func.count().label("number"))
    .select_from(Notice.__table__)
    .where(Notice.__table__.c.person_id == bindparam("person_id"), Notice.__table__.c.read_at.is_(None))
)


def get_mail(session: Session, *, mail_id: int) -> Mail:
    """Return the mail.

    Raises:
        MailNotFound: there is none with this id.
    """
    mail = session.get(Mail, mail_id)
    if mail is None:
        raise MailNotFound(_("There is no such mail."))
    return mail


def outbox(session: Session, *, state: MailState | None = None, page: int = 1) -> Page[Mail]:
    """Return a page of the outbox, the newest first: all mails, or those in one state."""
    wanted = select(Mail) if state is None else select(Mail).where(Mail.state == state)
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    number = page_number(page, total=total)
    rows = wanted.order_by(Mail.id.desc()).offset((number - 1) * PAGE_SIZE).limit(PAGE_SIZE)
    return Page(session.scalars(rows).all(), number, total)


@dataclass(frozen=True)
class Reader:
    """Somebody who is to be told; `was_told` when he has had such a notice about the case within the hour."""

    id: int
    full_name: str
    email: str
    locale: str
    was_told: bool

    @property
    def short_name(self) -> str:
        """«Петрова Е. В.» of «Петрова Елена Викторовна»."""
        return short_name(self.full_name)


def readers(
    session: Session, *, mandate: Mandate, today: date, kind: str, business_key: str, now: datetime
) -> list[Reader]:
    """Return who holds the mandate today, by name, and whether he has just had such a notice; past the ORM."""
    write_rows_of(session, Notice)
    rows = _READERS.all(
        session,
        told_role=mandate.role,
        told_at=mandate.organisation_id,
        today=today,
        told_kind=kind,
        told_key=business_key,
        since=now - timedelta(hours=1),
    )
    # Two mandates of the same kind may overlap.
    return list({row.id: Reader(*row) for row in rows}.values())


_person: Any = Person.__table__.c
_held: Any = HeldMandate.__table__.c
_notice: Any = Notice.__table__.c
_READERS = Statement(
    select(
        _person.id,
        _person.full_name,
        _person.email,
        _person.locale,
        exists()
        .where(
            _notice.person_id == _person.id,
            _notice.kind == bindparam("told_kind"),
            _notice.business_key == bindparam("told_key"),
            _notice.created_at > bindparam("since"),
        )
        .label("was_told"),
    )
    .join_from(HeldMandate.__table__, Person.__table__, _person.id == _held.person_id)
    .where(
        _held.role == bindparam("told_role"),
        _held.organisation_id == bindparam("told_at"),
        _held.since_on <= bindparam("today"),
        or_(_held.until_on.is_(None), _held.until_on >= bindparam("today")),
        _person.active,
    )
    .order_by(_person.full_name, _person.id)
)


def was_told(session: Session, *, person_id: int, kind: str, business_key: str, since: datetime) -> bool:
    """Say whether the person has had such a notice about the case since then."""
    same = (Notice.person_id == person_id) & (Notice.kind == kind) & (Notice.business_key == business_key)
    return session.scalar(select(Notice.id).where(same, Notice.created_at > since).limit(1)) is not None
