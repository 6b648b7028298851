"""DMN decisions: parsed and compiled once, evaluated with a trace that a school can read."""

from app.engine.decisions.building import parse_decisions, parse_model
from app.engine.decisions.decision import Decision, DecisionResult
from app.engine.decisions.model import Model
from app.engine.decisions.problems import DecisionError, DecisionProblem

__all__ = [
    "Decision",
    "DecisionError",
    "DecisionProblem",
    "DecisionResult",
    "Model",
    "parse_decisions",
    "parse_model",
]
