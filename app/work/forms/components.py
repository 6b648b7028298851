"""Reads the components of a form-js form, collecting every problem instead of stopping at the first."""

from dataclasses import replace
from typing import Any

from app.kernel.errors import Invalid
from app.kernel.i18n import _
from app.work.forms import conditions
from app.work.forms.choices import read_options, read_options_from
from app.work.forms.component import Component, Findings
from app.work.forms.limits import read_limits
from app.work.forms.parts import CHOICES, KEY, MAX_ROWS, RESERVED_KEYS, Kind, Part, Wording, asked

MAX_FIELDS = 200
MAX_NESTING = 3
TYPES = {
    "text": Kind.TEXT,
    "separator": Kind.SEPARATOR,
    "group": Kind.GROUP,
    "textfield": Kind.TEXTFIELD,
    "textarea": Kind.TEXTAREA,
    "number": Kind.NUMBER,
    "datetime": Kind.DATE,
    "select": Kind.SELECT,
    "radio": Kind.RADIO,
    "checkbox": Kind.CHECKBOX,
    "checklist": Kind.CHECKLIST,
    "dynamiclist": Kind.TABLE,
    "filepicker": Kind.FILES,
}
_SILENT = frozenset({Kind.TEXT, Kind.SEPARATOR})


def read_components(raw: list[Any], findings: Findings, *, path: str = "", depth: int = 0) -> tuple[Part, ...]:
    """Return the parts that the components describe; what is wrong is in `findings`."""
    parts = []
    for index, entry in enumerate(raw):
        place = f"{path}components[{index}]"
        if not isinstance(entry, dict):
            findings.add(place, _("this must be an object."))
            continue
        part = _read(Component(place, entry, findings), depth)
        if part is not None:
            parts.append(part)
    _check_keys(tuple(parts), findings, path)
    return tuple(parts)


def _read(component: Component, depth: int) -> Part | None:
    component_type = component.raw.get("type")
    kind = TYPES.get(component_type) if isinstance(component_type, str) else None
    if kind is None or "$ref" in component.raw:
        component.problem("type", _("fields of the type %(type)s are not supported."), type=str(component_type)[:40])
        return None
    if kind is Kind.DATE and component.raw.get("subtype", "date") != "date":
        component.problem("subtype", _("only dates are supported, without a time."))
    if kind is Kind.FILES and depth and "[]" in component.path:
        component.problem("type", _("files cannot be attached inside a table."))
    component.findings.fields += 1
    if component.findings.fields > MAX_FIELDS:
        component.problem("key", _("a form has at most %(limit)s fields."), limit=MAX_FIELDS)
        return None
    return _with_parts(component, _part(component, kind), depth)


def _part(component: Component, kind: Kind) -> Part:
    properties = component.at("properties")
    hide = component.at("conditional").condition("hide")
    locked = component.raw.get("readonly")
    reads = component.condition("readonly") if isinstance(locked, str) else ""
    part = Part(
        kind=kind,
        key=_key(component, kind),
        label=_wording(component, _label_name(kind), "label_en"),
        hint=_wording(component, "description", "description_en"),
        limits=read_limits(component, kind),
        hidden_when=(hide,) if hide else (),
        readonly=locked is True or component.raw.get("disabled") is True,
        readonly_when=(reads,) if reads else (),
        prefilled=properties.text("prefill") != "never",
        suffix=Wording(component.at("appearance").text("suffixAdder"), properties.text("suffix_en")),
        accept=component.text("accept") if kind is Kind.FILES else "",
        multiple=component.raw.get("multiple") is not False,
    )
    if kind in CHOICES:
        part = replace(part, options=read_options(component), options_from=read_options_from(component))
    if kind is Kind.TEXT:
        part = replace(part, text=_checked_text(component))
    return replace(part, default=_default(component, kind))


def _label_name(kind: Kind) -> str:
    return "dateLabel" if kind is Kind.DATE else "label"


def _wording(component: Component, name: str, name_en: str) -> Wording:
    text = component.text(name) or (component.text("label") if name == "dateLabel" else "")
    return Wording(text, component.at("properties").text(name_en))


def _checked_text(component: Component) -> Wording:
    wording = _wording(component, "text", "text_en")
    for text in (wording.ru, wording.en):
        try:
            conditions.check_text(text)
        except Invalid as failure:
            component.problem("text", failure.message, **failure.params)
            return Wording()
    return wording


def _key(component: Component, kind: Kind) -> str:
    if kind in _SILENT:
        return ""
    name = "path" if kind in (Kind.TABLE, Kind.GROUP) else "key"
    key = component.text(name)
    if not key and kind is Kind.GROUP:
        return ""
    if not KEY.fullmatch(key) or "__" in key or key in RESERVED_KEYS:
        component.problem(
            name, _("“%(key)s” cannot name a field: write it in small Latin letters, digits and _."), key=key[:60]
        )
    return key


def _with_parts(component: Component, part: Part, depth: int) -> Part | None:
    """Read what is inside a group or a table."""
    if part.kind not in (Kind.GROUP, Kind.TABLE):
        return part
    inner = component.raw.get("components")
    if depth >= MAX_NESTING:
        component.problem("components", _("fields are nested more than %(limit)s deep."), limit=MAX_NESTING)
        return None
    if not isinstance(inner, list) or not inner:
        component.problem("components", _("there are no fields inside."))
        return None
    inside = f"{component.path}[]." if part.kind is Kind.TABLE else f"{component.path}."
    parts = read_components(inner, component.findings, path=inside, depth=depth + 1)
    if part.kind is Kind.GROUP and not part.key:
        return replace(part, parts=tuple(p.under(part) for p in parts))
    return replace(
        part,
        parts=parts,
        fixed=part.kind is Kind.TABLE and component.raw.get("allowAddRemove") is False,
        rows_at_first=component.count("defaultRepetitions", most=MAX_ROWS) or 0,
    )


def _check_keys(parts: tuple[Part, ...], findings: Findings, path: str) -> None:
    """Refuse two answers under one key, and an order between dates that names no date."""
    seen: dict[str, Part] = {}
    for part in asked(parts):
        if part.key in seen:
            findings.add(f"{path}{part.key}", _("two fields have the key “%(key)s”."), key=part.key)
        seen[part.key] = part
    for part in asked(parts):
        other = seen.get(part.limits.after)
        if part.limits.after and (other is None or other.kind is not Kind.DATE):
            findings.add(
                f"{path}{part.key}", _("there is no date “%(key)s” beside it to come after."), key=part.limits.after
            )


def _default(component: Component, kind: Kind) -> Any:
    default = component.raw.get("defaultValue")
    if default is None or default == "" or kind in (Kind.TABLE, Kind.FILES, Kind.GROUP) or kind in _SILENT:
        return None
    fits = {
        Kind.CHECKBOX: isinstance(default, bool),
        Kind.CHECKLIST: isinstance(default, list) and all(isinstance(value, str) for value in default),
        Kind.NUMBER: isinstance(default, int | float | str) and not isinstance(default, bool),
    }.get(kind, isinstance(default, str | int) and not isinstance(default, bool))
    if not fits or (isinstance(default, str) and default.startswith("=")):
        component.problem("defaultValue", _("this cannot be what the field begins with."))
        return None
    return tuple(default) if isinstance(default, list) else default
