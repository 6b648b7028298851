"""Words for the states and roles that the database keeps by value."""

from datetime import datetime
from enum import StrEnum

from flask import Flask
from flask_babel import format_decimal, gettext, ngettext

from app.kernel.i18n import _
from app.programme.consultations.models import ConsultationState
from app.programme.cycles.models import CaseState, Outcome
from app.programme.cycles.stages import STAGE_NAMES
from app.programme.diagnosis.models import RiskLevel
from app.programme.roadmaps.models import Measure
from app.programme.roadmaps.rules import Light
from app.web import session
from app.work.documents.models import DocumentState
from app.work.people.roles import ROLE_NAMES, Role
from app.work.remarks.models import Severity
from app.work.tasks.models import TaskState

# State → the kind of badge (macros/ui.html) and its word.
_STATES: tuple[tuple[StrEnum, tuple[str, str]], ...] = (
    (TaskState.OPEN, ("neutral", _("not taken yet"))),
    (TaskState.CLAIMED, ("progress", _("in work"))),
    (TaskState.COMPLETED, ("done", _("done"))),
    (TaskState.CANCELLED, ("cancelled", _("cancelled"))),
    (CaseState.WAITING, ("neutral", _("waits for the order"))),
    (CaseState.RUNNING, ("progress", _("the year is under way"))),
    (CaseState.COMPLETED, ("done", _("the year is over"))),
    (CaseState.CANCELLED, ("cancelled", _("cancelled"))),
    (DocumentState.DRAFT, ("neutral", _("draft"))),
    (DocumentState.WITH_CURATOR, ("progress", _("with the curator"))),
    (DocumentState.RETURNED, ("returned", _("returned"))),
    (DocumentState.CONFIRMED, ("done", _("confirmed"))),
    (DocumentState.IN_AGREEMENT, ("progress", _("in agreement"))),
    (DocumentState.AGREED, ("done", _("agreed"))),
    (DocumentState.APPROVED, ("done", _("approved"))),
    (DocumentState.PUBLISHED, ("done", _("published"))),
    (DocumentState.ARCHIVED, ("cancelled", _("archived"))),
    (RiskLevel.HIGH, ("late", _("high"))),
    (RiskLevel.MEDIUM, ("soon", _("medium"))),
    (RiskLevel.LOW, ("done", _("low"))),
    (RiskLevel.NO_DATA, ("neutral", _("too little data"))),
    (ConsultationState.ASKED, ("progress", _("waits for an answer"))),
    (ConsultationState.ANSWERED, ("done", _("answered"))),
    (ConsultationState.CLOSED, ("done", _("closed"))),
    (Outcome.LEAVES, ("done", _("leaves the programme"))),
    (Outcome.CONTINUES, ("progress", _("continues"))),
    (Outcome.STRONGER_SUPPORT, ("late", _("stronger support"))),
)
# By kind of state too: states of the same value are equal, whatever they are states of.
BADGES = {(type(state), state.value): badge for state, badge in _STATES}

LIGHTS: dict[Light, tuple[str, str]] = {
    Light.NEUTRAL: ("neutral", _("planned")),
    Light.UNDER_WAY: ("progress", _("under way")),
    Light.SOON: ("soon", _("due soon")),
    Light.OVERDUE: ("late", _("overdue")),
    Light.WAITING: ("progress", _("done, waits for the curator")),
    Light.DONE: ("done", _("confirmed")),
    Light.CANCELLED: ("cancelled", _("cancelled")),
}

SEVERITIES = {
    Severity.OBSTACLE: _("Obstacle: must be mended"),
    Severity.REMARK: _("Remark: better mended"),
    Severity.NOTE: _("Note"),
}

EVIDENCE_KINDS = {
    "order": _("order"),
    "plan": _("plan"),
    "protocol": _("protocol"),
    "reference": _("reference"),
    "certificate": _("certificate"),
    "statistics": _("statistics"),
    "survey": _("survey before and after"),
    "photo": _("photo"),
    "link": _("link to a site"),
}


def state_badge(state: StrEnum) -> tuple[str, str]:
    """Return the badge's kind and the translated word of a state."""
    kind, word = BADGES[type(state), state.value]
    return kind, gettext(word)


def light_badge(light: Light) -> tuple[str, str]:
    """Return the badge's kind and the translated word of a measure's light."""
    kind, word = LIGHTS[light]
    return kind, gettext(word)


def role_name(role: Role) -> str:
    """Return what a role is called."""
    return gettext(ROLE_NAMES[role])


def evidence_kind(value: str) -> str:
    """Return what a kind of evidence is called; a kind that a region added is shown as it is."""
    return gettext(EVIDENCE_KINDS[value]) if value in EVIDENCE_KINDS else value


def waiting_words(since: datetime) -> str:
    """«ждём с сегодняшнего дня», «ждём 3 дня»."""
    days = (session.now() - since).days
    return ngettext("waiting for %(num)s day", "waiting for %(num)s days", days) if days > 0 else gettext("since today")


def stage_name(stage: str) -> str:
    """Return what a stage of the year is called."""
    return gettext(STAGE_NAMES[stage]) if stage in STAGE_NAMES else stage


def risk_level(value: str) -> str:
    """Return the word of a level that stands in an indicator's figures."""
    return state_badge(RiskLevel(value))[1] if value in set(RiskLevel) else ""


def other_measures() -> str:
    """Return the heading of rows that name no risk."""
    return gettext("Other measures")


def indicator_line(measure: Measure) -> str:
    """«40 → 60 %»: from where to where, in which unit."""
    if measure.baseline is None and measure.target is None:
        return ""
    ends = " → ".join(_figure(value) for value in (measure.baseline, measure.target) if value is not None)
    return f"{ends} {measure.unit}".strip()


def _figure(value: float) -> str:
    return format_decimal(round(value, 2))


def figure(value: float | None, unit: str = "") -> str:
    """Return a figure as people write it, with its unit; a dash where there is none."""
    return "–" if value is None else f"{_figure(value)} {unit}".strip()


def file_size(size: int) -> str:
    """«340 КБ»: how large a file is, as people say it."""
    if size < 1024 * 1024:
        return gettext("%(size)s KB", size=_figure(max(1, round(size / 1024))))
    return gettext("%(size)s MB", size=format_decimal(round(size / 1024 / 1024, 1)))


def severity_words() -> dict[str, str]:
    """Return the translated names of the severities by value, the heaviest first."""
    return {severity.value: gettext(name) for severity, name in SEVERITIES.items()}


def init_app(app: Flask) -> None:
    """Let templates use the words."""
    app.jinja_env.globals.update(
        state_badge=state_badge,
        light_badge=light_badge,
        role_name=role_name,
        waiting_words=waiting_words,
        evidence_kind=evidence_kind,
        stage_name=stage_name,
        indicator_line=indicator_line,
        figure=figure,
        file_size=file_size,
        risk_level=risk_level,
    )
