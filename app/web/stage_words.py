"""Words for cycles, the stages of a year, the table school × stage and lists of schools."""

from flask import Flask
from flask_babel import gettext, ngettext

from app.kernel.i18n import _
from app.programme.cycles.imports.values import Sentence
from app.programme.cycles.imports.verdicts import Verdict
from app.programme.cycles.models import CycleState
from app.programme.cycles.stages import STAGE_NAMES, StageState
from app.reports.matrix import Cell

# State of a stage → the kind of badge (macros/ui.html).
KINDS = {
    StageState.AHEAD: "neutral",
    StageState.UNDER_WAY: "progress",
    StageState.LATE: "late",
    StageState.DONE: "done",
}

CYCLE_BADGES = {
    CycleState.PREPARING: ("neutral", _("is being prepared")),
    CycleState.RUNNING: ("progress", _("is under way")),
    CycleState.CLOSED: ("done", _("is over")),
    CycleState.CANCELLED: ("cancelled", _("cancelled")),
}


VERDICTS = {
    Verdict.JOINS: ("done", _("will be added")),
    Verdict.NEW: ("soon", _("will be created")),
    Verdict.ALREADY_IN: ("neutral", _("is on the list already")),
    Verdict.REPEATED: ("neutral", _("repetition")),
    Verdict.LEFT_OUT: ("cancelled", _("left out")),
    Verdict.QUESTION: ("soon", _("to be decided")),
    Verdict.PROBLEM: ("late", _("to be mended")),
}


def stage_name(stage: str) -> str:
    """Return what a stage is called; one that a region's diagram adds keeps its id."""
    return gettext(STAGE_NAMES[stage]) if stage in STAGE_NAMES else stage


def cell_words(cell: Cell) -> str:
    """«идёт 10 дней», «готово за 7 дней», «опаздывает, 10 дней», «впереди»."""
    days = cell.days or 0
    if cell.state is StageState.AHEAD:
        return gettext("ahead")
    if cell.state is StageState.DONE:
        return ngettext("done in %(num)s day", "done in %(num)s days", days)
    if cell.state is StageState.LATE:
        return ngettext("late, %(num)s day", "late, %(num)s days", days)
    return ngettext("under way %(num)s day", "under way %(num)s days", days)


def late_words(days: int) -> str:
    """«опаздывает на 4 дня»."""
    return ngettext("late by %(num)s day", "late by %(num)s days", days)


def cycle_badge(state: CycleState) -> tuple[str, str]:
    """Return the badge's kind and the translated word of a cycle's state."""
    kind, word = CYCLE_BADGES[state]
    return kind, gettext(word)


def verdict_badge(verdict: Verdict) -> tuple[str, str]:
    """Return the badge's kind and the translated word of a row's verdict."""
    kind, word = VERDICTS[verdict]
    return kind, gettext(word)


def sentence(told: Sentence) -> str:
    """Return a sentence of the rooms below in the reader's language."""
    words = gettext(told.message)
    return words % told.params if told.params else words


def init_app(app: Flask) -> None:
    """Let templates use the words."""
    app.jinja_env.globals.update(
        stage_name=stage_name,
        cell_words=cell_words,
        cell_kind=lambda cell: KINDS[cell.state],
        late_words=late_words,
        cycle_badge=cycle_badge,
        verdict_badge=verdict_badge,
        sentence=sentence,
    )
