"""What the page of a school's case shows: the year as a line, whose turn it is, roadmap, papers, risks, history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.programme.consultations import queries as consultations
from app.programme.cycles import queries as cycles
from app.programme.cycles.models import Case, CaseState
from app.programme.cycles.stages import STAGES, StageDates, dates_of
from app.programme.diagnosis import queries as diagnosis
from app.programme.diagnosis.models import Risk
from app.programme.processes.acts import can_recall
from app.programme.roadmaps import queries as roadmaps
from app.programme.roadmaps.models import Measure
from app.programme.roadmaps.rules import Light, light
from app.web import history_words, session, turns, words
from app.work.documents import queries as documents
from app.work.history import queries as history
from app.work.people.roles import Actor, Role

RECENT = 12
_ASKING = (Role.SCHOOL_TEAM, Role.PRINCIPAL)


@dataclass(frozen=True)
class StageView:
    """One stage on the line: its days by the calendar, when it really began and ended, where the case is.

    Attributes:
        kind: `done`, `here` or `ahead`, for the drawing; `badge` says it in words.
        planned: the days of the calendar.
        began_on, ended_on: local days; None before that.
    """

    stage: str
    kind: str
    late: bool
    planned: StageDates
    began_on: date | None
    ended_on: date | None


@dataclass(frozen=True)
class MeasureView:
    """A roadmap row with its light."""

    measure: Measure
    light: Light
    days_late: int


@dataclass(frozen=True)
class RoadmapPart:
    """The rows against one risk."""

    title: str
    rows: Sequence[MeasureView]


def build(session_: Session, *, case: Case, actor: Actor) -> dict[str, Any]:
    """Return everything that the template shows."""
    today = session.today(case.school.time_zone)
    measures = roadmaps.measures_of(session_, case_id=case.id)
    profile = diagnosis.profile_of(session_, case_id=case.id)
    newest = history.latest_entries(session_, business_key=case.business_key, limit=4 * RECENT)
    of_school = any(actor.holds(role, case.school_id) for role in _ASKING)
    running = case.state is CaseState.RUNNING
    return {
        "case": case,
        "cycle": case.cycle,
        "school_zone": case.school.time_zone,
        "school_today": today,
        "stages": stages_of(case, today),
        "turns": turns.open_turns(session_, business_key=case.business_key, actor=actor),
        "roadmap": roadmap_of(measures, profile, today),
        "figures": roadmaps.figures(measures, today) if measures else None,
        "files": {f.id: f.name for f in documents.files_of_case(session_, business_key=case.business_key)},
        "profile": sorted(profile, key=lambda risk: (not risk.chosen, risk.id)),
        "documents": documents.documents_of(session_, business_key=case.business_key),
        "consultations": consultations.consultations_of(session_, case_id=case.id),
        "history": history_words.lines(session_, newest)[:RECENT],
        "several_cycles": len({seen.cycle_id for seen in cycles.visible_cases(session_, actor=actor).items}) > 1,
        "may_ask": of_school and running,
        "may_recall": of_school and running and can_recall(session_, case=case),
    }


def stages_of(case: Case, today: date) -> list[StageView]:
    """Return the year's stages in order."""
    zone = ZoneInfo(case.school.time_zone)
    records = {record.stage: record for record in case.stages}
    views = []
    for stage in STAGES:
        record = records.get(stage)
        ended = record.ended_at if record else None
        planned = dates_of(case.cycle.calendar, stage)
        here = record is not None and ended is None and case.state is CaseState.RUNNING
        views.append(
            StageView(
                stage=stage,
                kind="done" if ended else "here" if here else "ahead",
                late=here and planned.closes_on is not None and planned.closes_on < today,
                planned=planned,
                began_on=record.began_at.astimezone(zone).date() if record else None,
                ended_on=ended.astimezone(zone).date() if ended else None,
            )
        )
    return views


def roadmap_of(measures: Sequence[Measure], profile: Sequence[Risk], today: date) -> list[RoadmapPart]:
    """Return the rows by risk, in the order of the roadmap."""
    names = {risk.code: risk.name for risk in profile}
    parts: dict[str, list[MeasureView]] = {}
    for measure in measures:
        kind = light(measure, today)
        late = (today - measure.ends_on).days if kind is Light.OVERDUE else 0
        parts.setdefault(measure.risk_code, []).append(MeasureView(measure, kind, late))
    return [RoadmapPart(names.get(code) or words.other_measures(), rows) for code, rows in parts.items()]
