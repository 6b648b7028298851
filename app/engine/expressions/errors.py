"""How an expression can fail: it cannot be read, or it costs more than it may."""

from app.kernel.errors import Invalid


class ExpressionError(Invalid):
    """The text is not an expression that may be used here.

    Attributes:
        position: offset of the first character that is at fault.
    """

    def __init__(self, message: str, *, position: int = 0, **params: object) -> None:
        super().__init__(message, **params)
        self.position = position


class ForeignFunction(ExpressionError):
    """The expression defines a function in another language; nobody carries it out here."""


class ExpressionBudgetExceeded(Invalid):
    """An evaluation needs more steps, depth, text or list entries than it may use."""
