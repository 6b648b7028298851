"""Compiles a form and the data around it into marshmallow schemas, and checks answers with them."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, cast

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validates_schema

from app.kernel.i18n import _
from app.work.forms.answers import Answer, FilesAnswer, wrong
from app.work.forms.parts import FormDefinition, Kind, Part, Sight, Wording, asked
from app.work.forms.problems import Problem
from app.work.forms.rows import aligned, is_blank_row
from app.work.forms.situation import Situation, answer_to, settle

Data = Mapping[str, Any]


@dataclass(frozen=True)
class Checked:
    """What became of the answers.

    Attributes:
        clean: for the data, as far as answers are right; complete when there are no errors. Hidden questions are not
            in it, read-only ones have the stored value, an unanswered one is null, "" or [].
        errors: what to mend, by HTML name, in the order of the form.
    """

    clean: dict[str, Any]
    errors: dict[str, Problem]


def validate(
    definition: FormDefinition,
    answers: Data,
    context: Data,
    locale: str = "ru",
    files: Mapping[str, Sequence[Data]] | None = None,
) -> Checked:
    """Check the answers to a form.

    Args:
        definition: the version of the form that the page showed.
        answers: as `reading.answers_from` or a JSON request gives them; nothing in them is trusted.
        context: the data of the instance.
        locale: of the reader, for the labels in sentences.
        files: references of the attached files by HTML name of the field; answers never carry files.
    """
    sight = Sight(context, locale, files or {})
    try:
        return Checked(_load(_schemas_of(definition), answers, context, sight), {})
    except ValidationError as failure:
        located = _located(definition.parts, _by_key(failure.messages), locale)
        valid = failure.valid_data if isinstance(failure.valid_data, dict) else {}
        return Checked(dict(valid), {problem.path: problem for problem in located})


def schema_for(definition: FormDefinition, context: Data) -> Schema:
    """Return the schema of the answers that the form wants while the data are these.

    Hidden and read-only questions have no field in it; unknown ones are dropped. Conditions look at `context` alone:
    lay answers over the data to see what the form wants after them.
    """
    return _schema(definition.parts, settle(definition.parts, context, context, context), Sight(context))


class AnswersSchema(Schema):
    """The answers that lie side by side: of a form, a group or a row."""

    dates: tuple[tuple[Part, Part], ...] = ()
    known: Data = {}
    locale = "ru"

    @validates_schema(skip_on_field_errors=False)
    def check_order(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Refuse a date that is before the one it must come after."""
        for first, last in self.dates:
            begins, ends = data.get(first.key, self.known.get(first.key)), data.get(last.key)
            if isinstance(begins, str) and isinstance(ends, str) and ends < begins:
                problem = Problem(
                    "",
                    _("This date is before “%(other)s”. Correct one of the two."),
                    {"other": first.label.of(self.locale)},
                )
                raise ValidationError({last.key: [problem]})


def _schema(parts: tuple[Part, ...], situation: Situation, sight: Sight, name: str = "") -> AnswersSchema:
    asking = [p for p in asked(parts) if p.key not in situation.hidden and p.key not in situation.locked]
    built: dict[str, fields.Field[Any]] = {part.key: _field(part, situation, sight, name) for part in asking}
    schema = cast(AnswersSchema, AnswersSchema.from_dict(built)(unknown=EXCLUDE))
    shown = {part.key: part for part in asked(parts) if part.key not in situation.hidden}
    schema.dates = tuple((shown[p.limits.after], p) for p in asking if p.limits.after in shown)
    schema.known = _known(situation)
    schema.locale = sight.locale
    return schema


def _field(part: Part, situation: Situation, sight: Sight, name: str) -> Answer:
    required = situation.is_required(part)
    if part.kind is Kind.TABLE:
        return RowsAnswer(part, situation, sight, name=f"{name}{part.key}", required=required)
    if part.nests:
        return GroupAnswer(part, situation, sight, name=f"{name}{part.key}")
    if part.kind is Kind.FILES:
        attached = [dict(file) for file in sight.files.get(f"{name}{part.key}", ())]
        return FilesAnswer(part, attached, required=required)
    return answer_to(part, situation.context, required=required)


@dataclass
class _Schemas:
    """Schemas already built for rows of one table: rows in the same situation share one."""

    parts: tuple[Part, ...]
    built: dict[object, AnswersSchema] = field(default_factory=dict)

    @cached_property
    def alike(self) -> bool:
        """Whether a schema depends on nothing but what is hidden, locked and required."""
        keys = {part.key for part in asked(self.parts)}
        return all(
            part.kind not in (Kind.TABLE, Kind.GROUP, Kind.FILES) and part.options_from.split(".")[0] not in keys
            for part in asked(self.parts)
        )

    @cached_property
    def lasting(self) -> bool:
        """Whether a schema depends on neither the data around the form nor the reader: all requests share it."""
        return self.alike and not any(part.options_from or part.limits.after for part in asked(self.parts))

    def of(self, situation: Situation, sight: Sight, name: str) -> AnswersSchema:
        if not self.alike:
            return _schema(self.parts, situation, sight, name)
        required = frozenset(part.key for part in asked(self.parts) if situation.is_required(part))
        key = (situation.hidden, situation.locked, required)
        if key not in self.built:
            self.built[key] = _schema(self.parts, situation, sight, name)
        if self.lasting:
            return self.built[key]
        self.built[key].known = _known(situation)
        return self.built[key]


