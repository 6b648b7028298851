"""How much one call of the engine may do. Beyond a limit there is an incident, never a hang or a silent stop."""

MAX_STEPS = 10_000
"""Automatic steps in one call of the engine."""

MAX_TOKENS = 1_000
"""Tokens of one instance that wait for something at the same time; boundary events do not count."""

MAX_INSTANCES = 1_000
"""Instances of one multi-instance activity."""

MAX_CALL_DEPTH = 10
"""Call activities inside call activities."""

MAX_STATE_BYTES = 5 * 1024 * 1024
"""Size of the stored state of one instance, compressed."""

MAX_DATA_DEPTH = 50
"""Nesting of lists and objects in instance data."""
