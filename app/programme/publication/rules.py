"""Which parts of a document are for everybody, and under which heading."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.kernel.i18n import _

# Section keys that may be shown, in the order of the page. What is not named here stays inside: responsible
# people, performers, uploaded files, tables.
PUBLIC_SECTIONS = {
    "concept_introduction": _("Introduction"),
    "concept_analysis": _("Where we stand"),
    "concept_goals": _("Goals"),
    "concept_objectives": _("Objectives"),
    "concept_measures": _("What we do"),
    "programme_goal": _("Goal"),
    "programme_objectives": _("Objectives"),
    "programme_begins_on": _("From"),
    "programme_ends_on": _("Until"),
    "programme_stages": _("Stages"),
    "programme_subprogrammes": _("Parts of the programme"),
    "programme_results": _("Expected results"),
    "programme_content": _("Content"),
    "goal": _("Goal"),
    "objectives": _("Objectives"),
    "results": _("Expected results"),
}
GOALS = frozenset({"concept_goals", "concept_objectives"})


@dataclass(frozen=True)
class Section:
    """A heading and its text; the heading is a sentence to be translated."""

    key: str
    heading: str
    text: str

    @property
    def is_goal(self) -> bool:
        """Whether it says what the school wants to reach."""
        return self.key in GOALS


def public_sections(content: Mapping[str, Any]) -> tuple[Section, ...]:
    """Return the parts of a document's content that everybody may read."""
    return tuple(
        Section(key, heading, text.strip())
        for key, heading in PUBLIC_SECTIONS.items()
        if isinstance(text := content.get(key), str) and text.strip()
    )
