"""A step of the engine that could not be done, and that a person must see: it becomes an incident."""

from traceback import format_exception

from sqlalchemy.exc import DBAPIError

from app.kernel.i18n import _

_MOST_OF_STACK = 8_000


class StepFailure(Exception):
    """An automatic step failed; the step is held and can be repeated.

    Attributes:
        message: a sentence for the person who looks at the incident.
        detail: the technical particulars (expression, value, limit).
    """

    def __init__(self, message: str, detail: str = "") -> None:
        self.message = message
        self.detail = detail
        super().__init__(message)


def unexpected(error: Exception) -> StepFailure:
    """Return what a failure that nobody has foreseen becomes: an incident with the stack, of one step of one instance.

    When the database cannot be used, no step has failed: that error goes on, and the whole act is tried again.
    """
    if isinstance(error, DBAPIError):
        raise error
    stack = "".join(format_exception(error))
    return StepFailure(_("The step failed in a way that nobody has foreseen."), stack[-_MOST_OF_STACK:])
