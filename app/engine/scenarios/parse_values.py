"""Reads moments out of scenarios."""

from datetime import datetime
from zoneinfo import ZoneInfo

from yaml.nodes import Node

from app.engine.scenarios.yaml_text import Reader
from app.engine.timers.rules import parse_moment
from app.kernel.errors import Invalid


def moment(reader: Reader, node: Node, zone: str = "UTC") -> datetime | None:
    """Return the instant that stands there; without a zone of its own it is local time in `zone`."""
    # YAML allows a blank where ISO 8601 has its T.
    text = reader.text(node).replace(" ", "T", 1)
    try:
        return parse_moment(text, ZoneInfo(zone))
    except Invalid as error:
        reader.wrong(node, str(error))
        return None
