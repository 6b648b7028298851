"""Handlers of `diagnose`: the risk profile and the school's choice of risks."""

from app.programme.diagnosis import operations as diagnosis
from app.programme.processes.calls import Done, Work


def store_profile(work: Work) -> Done:
    """Keep the level of every factor, with the rule that gave it."""
    diagnosis.store_profile(
        work.session,
        case=work.school_case,
        profile=work.parameters["profile"],
        indicators=work.parameters["indicators"],
        now=work.now,
    )
    return Done()


def store_risks(work: Work) -> Done:
    """Keep which risks the school takes on, and hand them on in the order of the profile."""
    chosen = diagnosis.store_choice(
        work.session,
        case=work.school_case,
        codes=work.parameters["codes"],
        verification=work.parameters.get("verification") or [],
        untaken=work.parameters.get("untaken") or [],
        actor_id=work.actor_id,
        now=work.now,
    )
    return Done({"risks": [{"code": risk.code, "name": risk.name, "level": risk.level.value} for risk in chosen]})


HANDLERS = {"store_profile": store_profile, "store_risks": store_risks}
