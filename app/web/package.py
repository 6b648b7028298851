"""The package of a school's plan as those who decide read it: documents by sections, the roadmap by risks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import get_locale, gettext
from sqlalchemy.orm import Session

from app.kernel.i18n import _
from app.programme.cycles import queries as cycles
from app.programme.cycles.models import Case
from app.programme.diagnosis import queries as diagnosis
from app.programme.processes.plan import ANTI_RISK, row_of
from app.programme.roadmaps import queries as roadmaps
from app.programme.roadmaps.models import Measure
from app.work.documents import queries as documents
from app.work.documents.models import Document
from app.work.forms import queries as forms
from app.work.forms.parts import CHOICES, Kind, Option, Part, Wording, asked
from app.work.forms.words import as_read
from app.work.tasks.models import Task

# Tasks in which the package is read; in some of them remarks can be made.
READ_IN = frozenset({("plan", "check_completeness"), ("approve", "approve_package")})
REMARK_IN = frozenset({("approve", "confirm_package"), ("approve", "agree_package"), ("approve", "agree_instead")})
FORMS = ("plan/write_concept", "plan/write_programme", "plan/write_anti_risk_programme")

ROW_TITLES = {
    "objective": _("Objective"),
    "measure": _("Measure"),
    "begins_on": _("Begins"),
    "ends_on": _("Ends"),
    "indicator": _("Indicator"),
    "unit": _("Unit"),
    "baseline": _("Now"),
    "target": _("Target"),
    "method": _("How it is measured"),
    "evidence_kind": _("Evidence"),
    "responsible": _("Responsible"),
    "participants": _("Participants"),
    "resources": _("Resources"),
}


@dataclass(frozen=True)
class Section:
    """One section of a document: where remarks are tied to, its title and text."""

    place: str
    title: str
    text: str


@dataclass(frozen=True)
class Paper:
    """A document with its sections."""

    document: Document
    version: int
    sections: Sequence[Section]


@dataclass(frozen=True)
class RiskRows:
    """The rows of the roadmap that work against one risk."""

    name: str
    measures: Sequence[Measure]


@dataclass(frozen=True)
class Package:
    """All that is decided on."""

    papers: Sequence[Paper]
    risks: Sequence[RiskRows]
    may_remark: bool

    def text_of(self, place: str) -> dict[str, Any] | None:
        """Return what stands at a place now, as a remark keeps it; None where there is no such place."""
        for paper in self.papers:
            for section in paper.sections:
                if section.place == place:
                    return {"text": section.text}
        measure = self.measure_at(place)
        return row_of(measure) if measure else None

    def title_of(self, place: str) -> str:
        """Return how people call a place."""
        measure = self.measure_at(place)
        if measure:
            return gettext("Measure %(number)s. %(title)s", number=measure.number, title=measure.title)
        for paper in self.papers:
            for section in paper.sections:
                if section.place == place:
                    return f"{paper.document.title}: {section.title}"
        return place

    def measure_at(self, place: str) -> Measure | None:
        """Return the row that a place names."""
        found = (m for risk in self.risks for m in risk.measures if measure_place(m) == place)
        return next(found, None)


def measure_place(measure: Measure) -> str:
    """Return the name of a row as remarks use it; numbers of rows never change."""
    return f"measure:{measure.number}"


def to_review(session: Session, *, task: Task) -> Package | None:
    """Return the package where the task is to read it, else None."""
    place = (task.process_key, task.element_id)
    if place not in READ_IN | REMARK_IN:
        return None
    _cycle, case = cycles.about(session, task.business_key)
    return None if case is None else of_case(session, case=case, may_remark=place in REMARK_IN)


def of_case(session: Session, *, case: Case, may_remark: bool = False) -> Package:
    """Return the package of a case as it stands now."""
    reader = reader_of(session, case=case)
    papers = [
        Paper(document, document.versions[-1].number, reader.sections(document, document.versions[-1].content))
        for document in documents.documents_of(session, business_key=case.business_key)
        if document.kind != "package" and document.versions
    ]
    return Package(papers=papers, risks=_rows_by_risk(session, case), may_remark=may_remark)


@dataclass(frozen=True)
class Reader:
    """Turns the content of a document's version into sections with the words of the forms that asked for it.

    Attributes:
        parts: the questions of the plan's forms by key, in the order asked.
        risks: names of the case's risks by code: a choice among them is stored as the code.
    """

    parts: Mapping[str, Part]
    risks: Mapping[str, str]
    locale: str

    def sections(self, document: Document, content: Mapping[str, Any]) -> list[Section]:
        """Return the sections of one version in the order asked; empty ones and files are left out."""
        prefix = "anti_risk_" if document.kind == ANTI_RISK else ""
        about = f"{document.kind}:{document.about}:" if document.about else f"{document.kind}:"
        return [
            Section(about + key.removeprefix(prefix), part.label.of(self.locale) or gettext("Section"), text)
            for key, part in self.parts.items()
            if (text := self._text(part, content.get(key.removeprefix(prefix)))) and _belongs(key, document)
        ]

    def _text(self, part: Part, value: Any) -> str:
        if value in (None, "", []):
            return ""
        if part.kind is Kind.TABLE:
            rows = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
            return "\n".join(self._row(part, row) for row in rows)
        options = part.options or tuple(Option(code, Wording(ru=name)) for code, name in self.risks.items())
        return as_read(part, value, options if part.kind in CHOICES else (), self.locale)

    def _row(self, table: Part, row: Mapping[str, Any]) -> str:
        cells = [(part.label.of(self.locale), self._text(part, row.get(part.key))) for part in asked(table.parts)]
        return "; ".join(f"{label}: {text}" for label, text in cells if text)


def _belongs(key: str, document: Document) -> bool:
    return key.startswith("anti_risk_" if document.kind == ANTI_RISK else f"{document.kind}_")


def reader_of(session: Session, *, case: Case) -> Reader:
    """Return the reader of a case's documents, by the forms that are in force."""
    parts: dict[str, Part] = {}
    for key in FORMS:
        form_id = forms.latest_id(session, key=key)
        if form_id is not None:
            definition = forms.get_form(session, form_id)
            parts |= {part.key: part for part in asked(definition.parts) if part.kind is not Kind.FILES}
    names = {risk.code: risk.name for risk in diagnosis.profile_of(session, case_id=case.id)}
    return Reader(parts, names, str(get_locale()))


def _rows_by_risk(session: Session, case: Case) -> list[RiskRows]:
    names = {risk.code: risk.name for risk in diagnosis.profile_of(session, case_id=case.id)}
    by_risk: dict[str, list[Measure]] = {}
    for measure in roadmaps.measures_of(session, case_id=case.id):
        by_risk.setdefault(measure.risk_code, []).append(measure)
    return [RiskRows(names.get(code, gettext("Other measures")), rows) for code, rows in by_risk.items()]
