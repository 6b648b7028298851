"""What the work is made of: the diagrams, the data they start with, what people type."""

from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def items(count: int) -> list[dict[str, Any]]:
    """Return the collection of a family of `count` measures."""
    return [{"number": n, "title": f"Мера № {n}", "kind": "usual"} for n in range(1, count + 1)]


def answers(turn: int) -> dict[str, Any]:
    """Return what a person types into the ten fields of the form."""
    return {
        "responsible": "Тимофеева Т. И.",
        "done": f"Проведено занятие {turn}, учителя разобрали итоги.",
        "pupils": 20 + turn % 10,
        "share": 80,
        "held_on": "2026-02-20",
        "result": "done",
        "area": "teachers",
        "published": turn % 2 == 0,
        "remark": "",
    }
