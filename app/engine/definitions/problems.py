"""What the check of a deployment says, and how a deployment is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from app.kernel.errors import Invalid
from app.kernel.i18n import _

Severity = Literal["error", "warning"]
MOST_SHOWN = 100


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong with a file, at one place of it.

    Attributes:
        line: from 1; 0 where it cannot be said.
        element_id: of the shape to look at; empty where it is the whole file.
        code: a short name of the rule, for machines.
        severity: an error refuses the deployment, a warning does not.
        message: what is wrong and what to draw instead, in English.
        sentence: the message before its values were put in, for translation.
        params: those values; a sentence among them (`instead`) or a failure is translated too.
    """

    file: str
    line: int
    element_id: str
    code: str
    severity: Severity
    message: str
    sentence: str = field(default="", compare=False)
    params: Mapping[str, object] = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.element_id}: {self.message}"


def shown(problems: Sequence[Problem]) -> Sequence[Problem]:
    """Return what a person is shown: all in the order of the files, or of too many the errors first."""
    if len(problems) <= MOST_SHOWN:
        return problems
    return sorted(problems, key=lambda problem: (problem.severity != "error", problem))[:MOST_SHOWN]


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
            _("The processes cannot be deployed: %(count)s errors, the first: %(first)s"),
            count=len(errors),
            first=first,
        )


class Findings:
    """Collects the problems of one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def error(self, node: Any, code: str, sentence: str, **params: object) -> None:
        """Note what refuses the deployment; `node` is the XML element it is about."""
        self._add(node, code, "error", sentence, params)

    def warning(self, node: Any, code: str, sentence: str, **params: object) -> None:
        """Note what somebody should look at."""
        self._add(node, code, "warning", sentence, params)

    def _add(self, node: Any, code: str, severity: Severity, sentence: str, params: Mapping[str, object]) -> None:
        message = sentence % params if params else sentence
        place = _nearest_id(node)
        line = (node.sourceline or 0) if node is not None else 0
        self.problems.append(Problem(self.file, line, place, code, severity, message, sentence, params))


def _nearest_id(node: Any) -> str:
    """Return the id of the element, or of what it belongs to: an event definition is shown at its event.

    Where nothing around it has an id, it is the name of the file's root element.
    """
    root = ""
    while node is not None:
        if node.get("id") and not str(node.tag).endswith("Definition"):
            return str(node.get("id"))
        root = str(node.tag).rpartition("}")[2]
        node = node.getparent()
    return root
