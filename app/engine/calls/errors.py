"""How an operation tells the diagram that it ended in another way than the usual one."""


class BpmnError(Exception):
    """The operation ended with a BPMN error: a boundary event or an event subprocess of the diagram catches it.

    What the operation has written is undone; nothing is tried again. For what may help later raise `Unavailable`.

    Attributes:
        code: the code that the diagram's error has.
        message: a sentence for people.
    """

    def __init__(self, code: str, message: str = "") -> None:
        self.code = code
        self.message = message
        super().__init__(f"{code}: {message}" if message else code)