# One for each form version that is in use; a version never changes.
_MOST_FORMS = 500
_of_forms: OrderedDict[int, _Schemas] = OrderedDict()


def _schemas_of(definition: FormDefinition) -> _Schemas:
    """Return the schemas of a form: those built for earlier answers where they can serve again."""
    # Found by identity: comparing two forms would take longer than building a schema. The parts kept keep their id.
    kept = _of_forms.get(id(definition.parts))
    if kept is None:
        kept = _Schemas(definition.parts)
        if kept.lasting:
            _of_forms[id(definition.parts)] = kept
            while len(_of_forms) > _MOST_FORMS:
                _of_forms.popitem(last=False)
    return kept


def _known(situation: Situation) -> dict[str, Any]:
    return {key: situation.stored.get(key) for key in situation.locked}


def _load(schemas: _Schemas, answers: Data, stored: Data, sight: Sight, name: str = "") -> dict[str, Any]:
    """Return the checked answers with the stored values of read-only questions, in the order of the form.

    Raises:
        ValidationError: problems by key, those of rows by index and key; `valid_data` holds what is right.
    """
    situation = settle(schemas.parts, answers, sight.context, stored)
    loaded: dict[str, Any] = schemas.of(situation, sight, name).load(dict(answers))
    clean = {**loaded, **_known(situation)}
    return {part.key: clean[part.key] for part in asked(schemas.parts) if part.key in clean}


class GroupAnswer(Answer):
    """Answers nested under the key of a group."""

    def __init__(self, part: Part, situation: Situation, sight: Sight, *, name: str) -> None:
        super().__init__(part)
        self.stored, self.name = situation.stored.get(part.key), name
        self.sight = sight._replace(context=situation.context)

    def deserialize(self, value: Any, attr: str | None = None, data: Data | None = None, **kwargs: Any) -> Any:
        answers = value if isinstance(value, Mapping) else {}
        stored = self.stored if isinstance(self.stored, Mapping) else {}
        return _load(_Schemas(self.part.parts), answers, stored, self.sight, f"{self.name}-")


class RowsAnswer(Answer):
    """The rows of a table form. A row that was prefilled keeps what the form does not ask: its identity."""

    ask = _("Add at least one row.")

    def __init__(self, part: Part, situation: Situation, sight: Sight, *, name: str, required: bool = False) -> None:
        super().__init__(part, required=required)
        self.stored, self.name = situation.stored.get(part.key), name
        self.sight = sight._replace(context=situation.context)

    def blank(self) -> Any:
        return []

    def deserialize(self, value: Any, attr: str | None = None, data: Data | None = None, **kwargs: Any) -> Any:
        rows = value if isinstance(value, list) else []
        if not all(isinstance(row, Mapping) for row in rows):
            raise wrong(_("Fill in the table row by row."))
        limits = self.part.limits
        if limits.at_most is not None and len(rows) > limits.at_most:
            raise wrong(
                _("The table takes at most %(limit)s rows; now there are %(count)s."),
                limit=limits.at_most,
                count=len(rows),
            )
        clean = self._loaded(rows)
        if not clean and self.required:
            raise wrong(self.ask)
        if limits.at_least is not None and len(clean) < limits.at_least and (clean or self.required):
            raise wrong(_("The table needs at least %(limit)s rows."), limit=limits.at_least)
        return clean

    def _loaded(self, rows: list[Data]) -> list[dict[str, Any]]:
        clean, errors = [], {}
        own = {part.key for part in asked(self.part.parts)}
        schemas = _Schemas(self.part.parts)
        for index, (row, origin) in enumerate(aligned(self.part, rows, self.stored)):
            if origin is None and is_blank_row(self.part, row):
                continue
            kept = {key: value for key, value in (origin or {}).items() if key not in own}
            try:
                loaded = _load(schemas, row, origin or {}, self.sight, f"{self.name}-{index}-")
            except ValidationError as failure:
                errors[index] = failure.messages
            else:
                clean.append({**kept, **loaded})
        if errors:
            raise ValidationError(errors)
        return clean


def _by_key(messages: Any) -> Mapping[Any, Any]:
    return messages if isinstance(messages, Mapping) else {}


def _located(
    parts: tuple[Part, ...], messages: Mapping[Any, Any], locale: str, prefix: str = "", row: str = ""
) -> Iterator[Problem]:
    """Yield the problems with their places, in the order of the form."""
    for part in asked(parts):
        found, name = messages.get(part.key), f"{prefix}{part.key}"
        if isinstance(found, list):
            yield _placed(found[0], name, part.label.of(locale), row, locale)
        elif part.nests and found:
            yield from _located(part.parts, found, locale, f"{name}-", row)
        elif found:
            for index, inside in found.items():
                number = f"{row}.{index + 1}" if row else str(index + 1)
                yield from _located(part.parts, inside, locale, f"{name}-{index}-", number)


def _placed(problem: Problem, path: str, label: str, row: str, locale: str) -> Problem:
    params = {key: value.of(locale) if isinstance(value, Wording) else value for key, value in problem.params.items()}
    return replace(problem, path=path, label=label, row=row, params=params)
