"""Reference data of a programme: factors, calendar and ladder, as people edit them in YAML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Programme:
    """What a new cycle begins with; afterwards the cycle has its own copy.

    Attributes:
        factors: risk factors with their indicators and thresholds, of the catalogue in use.
        dates: calendar parameter to month and day, `01-15`, in the cycle's year.
        terms: calendar parameter to ISO 8601 duration or number.
        ladder: `[{kind, offset_days}]`.
    """

    key: str
    title: str
    factors: Sequence[Mapping[str, Any]]
    dates: Mapping[str, str]
    terms: Mapping[str, Any]
    ladder: Sequence[Mapping[str, Any]]

    def calendar_of(self, year: int) -> dict[str, Any]:
        """Return the calendar of one year: ISO dates, durations and numbers by parameter."""
        return {name: date.fromisoformat(f"{year}-{day}").isoformat() for name, day in self.dates.items()} | dict(
            self.terms
        )


def load_programme(key: str = "programme_500_plus") -> Programme:
    """Read a programme that ships with the program."""
    raw = yaml.safe_load((FOLDER / f"{key}.yaml").read_text(encoding="utf-8"))
    calendar = raw["calendar"]
    return Programme(
        key=raw["key"],
        title=raw["title"],
        factors=raw["catalogues"][raw["default_catalogue"]],
        dates={name: day for stage in calendar["dates"].values() for name, day in stage.items()},
        terms={**calendar["durations"], **calendar["numbers"]},
        ladder=raw["ladder"],
    )
