"""Decisions about files and documents: no session, no clock, no web."""

from typing import Any, Protocol

from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.i18n import _
from app.work.documents.models import DocumentState
from app.work.people.roles import Actor
from app.work.tasks.models import Task
from app.work.tasks.rules import may_act

MAX_FILES_OF_A_FIELD = 20
MAX_BYTES_OF_A_CASE = 200 * 1024 * 1024
MEGABYTE = 1024 * 1024

# The ways of a document, domain.md §5. Agreeing may follow confirming at once where nobody registers the request.
TRANSITIONS = {
    DocumentState.DRAFT: frozenset({DocumentState.WITH_CURATOR}),
    DocumentState.WITH_CURATOR: frozenset({DocumentState.RETURNED, DocumentState.CONFIRMED, DocumentState.DRAFT}),
    DocumentState.RETURNED: frozenset({DocumentState.WITH_CURATOR}),
    DocumentState.CONFIRMED: frozenset({DocumentState.IN_AGREEMENT, DocumentState.AGREED, DocumentState.RETURNED}),
    DocumentState.IN_AGREEMENT: frozenset({DocumentState.AGREED, DocumentState.RETURNED}),
    DocumentState.AGREED: frozenset({DocumentState.APPROVED, DocumentState.RETURNED}),
    DocumentState.APPROVED: frozenset({DocumentState.PUBLISHED, DocumentState.ARCHIVED}),
    DocumentState.PUBLISHED: frozenset({DocumentState.ARCHIVED}),
    DocumentState.ARCHIVED: frozenset(),
}
# What lies with somebody who decides about it does not change underneath.
WRITABLE = frozenset({DocumentState.DRAFT, DocumentState.RETURNED, DocumentState.APPROVED, DocumentState.PUBLISHED})


class NotYourTask(NotFound):
    """The person may not do the task that the file belongs to; a stranger cannot tell that it exists."""


class TaskIsOver(Conflict):
    """Files belong to the answers, and the answers have been sent or are no longer wanted."""


class TooManyFiles(Invalid):
    """The field holds as many files as it may."""


class EmptyFile(Invalid):
    """There is nothing in the file."""


class NoRoomLeft(Invalid):
    """The case holds as much as it may."""


class DocumentNotThere(Conflict):
    """The document cannot go from the state that it is in to the one that is asked for."""


class DocumentNotWritable(Conflict):
    """The document lies with somebody who decides about it."""


def check_can_change_files(task: Task, actor: Actor) -> None:
    """Pass silently if the actor may attach and remove files of the task now.

    Raises:
        NotYourTask: it is for somebody else, or somebody else holds it.
        TaskIsOver: it is completed or cancelled.
    """
    if task.candidates not in actor.mandates:
        raise NotYourTask(_("There is no such task."))
    if task.ended_at is not None:
        raise TaskIsOver(_("The task is over, so its files can no longer be changed."))
    if not may_act(task, actor):
        raise TaskIsOver(_("Somebody else has taken this task, so only that person can change its files."))


def check_room(*, size: int, in_field: int, in_case: int) -> None:
    """Pass silently if one more file fits.

    Args:
        size: bytes of the new file.
        in_field: files that the field holds.
        in_case: bytes that the case holds.

    Raises:
        EmptyFile: it has no bytes.
        TooManyFiles: the field is full.
        NoRoomLeft: the case would hold too much.
    """
    if size == 0:
        raise EmptyFile(_("The file is empty. Choose another one."))
    if in_field >= MAX_FILES_OF_A_FIELD:
        raise TooManyFiles(
            _("At most %(limit)s files can be attached here. Remove one first."), limit=MAX_FILES_OF_A_FIELD
        )
    if in_case + size > MAX_BYTES_OF_A_CASE:
        raise NoRoomLeft(
            _("The files of one school may take %(limit)s MB in a year; %(left)s MB are left. Make the file smaller."),
            limit=MAX_BYTES_OF_A_CASE // MEGABYTE,
            left=max(0, MAX_BYTES_OF_A_CASE - in_case) // MEGABYTE,
        )


class Named(Protocol):
    """What is said of a file: that of `StoredFile`, or a row with these columns."""

    id: Any
    name: Any
    size: Any


def reference(file: Named) -> dict[str, object]:
    """Return how answers and instance data refer to the file."""
    return {"file_id": file.id, "name": file.name, "size": file.size}


def check_can_move(state: DocumentState, to: DocumentState) -> None:
    """Pass silently if a document may go from one state to the other.

    Raises:
        DocumentNotThere: there is no such way.
    """
    if to not in TRANSITIONS[state]:
        raise DocumentNotThere(
            _("The document is “%(state)s” and cannot become “%(to)s”."), state=state.value, to=to.value
        )


def check_can_write(state: DocumentState) -> None:
    """Pass silently if a new version may be written.

    Raises:
        DocumentNotWritable: somebody is deciding about the document, or it is in the archive.
    """
    if state not in WRITABLE:
        raise DocumentNotWritable(_("Somebody is deciding about the document now. Wait until it is returned."))
