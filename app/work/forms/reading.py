"""Reads what a browser sent into answers: raw texts by key, rows as lists. Checking them is `compile.validate`.

HTML names: `key`; `rows-0-key` for a cell; `rows-0-_from` for the mark of a prefilled row; `rows-order` for the order
of rows as `2,0,1`; `rows-paste` for cells from a spreadsheet; `group-key` inside a group with a key. Names that begin
with `_` are buttons. Without `rows-order` rows stand in the order of their numbers; gaps do not matter.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from app.kernel.i18n import _
from app.work.forms.parts import ORIGIN, RESERVED_KEYS, FormDefinition, Kind, Part, asked
from app.work.forms.paste import fitting_rows, surplus_key
from app.work.forms.problems import Problem
from app.work.forms.rows import is_blank_row

_INDEX = re.compile(r"[0-9]{1,5}", re.ASCII)
_MAX_PIECES = 10
Values = list[str]
Tree = dict[str, Any]
_HERE = ""
"""Key in a tree of names under which the values sent for exactly this name lie."""


def answers_from(
    pairs: Iterable[tuple[str, str]], definition: FormDefinition, context: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the answers that a browser sent; what belongs to no question of the form is left out.

    Args:
        pairs: names and values in the order sent, for example `request.form.items(multi=True)`.
        definition: the version of the form that the page showed.
        context: the data of the instance; pasted cells find the values of choices in it.
    """
    return _answers(definition.parts, _tree(pairs), context or {})


def unplaced(definition: FormDefinition, answers: Mapping[str, Any]) -> dict[str, Problem]:
    """Return a problem for each table beside which pasted lines still lie: nothing is left out silently."""
    tables = [part for part in asked(definition.parts) if part.kind is Kind.TABLE]
    found = {part.key: answers.get(surplus_key(part.key)) for part in tables}
    return {
        key: Problem(
            key,
            _("%(left)s pasted rows are not in the table. Empty the box for pasting, or remove other rows."),
            {"left": surplus["left"]},
        )
        for key, surplus in found.items()
        if isinstance(surplus, Mapping) and surplus.get("left")
    }


def unexpected(names: Iterable[str], definition: FormDefinition) -> tuple[str, ...]:
    """Return the names that the form did not send: somebody tries to set what nobody asked for."""
    return tuple(
        name
        for name in names
        if not name.startswith("_") and name not in RESERVED_KEYS and not _known(name.split("-"), definition.parts)
    )


def _known(pieces: list[str], parts: tuple[Part, ...]) -> bool:
    part = next((part for part in asked(parts) if part.key == pieces[0]), None)
    if part is None or part.readonly:
        return False
    rest = pieces[1:]
    if part.kind is Kind.TABLE:
        if rest in (["order"], ["paste"]):
            return True
        cell = len(rest) > 1 and bool(_INDEX.fullmatch(rest[0]))
        return cell and (rest[1:] == [ORIGIN] or _known(rest[1:], part.parts))
    if part.nests:
        return bool(rest) and _known(rest, part.parts)
    return not rest


def _tree(pairs: Iterable[tuple[str, str]]) -> Tree:
    tree: Tree = {}
    for name, value in pairs:
        pieces = name.split("-", _MAX_PIECES)
        if name.startswith("_") or len(pieces) > _MAX_PIECES:
            continue
        branch = tree
        for piece in pieces:
            branch = branch.setdefault(piece or "?", {})
        branch.setdefault(_HERE, []).append(value)
    return tree


def _answers(parts: tuple[Part, ...], tree: Tree, context: Mapping[str, Any]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for part in asked(parts):
        branch: Tree = tree.get(part.key, {})
        if part.readonly or part.kind is Kind.FILES:
            continue
        if part.kind is Kind.TABLE:
            answers[part.key], surplus = _rows(part, branch, context)
            if surplus:
                answers[surplus_key(part.key)] = surplus
        elif part.nests:
            answers[part.key] = _answers(part.parts, branch, context)
        elif part.kind is Kind.CHECKBOX:
            answers[part.key] = _last(branch).lower() in ("true", "on", "1", "yes")
        elif part.kind is Kind.CHECKLIST:
            answers[part.key] = [value for value in branch.get(_HERE, []) if value]
        elif _HERE in branch:
            answers[part.key] = _last(branch)
    return answers


def _last(branch: Tree) -> str:
    values: Values = branch.get(_HERE, [])
    return values[-1] if values else ""


def _rows(table: Part, branch: Tree, context: Mapping[str, Any]) -> tuple[list[dict[str, Any]], Tree]:
    """Return the rows, and what was pasted beyond those that the table holds."""
    numbers = sorted(int(piece) for piece in branch if _INDEX.fullmatch(piece) and str(int(piece)) == piece)
    rows = []
    for number in _ordered(numbers, _last(branch.get("order", {}))):
        row = _answers(table.parts, branch[str(number)], context)
        origin = _last(branch[str(number)].get(ORIGIN, {}))
        rows.append({**row, ORIGIN: origin} if origin else row)
    pasted = _last(branch.get("paste", {}))
    if not pasted.strip() or table.fixed:
        return rows, {}
    while rows and ORIGIN not in rows[-1] and is_blank_row(table, rows[-1]):
        rows.pop()
    room = max(0, (table.limits.at_most or 0) - len(rows))
    fitting, surplus = fitting_rows(table, pasted, context, room=room)
    return rows + fitting, surplus


def _ordered(numbers: list[int], order: str) -> list[int]:
    wanted = [int(piece) for piece in order.split(",")[:10_000] if _INDEX.fullmatch(piece.strip())]
    there = set(numbers)
    first = [number for number in dict.fromkeys(wanted) if number in there]
    named = set(first)
    return first + [number for number in numbers if number not in named]
