"""Reads a form: bpmn.io form-js JSON becomes a `FormDefinition`, or a list of what is wrong with it.

Beside what form-js itself knows (`validate`, `conditional.hide`, `readonly`, `values`, `valuesKey`, `defaultValue`,
`allowAddRemove`), components take these custom properties:

- `label_en`, `description_en`, `text_en`, `suffix_en`, `options_en` – the English page; the last as `value=Label; …`;
- `prefill` = `never` – a decision or remark that opens empty although the data hold an older one;
- `required_when` – FEEL, an answer is wanted where it holds;
- `after` – key of a date beside it that this date must not be before;
- `pattern_message`, `pattern_message_en` – what to write, where `validate.pattern` does not match;
- `min_selected`, `max_selected` of a checklist, `min_rows`, `max_rows` of a table, `max_files` of a file field.

The form itself takes `title` and `title_en`.
"""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from app.kernel.errors import Invalid
from app.kernel.i18n import _
from app.kernel.texts import is_writable
from app.work.forms.component import Findings
from app.work.forms.components import read_components
from app.work.forms.parts import FormDefinition, Wording
from app.work.forms.problems import Problem

MAX_BYTES = 512 * 1024


class NotAForm(Invalid):
    """The file cannot be used as a form.

    Attributes:
        key: of the form.
        problems: everything that is wrong, in the order of the file.
    """

    def __init__(self, key: str, problems: tuple[Problem, ...]) -> None:
        self.key, self.problems = key, problems
        told = "; ".join(f"{p.path}: {p}" if p.path else str(p) for p in problems[:5])
        super().__init__(_("The form %(key)s cannot be used: %(problems)s"), key=key, problems=told)


def parse_form(key: str, content: bytes) -> FormDefinition:
    """Return the form that the file describes.

    Args:
        key: folder and file name without ending, `diagnose/fill_questionnaire`.
        content: of the file, form-js JSON in UTF-8.

    Raises:
        NotAForm: it is no form, or one that we cannot show or check.
    """
    return definition_of(key, read_json(key, content))


def read_json(key: str, content: bytes) -> dict[str, Any]:
    """Return the JSON object in the file.

    Raises:
        NotAForm: there is none: too large, not UTF-8, not JSON, nested too deep, a key twice in one object.
    """
    if len(content) > MAX_BYTES:
        _refuse(key, "", _("the file is larger than %(limit)s KB."), limit=MAX_BYTES // 1024)
    try:
        schema = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_constant)
    except UnicodeDecodeError:
        _refuse(key, "", _("the file is not UTF-8 text."))
    except json.JSONDecodeError as failure:
        _refuse(key, f"line {failure.lineno}", _("the file is not JSON here."))
    except (ValueError, RecursionError) as failure:
        _refuse(key, "", _("the file is not JSON that can be used: %(reason)s"), reason=str(failure)[:200])
    if not isinstance(schema, dict):
        _refuse(key, "", _("the file does not hold a form."))
    broken = _half_character(schema)
    if broken is not None:
        _refuse(key, broken, _("the text holds half a character, which cannot be written."))
    return schema


def definition_of(key: str, schema: Mapping[str, Any]) -> FormDefinition:
    """Return the form that the form-js JSON describes.

    Raises:
        NotAForm: see `parse_form`.
    """
    findings = Findings()
    components = schema.get("components")
    if not isinstance(components, list) or not components:
        _refuse(key, "components", _("the form has no fields."))
    parts = read_components(components, findings)
    if findings.problems:
        raise NotAForm(key, tuple(findings.problems))
    properties = schema.get("properties")
    titles = properties if isinstance(properties, dict) else {}
    return FormDefinition(
        key=key, title=Wording(str(titles.get("title", "")), str(titles.get("title_en", ""))), parts=parts
    )


def _refuse(key: str, path: str, message: str, **params: object) -> NoReturn:
    raise NotAForm(key, (Problem(path, message, params),))


def _half_character(schema: dict[str, Any]) -> str | None:
    """Return the place of a text that no file or page can hold; None where all can be written."""
    pending: list[tuple[str, Any]] = [("", schema)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, dict):
            if not all(map(is_writable, value)):
                return path
            pending += [(f"{path}.{name}".lstrip("."), inner) for name, inner in value.items()]
        elif isinstance(value, list):
            pending += [(f"{path}[{index}]", inner) for index, inner in enumerate(value)]
        elif isinstance(value, str) and not is_writable(value):
            return path
    return None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object, refusing a key that comes twice: one of the two would be lost."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key comes twice in one object")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")
