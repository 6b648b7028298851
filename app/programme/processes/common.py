"""What every process of a school carries in its data, and the operations that several diagrams share."""

from typing import Any

from app.programme.cycles.models import Case
from app.programme.processes.calls import Done, Work
from app.programme.processes.notices import Message, tell_role
from app.work.people.roles import Role


def data_of(case: Case) -> dict[str, Any]:
    """Return the start data of a school's process; `docs/processes/data.md` describes the keys."""
    school, cycle = case.school, case.cycle
    municipality = school.parent.name if school.parent is not None else ""
    return {
        "case": {"id": case.id, "number": case.id},
        "school": {
            "id": school.id,
            "name": school.name,
            "municipality": municipality,
            "time_zone": school.time_zone,
        },
        "cycle": {"id": cycle.id, "title": cycle.title, "year": cycle.year},
        "calendar": dict(cycle.calendar),
        "factors": list(cycle.factors),
    }


def notify(work: Work) -> Done:
    """Tell a role what the diagram says; the text stands in the diagram, in both languages."""
    case = work.school_case
    texts = {name: str(work.parameters.get(name) or "") for name in ("subject", "subject_en", "text", "text_en")}
    message = Message(kind="process.notice", values=texts, link=f"/cases/{case.id}", business_key=case.business_key)
    role = Role(str(work.parameters["role"]))
    tell_role(work.session, role=role, place_id=case.school_id, message=message, now=work.now)
    return Done()


def id_of(value: Any) -> int:
    """Return a row's id from a parameter of a diagram, where numbers may come as text."""
    return int(value)


def files_of(value: Any) -> tuple[int, ...]:
    """Return the ids in a file field's answer, `[{file_id, name, size}]`."""
    return tuple(int(file["file_id"]) for file in value or [])
