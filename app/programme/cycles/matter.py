"""What a task's page says of the case or cycle that it belongs to, read in one statement and past the ORM."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.kernel.statements import Statement
from app.programme.cycles import queries
from app.programme.cycles.models import Case, Cycle, StageRecord
from app.work.people.models import Organisation


@dataclass(frozen=True)
class Named:
    """A thing where only its name is shown."""

    name: str


@dataclass(frozen=True)
class CaseLine:
    """A case: its school and the stages that it is in."""

    id: int
    school: Named
    stages: Sequence[str]


@dataclass(frozen=True)
class CycleLine:
    """A cycle by its title."""

    title: str


_case: Any = Case.__table__
_cycle: Any = Cycle.__table__
_school: Any = Organisation.__table__
_stage: Any = StageRecord.__table__
_OF_CASE = Statement(
    select(_cycle.c.title, _school.c.name, _stage.c.stage)
    .join_from(_case, _cycle, _cycle.c.id == _case.c.cycle_id)
    .join(_school, _school.c.id == _case.c.school_id)
    .outerjoin(_stage, (_stage.c.case_id == _case.c.id) & _stage.c.ended_at.is_(None))
    .where(_case.c.id == bindparam("case_id"))
    .order_by(_stage.c.id)
)


def matter(session: Session, business_key: str) -> tuple[CycleLine, CaseLine | None]:
    """Return what a business key speaks of, as `queries.about` does.

    Raises:
        CycleNotFound, CaseNotFound: it speaks of nothing that exists.
    """
    case_id = queries.case_number(business_key)
    rows = [] if case_id is None else _OF_CASE.all(session, case_id=case_id)
    if case_id is None or not rows:
        return CycleLine(queries.about(session, business_key)[0].title), None
    title, school, _first = rows[0]
    return CycleLine(title), CaseLine(case_id, Named(school), [row.stage for row in rows if row.stage is not None])
