"""Taking a list of schools into a cycle that is being prepared."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.i18n import _
from app.programme.cycles.imports.names import municipality_key, school_key, slug_of
from app.programme.cycles.imports.queries import directory
from app.programme.cycles.imports.values import SchoolList
from app.programme.cycles.imports.verdicts import Judged, Preview, Verdict, judge
from app.programme.cycles.models import Case, Cycle, CycleState
from app.programme.cycles.operations import add_case
from app.work.history.operations import record
from app.work.people.models import Organisation
from app.work.people.operations import add_organisation
from app.work.people.roles import Level


class CycleIsNotPrepared(Conflict):
    """The order is signed or the cycle is over: its list of schools does not change by an import."""


class ListIsNotClear(Invalid):
    """There are rows to mend or questions to answer."""


class NewOnesNotConfirmed(Invalid):
    """The list would create schools or municipalities, and nobody has said that this is meant."""


@dataclass(frozen=True)
class Answers:
    """What the person decided about a list.

    Attributes:
        decisions: answers to the questions of the preview, see `verdicts.judge`.
        creates: creating the new schools and municipalities was confirmed.
    """

    decisions: Mapping[str, str] = field(default_factory=dict)
    creates: bool = False


@dataclass(frozen=True)
class Imported:
    """What came of it: new cases, new organisations, and which curator the list names for which case."""

    case_ids: tuple[int, ...]
    schools_created: int
    municipalities_created: int
    curators: Mapping[int, int]


def import_schools(
    session: Session, *, cycle_id: int, school_list: SchoolList, answers: Answers, actor_id: int | None, now: datetime
) -> Imported:
    """Take the whole list into the cycle, or nothing of it. The same list twice adds nothing.

    Raises:
        CycleIsNotPrepared: the cycle is no longer being prepared.
        ListIsNotClear: a row has a problem or an open question.
        NewOnesNotConfirmed: something would be created without a yes.
    """
    cycle = session.scalar(select(Cycle).where(Cycle.id == cycle_id).with_for_update())
    if cycle is None:
        raise NotFound(_("There is no such cycle."))
    if cycle.state is not CycleState.PREPARING:
        raise CycleIsNotPrepared(_("The order of this cycle is signed already; its list of schools is closed."))
    preview = judge(school_list, directory(session, cycle=cycle), answers.decisions)
    _check_clear(preview, answers)
    return _Taking(session, cycle, preview, actor_id, now).carry_out()


def _check_clear(preview: Preview, answers: Answers) -> None:
    if not preview.can_be_taken:
        raise ListIsNotClear(_("The list has rows to mend or to decide. Nothing was taken in."))
    if preview.creates_organisations and not answers.creates:
        raise NewOnesNotConfirmed(_("Confirm that the new schools and municipalities are to be created."))


class _Taking:
    """One list on its way into the database."""

    def __init__(self, session: Session, cycle: Cycle, preview: Preview, actor_id: int | None, now: datetime) -> None:
        self.session, self.cycle, self.preview = session, cycle, preview
        self.actor_id, self.now = actor_id, now
        self.slugs = set(session.scalars(select(Organisation.slug)))
        self.places: dict[str, int] = {}
        self.zones = {
            row.id: row.time_zone
            for row in session.execute(
                select(Organisation.id, Organisation.time_zone).where(
                    (Organisation.id == cycle.region_id) | (Organisation.parent_id == cycle.region_id)
                )
            )
        }

    def carry_out(self) -> Imported:
        cases: dict[int, tuple[Case, int | None]] = {}
        created = 0
        for row in self.preview.rows:
            if row.verdict not in {Verdict.JOINS, Verdict.NEW}:
                continue
            school_id = row.school_id
            if school_id is None:
                school_id = self._create_school(row)
                created += 1
            case = add_case(self.session, cycle=self.cycle, school_id=school_id, actor_id=self.actor_id, now=self.now)
            cases[school_id] = (case, row.curator_id)
        result = Imported(
            case_ids=tuple(case.id for case, _curator in cases.values()),
            schools_created=created,
            municipalities_created=len(self.places),
            curators={case.id: curator for case, curator in cases.values() if curator is not None},
        )
        self._record(result)
        return result

    def _create_school(self, row: Judged) -> int:
        place_id = row.municipality_id or self._create_place(row.municipality)
        name = f"{municipality_key(row.municipality)} {school_key(row.school)}"
        return self._create(Level.SCHOOL, row.school, slug_of(name), place_id)

    def _create_place(self, name: str) -> int:
        key = municipality_key(name)
        if key not in self.places:
            self.places[key] = self._create(Level.MUNICIPALITY, name, slug_of(name), self.cycle.region_id)
        return self.places[key]

    def _create(self, level: Level, name: str, slug: str, parent_id: int) -> int:
        zone = self.zones.get(parent_id) or self.zones[self.cycle.region_id]
        organisation = add_organisation(
            self.session,
            level=level,
            name=name,
            slug=self._free(slug),
            parent_id=parent_id,
            time_zone=zone,
            now=self.now,
            actor_id=self.actor_id,
        )
        self.zones[organisation.id] = zone
        return organisation.id

    def _free(self, slug: str) -> str:
        """Return the slug, numbered when another organisation has it."""
        candidate, number = slug, 1
        while candidate in self.slugs:
            number += 1
            candidate = f"{slug}-{number}"
        self.slugs.add(candidate)
        return candidate

    def _record(self, result: Imported) -> None:
        if not result.case_ids:
            return
        record(
            self.session,
            at=self.now,
            person_id=self.actor_id,
            action="cycle.schools_imported",
            subject=("cycle", self.cycle.id),
            business_key=self.cycle.business_key,
            schools=len(result.case_ids),
            schools_created=result.schools_created,
            municipalities_created=result.municipalities_created,
            curators={str(case_id): person_id for case_id, person_id in result.curators.items()},
        )
