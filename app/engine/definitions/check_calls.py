"""Checks how often the diagram wants an operation to be tried."""

from typing import Any

from app.engine.calls.rules import MAX_ATTEMPTS, attempts_of
from app.engine.definitions.problems import Findings
from app.engine.spiff import reading
from app.kernel.i18n import _


def check_retries(root: Any, found: Findings) -> None:
    """Check that `retries` of service tasks is a number of attempts."""
    for node in root.iter(*(f"{{{reading.BPMN}}}{name}" for name in ("serviceTask", "sendTask", "businessRuleTask"))):
        text = reading.properties(node).get("retries", "")
        if attempts_of(text) is None:
            sentence = _("The service task's retries, «%(text)s», are no number from 1 to %(limit)s.")
            found.error(node, "bad_retries", sentence, text=text[:80], limit=MAX_ATTEMPTS)
