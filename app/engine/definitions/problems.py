"""What the check of a deployment says, and how a deployment is refused."""

from dataclasses import dataclass
from typing import Literal

from app.kernel.errors import Invalid
from app.kernel.i18n import _

Severity = Literal["error", "warning"]


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong with a file, at one place of it.

    Attributes:
        line: from 1; 0 where it cannot be said.
        element_id: of the shape to look at; empty where it is the whole file.
        code: a short name of the rule, for machines.
        severity: an error refuses the deployment, a warning does not.
        message: what is wrong and what to draw instead.
    """

    file: str
    line: int
    element_id: str
    code: str
    severity: Severity
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.element_id}: {self.message}"


class NotDeployable(Invalid):
    """The files cannot be deployed.

    Attributes:
        problems: everything the check found, errors and warnings.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        errors = [problem for problem in problems if problem.severity == "error"]
        first = str(errors[0]) if errors else ""
        super().__init__(
            _("The processes cannot be deployed: %(count)s errors, the first: %(first)s"), count=len(errors), first=first
        )
