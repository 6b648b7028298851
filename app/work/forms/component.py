"""One component of a form-js file while it is read: its properties, typed, and what is wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.kernel.errors import Invalid
from app.kernel.i18n import _
from app.work.forms import conditions
from app.work.forms.problems import Problem


@dataclass
class Findings:
    """What is wrong so far, and how much the form holds already."""

    problems: list[Problem] = field(default_factory=list)
    fields: int = 0

    def add(self, path: str, message: str, /, **params: object) -> None:
        """Note a problem; after a hundred nobody reads on."""
        if len(self.problems) < 100:
            self.problems.append(Problem(path, message, params))


@dataclass(frozen=True)
class Component:
    """One object of the file and where it stands."""

    path: str
    raw: Mapping[str, Any]
    findings: Findings

    def at(self, name: str) -> "Component":
        """Return the object under `name`; an empty one when there is none."""
        inner = self.raw.get(name)
        if inner is not None and not isinstance(inner, dict):
            self.problem(name, _("this must be an object."))
        return Component(f"{self.path}.{name}", inner if isinstance(inner, dict) else {}, self.findings)

    def problem(self, name: str, message: str, /, **params: object) -> None:
        """Note what is wrong with one property."""
        self.findings.add(f"{self.path}.{name}", message, **params)

    def text(self, name: str) -> str:
        """Return a text, empty when there is none."""
        value = self.raw.get(name)
        if value is None:
            return ""
        if not isinstance(value, str) or len(value) > 10_000:
            self.problem(name, _("this must be a text of at most 10,000 characters."))
            return ""
        return value

    def number(self, name: str) -> float | None:
        """Return a number, also where the editor wrote it as text; None when there is none."""
        value = self.raw.get(name)
        if value is None or value == "":
            return None
        try:
            found = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else None
        except (ValueError, OverflowError):
            found = None
        if found is None or abs(found) > 10**15 or found != found:
            self.problem(name, _("this must be a number, not an expression."))
            return None
        return found

    def count(self, name: str, *, most: int) -> int | None:
        """Return a whole number from 0 to `most`; None when there is none."""
        found = self.number(name)
        if found is None:
            return None
        if found != int(found) or not 0 <= found <= most:
            self.problem(name, _("this must be a whole number from 0 to %(most)s."), most=most)
            return None
        return int(found)

    def condition(self, name: str) -> str:
        """Return a FEEL condition, empty when there is none."""
        text = self.text(name)
        if text.strip():
            try:
                conditions.check(text)
            except Invalid as failure:
                self.problem(name, failure.message, **failure.params)
                return ""
        return text.strip()
