"""Handlers of `implement`: one activity for each roadmap row, reported and decided on."""

from datetime import date
from typing import Any

from app.programme.diagnosis import queries as diagnosis
from app.programme.processes.calls import Done, Work
from app.programme.processes.data import files_of, id_of
from app.programme.roadmaps import operations as roadmaps
from app.programme.roadmaps import queries as roadmap_queries
from app.programme.roadmaps.models import Measure
from app.programme.roadmaps.operations import NewReport


def begin_implementation(work: Work) -> Done:
    """Put the approved rows under way and hand them to the diagram, one activity each."""
    case = work.school_case
    names = {risk.code: risk.name for risk in diagnosis.profile_of(work.session, case_id=case.id)}
    measures = roadmaps.begin(work.session, case=case, now=work.now)
    return Done(
        {
            "measures": [
                {
                    "id": measure.id,
                    "number": measure.number,
                    "title": measure.title,
                    "risk": names.get(measure.risk_code, ""),
                    "indicator": measure.indicator,
                    "unit": measure.unit,
                    "target": measure.target,
                    "ends_on": measure.ends_on.isoformat(),
                    "responsible": measure.responsible,
                }
                for measure in measures
            ]
        }
    )


def mark_measure_overdue(work: Work) -> Done:
    """Write into the history that the measure's last day has passed."""
    roadmaps.note_overdue(work.session, case=work.school_case, measure=_measure(work), now=work.now)
    return Done()


def store_report(work: Work) -> Done:
    """Keep what the school reports, with the evidence."""
    given = work.parameters
    new = NewReport(
        status=str(given["status"]),
        fact=str(given.get("fact") or ""),
        actual=_number(given.get("actual")),
        new_ends_on=date.fromisoformat(given["new_ends_on"]) if given.get("new_ends_on") else None,
        reason=str(given.get("reason") or ""),
        file_ids=files_of(given.get("evidence")),
        link=str(given.get("link") or ""),
    )
    roadmaps.report(
        work.session, case=work.school_case, measure=_measure(work), new=new, actor_id=work.actor_id, now=work.now
    )
    return Done()


def store_decision(work: Work) -> Done:
    """Keep what the curator decided; confirming does what the report asked for."""
    roadmaps.decide(
        work.session,
        case=work.school_case,
        measure=_measure(work),
        confirmed=work.parameters["decision"] == "confirm",
        remark=str(work.parameters.get("remark") or ""),
        actor_id=work.actor_id,
        now=work.now,
    )
    return Done()


def close_open_measures(work: Work) -> Done:
    """Write into the history which rows the closing of the window left open."""
    case = work.school_case
    for measure in roadmap_queries.measures_of(work.session, case_id=case.id):
        if roadmap_queries.is_open(measure):
            roadmaps.note_unfinished(work.session, case=case, measure=measure, now=work.now)
    return Done()


def _measure(work: Work) -> Measure:
    """Return the row that the call is about, of this case only."""
    measure_id = id_of(work.parameters["measure_id"])
    return roadmap_queries.get_measure(work.session, measure_id=measure_id, case_id=work.school_case.id)


def _number(value: Any) -> float | None:
    """Return the figure, or None where none was given."""
    return None if value is None or value == "" else float(value)


HANDLERS = {
    "begin_implementation": begin_implementation,
    "mark_measure_overdue": mark_measure_overdue,
    "store_report": store_report,
    "store_decision": store_decision,
    "close_open_measures": close_open_measures,
}
