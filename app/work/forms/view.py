"""Builds the form as a page shows it: the tree of `field_view.py` out of a definition, answers and their errors."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.work.forms import words
from app.work.forms.field_view import BlockView, ColumnView, FieldView, FileView, OptionView, RowView, TableView
from app.work.forms.parts import CHOICES, FormDefinition, Kind, Part, Sight, asked
from app.work.forms.paste import surplus_key
from app.work.forms.rows import aligned
from app.work.forms.situation import Situation, offered, settle, steering

__all__ = ["BlockView", "ColumnView", "FieldView", "FileView", "OptionView", "RowView", "TableView", "field_views"]

Data = Mapping[str, Any]


def field_views(
    definition: FormDefinition,
    answers: Data,
    errors: Mapping[str, str],
    context: Data,
    locale: str = "ru",
    *,
    files: Mapping[str, Sequence[Data]] | None = None,
) -> tuple[FieldView, ...]:
    """Return the form as the page shows it.

    Args:
        definition: the version of the form.
        answers: what stands in the inputs, from `prefill.prefill`; need not be valid.
        errors: sentences by HTML name, already translated: `problems.sentences(checked.errors, gettext)`.
        context: the data of the instance.
        locale: of the reader.
        files: references of the attached files by HTML name of the field.
    """
    page = _Page(errors, Sight(context, locale, files or {}), steering(definition.parts))
    return tuple(page.views(definition.parts, answers, context, ""))


@dataclass(frozen=True)
class _Page:
    """What is the same for every field of one page."""

    errors: Mapping[str, str]
    sight: Sight
    steering: frozenset[str]
    locked: bool = False

    def views(self, parts: tuple[Part, ...], answers: Data, stored: Data, prefix: str) -> Iterator[FieldView]:
        situation = settle(parts, answers, self.sight.context, stored)
        yield from self._tree(parts, situation, answers, prefix)

    def _tree(self, parts: tuple[Part, ...], situation: Situation, answers: Data, prefix: str) -> Iterator[FieldView]:
        for part in parts:
            if not situation.shows(part):
                continue
            if part.kind is Kind.GROUP and not part.key:
                inside = tuple(self._tree(part.parts, situation, answers, prefix))
                if inside:
                    yield replace(self._head(part, situation, ""), parts=inside)
            else:
                yield self._view(part, situation, answers, prefix)

    def _view(self, part: Part, situation: Situation, answers: Data, prefix: str) -> FieldView:
        name = f"{prefix}{part.key}" if part.key else ""
        view = self._head(part, situation, name)
        if part.kind is Kind.TEXT:
            return replace(view, blocks=_blocks(part.text.of(self.sight.locale), situation.context))
        value = situation.stored.get(part.key) if view.readonly else answers.get(part.key, part.default)
        if part.kind is Kind.TABLE:
            table = self._table(part, situation, value, name, view.readonly)
            return replace(view, table=replace(table, surplus=words.mapping(answers.get(surplus_key(part.key)))))
        if part.nests:
            inner = replace(self, locked=view.readonly, sight=self.sight._replace(context=situation.context))
            stored = words.mapping(situation.stored.get(part.key))
            return replace(view, parts=tuple(inner.views(part.parts, words.mapping(value), stored, f"{name}-")))
        if part.kind is Kind.FILES:
            return replace(view, files=_files(value if view.readonly else self.sight.files.get(name, ())))
        return self._filled(view, part, value, situation)

    def _head(self, part: Part, situation: Situation, name: str) -> FieldView:
        locale = self.sight.locale
        readonly = self.locked or part.key in situation.locked
        return FieldView(
            kind=part.kind.value,
            name=name,
            id=f"f-{name}" if name else "",
            label=part.label.of(locale),
            hint=part.hint.of(locale),
            error=self.errors.get(name, "") if name else "",
            required=bool(part.key) and not readonly and situation.is_required(part),
            readonly=readonly,
            input_type=words.input_type(part),
            inputmode=words.input_mode(part),
            max_length=part.limits.max_length or 0,
            suffix=part.suffix.of(locale),
            accept=part.accept,
            multiple=part.multiple,
            steers=part.key in self.steering and not readonly,
            conditional=bool(part.hidden_when) and bool(part.key),
        )

    def _filled(self, view: FieldView, part: Part, value: Any, situation: Situation) -> FieldView:
        """Put the answer into the input."""
        locale = self.sight.locale
        choices = offered(part, situation.context) if part.kind in CHOICES else ()
        chosen = words.chosen(value)
        options = tuple(
            OptionView(
                id=view.id if number == 0 else f"{view.id}-{number}",
                value=str(option.value),
                label=option.label.of(locale),
                selected=str(option.value) in chosen,
            )
            for number, option in enumerate(choices)
        )
        text = words.as_typed(part, value, locale)
        return replace(
            view,
            value=text,
            shown=words.as_read(part, value, choices, locale),
            checked=part.kind is Kind.CHECKBOX and words.is_ticked(value),
            options=options,
            input_type="text" if part.kind is Kind.DATE and words.is_unreadable_date(text) else view.input_type,
        )

    def _table(self, part: Part, situation: Situation, value: Any, name: str, readonly: bool) -> TableView:
        stored = situation.stored.get(part.key)
        rows = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
        pairs = [(row, row) for row in rows] if readonly else aligned(part, rows, stored)
        changeable = not part.fixed and not readonly
        inner = replace(self, locked=readonly, sight=self.sight._replace(context=situation.context))
        given = words.positions(stored)
        return TableView(
            columns=tuple(self._columns(part)),
            rows=tuple(
                inner._row(part, row, origin, _Place(name, index, len(pairs), changeable, given.get(id(origin), "")))
                for index, (row, origin) in enumerate(pairs)
            ),
            add=f"_add-{name}" if changeable else "",
            paste=f"_paste-{name}" if changeable else "",
            clear=f"_clear-{name}" if changeable and pairs else "",
            paste_name=f"{name}-paste" if changeable else "",
            order_name=f"{name}-order" if changeable else "",
            can_add=changeable and len(pairs) < (part.limits.at_most or 0),
        )

    def _columns(self, table: Part) -> Iterator[ColumnView]:
        locale = self.sight.locale
        for part in asked(table.parts):
            required = part.limits.required and not part.readonly and not self.locked
            yield ColumnView(part.key, part.label.of(locale), part.hint.of(locale), part.kind.value, required)

    def _row(self, table: Part, row: Data, origin: Data | None, place: "_Place") -> RowView:
        cells = {view.name: view for view in _flat(self.views(table.parts, row, origin or {}, f"{place.name}-"))}
        return RowView(
            number=place.index + 1,
            name=place.name,
            origin_name=f"{place.name}-_from",
            origin=place.origin,
            cells=tuple(
                cells.get(name) or FieldView(kind="hidden", name=name)
                for name in (f"{place.name}-{part.key}" for part in asked(table.parts))
            ),
            remove=place.button("remove"),
            up=place.button("up") if place.index else "",
            down=place.button("down") if place.index + 1 < place.count else "",
        )


@dataclass(frozen=True)
class _Place:
    """Where a row stands in its table."""

    table: str
    index: int
    count: int
    changeable: bool
    origin: str

    @property
    def name(self) -> str:
        return f"{self.table}-{self.index}"

    def button(self, verb: str) -> str:
        return f"_{verb}-{self.name}" if self.changeable else ""


def _flat(views: Iterator[FieldView]) -> Iterator[FieldView]:
    """Yield the cells of a row: layout groups are no cells."""
    for view in views:
        if view.kind == Kind.GROUP and not view.name:
            yield from _flat(iter(view.parts))
        elif view.name:
            yield view


def _files(references: Any) -> tuple[FileView, ...]:
    found = references if isinstance(references, list | tuple) else ()
    return tuple(
        FileView(int(file["file_id"]), str(file.get("name", "")), int(file.get("size", 0)))
        for file in found
        if isinstance(file, Mapping) and isinstance(file.get("file_id"), int)
    )


def _blocks(text: str, context: Data) -> tuple[BlockView, ...]:
    return tuple(BlockView(kind, lines, level) for kind, lines, level in words.blocks(text, context))
