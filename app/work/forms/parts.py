"""What a form consists of, after parsing: frozen values that compiling, reading and showing share."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NamedTuple

MAX_ROWS = 200
MAX_FILES = 20
TEXTFIELD_LENGTH = 300
TEXTAREA_LENGTH = 4_000

# Keys become HTML names and variables of the process: `-` separates names, `_` begins our own.
KEY = re.compile(r"[a-z][a-z0-9_]{0,59}", re.ASCII)
RESERVED_KEYS = frozenset({"csrf_token", "command_key", "draft_revision", "this", "parent", "true", "false", "null"})
ORIGIN = "_from"
"""Key in a row of answers: index of the row of the instance data that it was prefilled from, as text."""


class Kind(StrEnum):
    """The kinds of parts that we show and check; values are what a page's template switches on."""

    TEXT = "text"
    SEPARATOR = "separator"
    GROUP = "group"
    TEXTFIELD = "textfield"
    TEXTAREA = "textarea"
    NUMBER = "number"
    DATE = "date"
    SELECT = "select"
    RADIO = "radio"
    CHECKBOX = "checkbox"
    CHECKLIST = "checklist"
    TABLE = "table"
    FILES = "files"


CHOICES = frozenset({Kind.SELECT, Kind.RADIO, Kind.CHECKLIST})


@dataclass(frozen=True)
class Wording:
    """A text in both languages; English falls back on Russian."""

    ru: str = ""
    en: str = ""

    def of(self, locale: str) -> str:
        """Return the text for a reader of `locale`."""
        return self.en if self.en and locale.startswith("en") else self.ru


@dataclass(frozen=True)
class Option:
    """One choice. `value` is what the instance data gets: a text, or an int where the data say so."""

    value: str | int
    label: Wording


@dataclass(frozen=True)
class Limits:
    """What an answer must keep to; None means no limit of that kind.

    Attributes:
        pattern: PyPI `regex`, the whole text must match; `pattern_hint` says in words what is wanted.
        after: key of a date in the same row or form that this date must not be before.
        required_when: FEEL, required also where it holds.
        at_least, at_most: number of choices, rows or files.
    """

    required: bool = False
    required_when: str = ""
    min_length: int | None = None
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    decimals: int | None = None
    pattern: str = ""
    pattern_hint: Wording = Wording()
    format: str = ""
    after: str = ""
    at_least: int | None = None
    at_most: int | None = None


@dataclass(frozen=True)
class Part:
    """One component of a form.

    Attributes:
        key: of the answer; empty for parts that ask nothing. A group with a key nests the answers of its parts.
        hidden_when: FEEL conditions, its own and those of the groups around; any true one hides.
        readonly_when: likewise; `readonly` is true for an unconditional one.
        prefilled: whether the instance data fill it in; decisions and remarks open empty.
        options_from: key of the instance data that holds the choices; empty when `options` do.
        fixed: of a table: rows are given by the data, people only fill in cells.
        suffix: unit behind a number.
        text: of a text part; `{{FEEL}}` and a leading `=` are put in from the data.
    """

    kind: Kind
    key: str = ""
    label: Wording = Wording()
    hint: Wording = Wording()
    limits: Limits = Limits()
    options: tuple[Option, ...] = ()
    options_from: str = ""
    hidden_when: tuple[str, ...] = ()
    readonly: bool = False
    readonly_when: tuple[str, ...] = ()
    default: str | int | float | bool | tuple[str, ...] | None = None
    prefilled: bool = True
    fixed: bool = False
    rows_at_first: int = 0
    parts: "tuple[Part, ...]" = ()
    text: Wording = Wording()
    suffix: Wording = Wording()
    accept: str = ""
    multiple: bool = True

    @property
    def nests(self) -> bool:
        """Whether this is a group whose answers lie under its own key."""
        return self.kind is Kind.GROUP and bool(self.key)

    def under(self, group: "Part") -> "Part":
        """Return this part, and what a layout group holds, with the conditions of the group around it."""
        layout = self.kind is Kind.GROUP and not self.key
        return replace(
            self,
            parts=tuple(part.under(group) for part in self.parts) if layout else self.parts,
            hidden_when=group.hidden_when + self.hidden_when,
            readonly_when=group.readonly_when + self.readonly_when,
            readonly=group.readonly or self.readonly,
        )


@dataclass(frozen=True)
class FormDefinition:
    """One version of a form; `key` is its folder and file name, `diagnose/fill_questionnaire`."""

    key: str
    title: Wording
    parts: tuple[Part, ...] = field(default=())


class Sight(NamedTuple):
    """What surrounds the answers: all that a check or a page may look at beside them.

    Attributes:
        context: the data of the instance.
        locale: of the reader.
        files: what is attached to each file field, by its HTML name, as `work/documents` refers to files.
    """

    context: Mapping[str, Any]
    locale: str = "ru"
    files: Mapping[str, Sequence[Mapping[str, Any]]] = {}


def asked(parts: tuple[Part, ...]) -> Iterator[Part]:
    """Yield the parts whose answers lie side by side: groups without a key are only layout."""
    for part in parts:
        if part.kind is Kind.GROUP and not part.key:
            yield from asked(part.parts)
        elif part.key:
            yield part
