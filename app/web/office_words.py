"""Words for cycles, the table school × stage, lists of schools and diagrams."""

from flask import Flask
from flask_babel import get_locale, gettext, ngettext

from app.engine.definitions.models import ProcessDefinition
from app.engine.instances.models import InstanceState
from app.kernel.i18n import _
from app.programme.cycles.imports.values import Sentence
from app.programme.cycles.imports.verdicts import Verdict
from app.programme.cycles.models import CycleState
from app.programme.cycles.stages import StageState
from app.reports.matrix import Cell
from app.studio.diagrams import Shape
from app.studio.queries import name_of

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


def cell_words(cell: Cell) -> str:
    """«идёт 10 дней», «готово за 7 дней», «опаздывает, 10 дней», «впереди»."""
    days = max(1, cell.days or 0)
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


INSTANCES = {
    InstanceState.RUNNING: ("progress", _("is under way")),
    InstanceState.COMPLETED: ("done", _("has ended")),
    InstanceState.FAILED: ("late", _("was given up")),
    InstanceState.CANCELLED: ("cancelled", _("cancelled")),
}


def instance_badge(state: InstanceState) -> tuple[str, str]:
    """Return the badge's kind and the translated word of an instance's state."""
    kind, word = INSTANCES[state]
    return kind, gettext(word)


def shape_name(shape: Shape) -> str:
    """Return what a shape of a diagram is called; its id where the designer gave no name."""
    english = shape.name_en if str(get_locale()) == "en" else ""
    return english or shape.name or shape.id


def process_name(definition: ProcessDefinition) -> str:
    """Return what a process is called."""
    return shape_name(name_of(definition))


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
        cell_words=cell_words,
        cell_kind=lambda cell: KINDS[cell.state],
        late_words=late_words,
        cycle_badge=cycle_badge,
        verdict_badge=verdict_badge,
        instance_badge=instance_badge,
        shape_name=shape_name,
        process_name=process_name,
        sentence=sentence,
    )
