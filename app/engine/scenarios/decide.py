"""Makes a decision of the scenario's files about data of its own."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.engine.decisions import DecisionResult, parse_decisions
from app.engine.definitions.queries import latest_decision
from app.engine.scenarios.model import Decide
from app.engine.scenarios.world import StepFailed


def decide(session: Session, step: Decide, now: datetime, time_zone: str) -> DecisionResult:
    """Return what is decided about the step's data.

    Raises:
        StepFailed: none of the files holds the decision.
    """
    row = latest_decision(session, key=step.key)
    if row is None:
        raise StepFailed(f"None of the files holds the decision «{step.key}».", step.key)
    decision = next(one for one in parse_decisions(row.dmn_xml.encode(), row.file) if one.key == step.key)
    today = now.astimezone(ZoneInfo(time_zone)).date()
    return decision.evaluate({"now": now, "today": today, **step.data})


def fired_rules(result: DecisionResult) -> tuple[int, ...]:
    """Return the numbers of the rules of the decision's own table that held."""
    last: dict[str, Any] = result.trace[-1] if result.trace else {}
    return tuple(rule["number"] for rule in last.get("rules", []))
