"""Handlers of `evaluate`: the year in figures, and what the region decides about the school."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from app.programme.cycles import operations as cycles
from app.programme.cycles.models import Outcome
from app.programme.cycles.operations import Decision
from app.programme.diagnosis import operations as diagnosis
from app.programme.diagnosis import queries as diagnosis_queries
from app.programme.diagnosis.models import RiskLevel
from app.programme.diagnosis.rules import is_better, is_worse, worst_levels
from app.programme.processes.calls import Done, Work
from app.programme.roadmaps import queries as roadmaps


def collect_results(work: Work) -> Done:
    """Count the year: measures confirmed, chosen risks that became smaller, targets reached."""
    case = work.school_case
    after = worst_levels(work.parameters["after"])
    diagnosis.store_repeat(work.session, case=case, levels=after)
    chosen = diagnosis_queries.chosen_risks(work.session, case_id=case.id)
    pairs = [(risk.code, risk.level, after.get(risk.code, RiskLevel.NO_DATA)) for risk in chosen]
    counted = roadmaps.results(roadmaps.measures_of(work.session, case_id=case.id))
    return Done({"results": {**counted, **_risk_results(pairs)}})


def _risk_results(pairs: Sequence[tuple[str, RiskLevel, RiskLevel]]) -> dict[str, Any]:
    """Count the chosen risks: how many became smaller, how many greater."""
    improved = sum(is_better(before, after) for _code, before, after in pairs)
    return {
        "risks_total": len(pairs),
        "risks_improved": improved,
        "risks_worsened": sum(is_worse(before, after) for _code, before, after in pairs),
        "improved_share": round(100 * improved / len(pairs)) if pairs else 0,
        "final_levels": [{"code": code, "before": before.value, "after": after.value} for code, before, after in pairs],
    }


def store_outcome(work: Work) -> Done:
    """Keep the region's decision with its order."""
    given = work.parameters
    decision = Decision(
        outcome=Outcome(given["outcome"]),
        order_number=str(given["order_number"]),
        order_on=date.fromisoformat(given["order_on"]),
        reason=str(given.get("reason") or ""),
    )
    cycles.decide_outcome(work.session, case=work.school_case, decision=decision, actor_id=work.actor_id, now=work.now)
    return Done()


HANDLERS = {"collect_results": collect_results, "store_outcome": store_outcome}
