"""What every process of a school carries in its data, and how values come out of it."""

from typing import Any

from app.programme.cycles.models import Case


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


def id_of(value: Any) -> int:
    """Return a row's id from a parameter of a diagram, where numbers may come as text."""
    return int(value)


def files_of(value: Any) -> tuple[int, ...]:
    """Return the ids in a file field's answer, `[{file_id, name, size}]`."""
    return tuple(int(file["file_id"]) for file in value or [])
