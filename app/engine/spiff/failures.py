"""A step of the engine that could not be done, and that a person must see: it becomes an incident."""


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
