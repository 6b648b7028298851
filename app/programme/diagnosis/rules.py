"""Decisions about risk levels: no session, no clock, no web."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.programme.diagnosis.models import RiskLevel

# From best to worst; `no_data` stands apart: it is neither.
WEIGHT = {RiskLevel.LOW: 0, RiskLevel.MEDIUM: 1, RiskLevel.HIGH: 2}


def worst_levels(indicators: Iterable[Mapping[str, Any]]) -> dict[str, RiskLevel]:
    """Return for each factor the worst level of its indicators; `no_data` only where none has one."""
    levels: dict[str, RiskLevel] = {}
    for indicator in indicators:
        code, level = indicator["factor_code"], RiskLevel(indicator["level"])
        known = levels.get(code, RiskLevel.NO_DATA)
        levels[code] = level if WEIGHT.get(level, -1) > WEIGHT.get(known, -1) else known
    return levels


def is_better(before: RiskLevel, after: RiskLevel) -> bool:
    """Say whether a risk became smaller; unknown levels compare as neither."""
    return before in WEIGHT and after in WEIGHT and WEIGHT[after] < WEIGHT[before]


def is_worse(before: RiskLevel, after: RiskLevel) -> bool:
    """Say whether a risk became greater; unknown levels compare as neither."""
    return is_better(after, before)
