"""Handlers of `monitor`: a frozen picture of the roadmap and what people say about it."""

from app.programme.processes.calls import Done, Work
from app.programme.processes.data import id_of
from app.programme.roadmaps import operations as roadmaps

OPINIONS = (
    "stage_helped",
    "stage_hindered",
    "stage_comment",
    "stage_changes",
    "stage_opinion",
    "stage_pace",
    "stage_helps",
    "stage_help_wanted",
    "help_given",
    "help_by",
    "help_on",
    "stage_conclusion",
    "stage_recommendations",
    "late_decision",
    "late_reason",
)


def take_snapshot(work: Work) -> Done:
    """Freeze the roadmap and hand its counts to the forms of the stage."""
    stage = id_of(work.parameters["stage"])
    snapshot = roadmaps.take_snapshot(work.session, case=work.school_case, stage=stage, today=work.today, now=work.now)
    figures = snapshot.figures
    return Done(
        {
            "snapshot_total": figures["total"],
            "snapshot_confirmed": figures["confirmed"],
            "snapshot_waiting": figures["reported"],
            "snapshot_overdue": figures["overdue"],
            "snapshot_postponed": figures["postponed"],
        }
    )


def close_stage(work: Work) -> Done:
    """Keep what was said at this stage beside its figures."""
    said = {name: work.data[name] for name in OPINIONS if work.data.get(name) not in (None, "", [])}
    said["outcome"] = work.parameters["outcome"]
    roadmaps.close_snapshot(
        work.session,
        case=work.school_case,
        stage=id_of(work.parameters["stage"]),
        opinions=said,
        actor_id=work.actor_id,
        now=work.now,
    )
    return Done()


HANDLERS = {"take_snapshot": take_snapshot, "close_stage": close_stage}
