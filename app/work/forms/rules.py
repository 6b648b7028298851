"""Decisions about drafts and submissions: no session, no clock, no web."""

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.i18n import _
from app.work.forms.texts import storable
from app.work.people.roles import Actor
from app.work.tasks.models import Task

MAX_DRAFT_DEPTH = 8
MAX_DRAFT_CHARACTERS = 1_000_000
ALREADY_ANSWERED = _("The answers to this task have already been sent. Open the task again to see them.")
_COMMAND_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)


class DraftMovedOn(Conflict):
    """The same person saved the draft elsewhere since this page was opened.

    Attributes:
        stored: the answers that are saved.
        typed: the answers that were not saved.
        revision: of the saved ones; whoever wants to overwrite them sends it back.
    """

    def __init__(self, *, stored: Mapping[str, Any], typed: Mapping[str, Any], revision: int) -> None:
        super().__init__(_("This draft was changed in another window. Both texts are kept: choose which one to keep."))
        self.stored, self.typed, self.revision = stored, typed, revision


class DraftTooLarge(Invalid):
    """The draft is larger than any form could be."""


class NotYourTask(NotFound):
    """The task is for somebody else; a stranger cannot tell that it exists."""


class TaskIsOver(Conflict):
    """The task is completed or cancelled: there is nothing left to prepare."""


class KeyAlreadyUsed(Invalid):
    """The same command key came with something else: it is not a repetition."""


class UnusableKey(Invalid):
    """The command key is none that a page of ours was rendered with."""


class AlreadyAnswered(Conflict):
    """Somebody has already sent the answers to this task."""


def check_can_type(task: Task, actor: Actor) -> None:
    """Pass silently if the actor may prepare answers to the task; somebody else may hold it at the moment.

    Raises:
        NotYourTask: it is for another role or organisation.
        TaskIsOver: nobody waits for answers any more.
    """
    if task.candidates not in actor.mandates:
        raise NotYourTask(_("There is no such task."))
    if task.ended_at is not None:
        raise TaskIsOver(_("The task is over, so the draft can no longer be saved. Copy what you need from this page."))


def check_command_key(command_key: str) -> None:
    """Pass silently if the key can tell one command from another.

    Raises:
        UnusableKey: it is too short, too long or not plain.
    """
    if not _COMMAND_KEY.fullmatch(command_key):
        raise UnusableKey(_("The page is out of date. Open the task again; what you typed is kept in the draft."))


def check_is_repetition(stored: Mapping[str, Any], sent: Mapping[str, Any], *, same_task: bool) -> None:
    """Pass silently if what was sent again under one key is the same as before.

    Raises:
        KeyAlreadyUsed: it is not.
    """
    if not same_task or stored != sent:
        raise KeyAlreadyUsed(_("This page has already been sent with other answers. Open the task again to see them."))


def draft_of(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers as they can be stored: a draft need not be valid, but it must fit and be plain.

    Raises:
        DraftTooLarge: it is deeper or longer than forms are.
    """
    left = [MAX_DRAFT_CHARACTERS]
    return {storable(str(key)): _plain(value, left, MAX_DRAFT_DEPTH) for key, value in answers.items()}


def _plain(value: Any, left: list[int], depth: int) -> Any:
    if isinstance(value, str):
        left[0] -= len(value)
    left[0] -= 1
    if depth == 0 or left[0] < 0:
        raise DraftTooLarge(_("There is too much text to keep as a draft. Shorten it or send it in parts."))
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {storable(str(key)): _plain(inner, left, depth - 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner, left, depth - 1) for inner in value]
    plain = value is None or isinstance(value, bool | int) or (isinstance(value, float) and isfinite(value))
    return value if plain else storable(str(value))
