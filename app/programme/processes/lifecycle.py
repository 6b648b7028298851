"""Handlers of `roadmap_lifecycle`: the end of a school's year."""

from app.programme.cycles import operations as cycles
from app.programme.cycles.models import CaseState
from app.programme.processes.calls import Done, Work


def close_case(work: Work) -> Done:
    """End the case, completed or cancelled as the diagram says."""
    cycles.end_case(work.session, case=work.school_case, state=CaseState(work.parameters["reason"]), now=work.now)
    return Done()


HANDLERS = {"close_case": close_case}
