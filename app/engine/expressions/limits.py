"""What an expression may cost; whatever needs more is refused, so that every evaluation ends soon."""

MAX_SOURCE = 16_384
"""Characters of an expression's text."""
MAX_NESTING = 50
"""Brackets inside brackets, conditions inside conditions."""
MAX_CHAIN = 200
"""Operators applied one after another on the same level."""
MAX_STEPS = 10_000
"""Turns of loops and filters, calls, and entries looked at."""
MAX_CALLS = 50
"""Functions that call functions."""
MAX_TEXT = 65_536
"""Characters of a text made by an expression."""
MAX_ENTRIES = 10_000
"""Entries of a list made by an expression."""
MAX_NODES = 100_000
"""Values inside one value, where it is taken in or given out."""
NODES_PER_STEP = 20
"""A turn of a loop costs one step for each so many parts of its body."""
REGEX_SECONDS = 0.05
"""One search for a pattern."""
PATTERN_SECONDS = 0.2
"""All searches for patterns of one evaluation."""
MAX_PATTERN = 1_000
MAX_REPEATS = 1_000
"""How often a pattern may ask for one of its parts."""
