"""The text by which a message and who waits for it find each other."""

import json
from collections.abc import Mapping
from typing import Any


def correlation_text(values: Mapping[str, Any]) -> str:
    """Return a single value as text, several as canonical JSON in the order of their names."""
    if len(values) == 1:
        (value,) = values.values()
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    ordered = [values[name] for name in sorted(values)]
    return json.dumps(ordered, ensure_ascii=False, separators=(",", ":"))
