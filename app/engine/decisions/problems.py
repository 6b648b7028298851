"""What is wrong with a DMN file, and where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.kernel.errors import Invalid
from app.kernel.i18n import _


@dataclass(frozen=True)
class DecisionProblem:
    """One thing wrong; `line` counts from 1, `element_id` is that of the nearest element that has one.

    `message` is in English; `sentence` and `params` are what it was made of, for translation.
    """

    file: str
    line: int
    element_id: str
    code: str
    message: str
    sentence: str
    params: Mapping[str, object] = field(default_factory=dict, compare=False)


class DecisionError(Invalid):
    """A file of decisions cannot be used.

    Attributes:
        problems: everything that was found wrong.
    """

    def __init__(self, problems: Sequence[DecisionProblem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__(
            _("%(file)s, line %(line)s: %(problem)s"), file=first.file, line=first.line, problem=first.message
        )
