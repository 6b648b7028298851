"""A form as a page shows it: a tree of plain values that a template macro renders.

Every text here is already in the reader's language, every name is the HTML name that `reading.py`
understands, every id is `f-` and the name: an error summary links to `#f-rows-3-ends_on`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class OptionView:
    """One choice of a select, radio or checklist. `value` is what the browser sends."""

    id: str
    value: str
    label: str
    selected: bool


@dataclass(frozen=True)
class FileView:
    """A file that is already attached to a file field."""

    file_id: int
    name: str
    size: int


@dataclass(frozen=True)
class BlockView:
    """One block of a text field: `heading` (with `level` 1–6), `paragraph` or `list` (one line an item)."""

    kind: str
    lines: tuple[str, ...]
    level: int = 0


@dataclass(frozen=True)
class RowView:
    """One row of a table form.

    Attributes:
        number: from 1, as errors call it.
        name: HTML name of the row, `rows-3`.
        origin_name: HTML name of the hidden input that says which prefilled row this was; its value is `origin`.
        origin: the value to send back as it is; empty for a row that a person added.
        cells: in the order of the columns; a cell whose question is hidden in this row is kind `hidden`.
        remove, up, down: HTML names of the buttons; empty where the button has nothing to do.
    """

    number: int
    name: str
    origin_name: str
    origin: str
    cells: "tuple[FieldView, ...]"
    remove: str
    up: str
    down: str


@dataclass(frozen=True)
class ColumnView:
    """The head of one column of a table form."""

    key: str
    label: str
    hint: str
    kind: str
    required: bool


@dataclass(frozen=True)
class TableView:
    """A table form: rows that people add, remove, move and paste from a spreadsheet.

    Attributes:
        add, paste, clear: HTML names of the buttons; empty where rows are given and only their cells are filled in.
        paste_name: HTML name of the textarea that takes cells copied from a spreadsheet.
        order_name: HTML name of the input that a script may fill with row indices, `2,0,1`; may be left out.
        can_add: False when the table is full.
        surplus: pasted lines for which there was no room: `text`, how many were `taken` and `left`, the `limit`.
    """

    columns: tuple[ColumnView, ...]
    rows: tuple[RowView, ...]
    add: str
    paste: str
    paste_name: str
    order_name: str
    can_add: bool
    clear: str = ""
    surplus: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FieldView:
    """One part of a form; hidden parts are not in the tree.

    Attributes:
        kind: `text` (see blocks), `separator`, `group` (see parts), `textfield`, `textarea`, `number`, `date`,
            `select`, `radio`, `checkbox`, `checklist`, `table` (see table), `files` (see files); in rows also `hidden`.
        name: HTML name; empty for parts that ask nothing.
        id: HTML id of the input (of the first choice for radio and checklist); the target of error links.
        value: as it stands in the input: dates ISO where they can be read, numbers as the reader writes them.
        shown: the answer as people read it («14 апреля 2026», the label of the choice): for read-only fields.
        checked: of a checkbox.
        error: the sentence, empty without one.
        required: whether an answer must be given; say «(необязательно)» beside the others.
        readonly: show `shown` and no input.
        input_type: `text`, `date`, `email` or `tel`; a date that cannot be read is `text`: nothing is lost.
        inputmode: `numeric` or `decimal` for numbers, else empty.
        max_length: 0 where there is no limit.
        suffix: unit behind a number, «чел.», or empty.
        accept: of a file field, `.pdf,.docx`; empty for everything that is allowed at all.
        multiple: whether several files may be attached.
        steers: whether other questions of the form come or go with the answer.
        conditional: whether the question itself came because of the data or an answer.
    """

    kind: str
    name: str = ""
    id: str = ""
    label: str = ""
    hint: str = ""
    value: str = ""
    shown: str = ""
    checked: bool = False
    error: str = ""
    required: bool = False
    readonly: bool = False
    input_type: str = "text"
    inputmode: str = ""
    max_length: int = 0
    suffix: str = ""
    options: tuple[OptionView, ...] = ()
    parts: "tuple[FieldView, ...]" = ()
    table: TableView | None = None
    blocks: tuple[BlockView, ...] = ()
    files: tuple[FileView, ...] = ()
    accept: str = ""
    multiple: bool = False
    steers: bool = False
    conditional: bool = False
