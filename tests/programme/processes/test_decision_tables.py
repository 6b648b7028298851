"""The tables that are shipped decide as their pages say, and write numbers as people do."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.engine.decisions import parse_decisions

FOLDER = Path(__file__).resolve().parents[3] / "workflows" / "dmn"


def decide(key: str, **data: Any) -> dict[str, Any]:
    [decision] = parse_decisions((FOLDER / f"{key}.dmn").read_bytes(), f"{key}.dmn")
    output = decision.evaluate(data).output
    assert isinstance(output, dict)
    return output


def indicator(**changes: Any) -> dict[str, Any]:
    usual = {"coverage": 80, "min_coverage": 60, "value": 10, "medium_from": 5, "high_from": Decimal("12.5"),
             "higher_is_worse": True, "unit": "%"}  # fmt: skip
    return {**usual, **changes}


@pytest.mark.parametrize(
    ("changes", "level", "reason"),
    [
        ({"value": Decimal("62.5")}, "high", "62,5 % – не ниже порога высокого риска (12,5)"),
        ({"value": 10}, "medium", "10 % – не ниже порога среднего риска (5)"),
        ({"value": Decimal("4.25"), "unit": None}, "low", "4,25 – ниже порога среднего риска (5)"),
        ({"higher_is_worse": False, "high_from": Decimal("2.5"), "value": Decimal("1.5"), "unit": "балла"}, "high",
         "1,5 балла – не выше порога высокого риска (2,5)"),
        ({"higher_is_worse": False, "high_from": 2, "value": Decimal("4.5")}, "medium",
         "4,5 % – не выше порога среднего риска (5)"),
        ({"higher_is_worse": False, "high_from": 2, "value": Decimal("5.5")}, "low",
         "5,5 % – выше порога среднего риска (5)"),
        ({"coverage": Decimal("33.3")}, "no_data", "Ответили 33,3 % приглашённых, нужно не меньше 60 %"),
        ({"value": None}, "no_data", "Значение не указано"),
    ],
)  # fmt: skip
def test_a_risk_has_a_level_and_a_reason_with_decimal_commas(changes: dict[str, Any], level: str, reason: str) -> None:
    assert decide("risk_level", indicator=indicator(**changes)) == {"level": level, "reason": reason}


@pytest.mark.parametrize(
    ("confirmed", "worsened", "improved", "reached", "outcome"),
    [
        (Decimal("49.9"), 0, 90, 90, "stronger_support"),
        (90, 1, Decimal("49.5"), 90, "stronger_support"),
        (80, 0, 75, 60, "leaves"),
        (70, 0, 75, 60, "continues"),
    ],
)
def test_the_outcome_of_the_year_follows_the_shares(
    confirmed: Any, worsened: int, improved: Any, reached: int, outcome: str
) -> None:
    shares = {"confirmed_share": confirmed, "risks_worsened": worsened, "improved_share": improved,
              "reached_share": reached}  # fmt: skip

    decided = decide("year_outcome", results=shares)

    assert decided["outcome"] == outcome
    assert "проекта" not in decided["reason"]
