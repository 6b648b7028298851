"""Marks sentences for translation; the doors translate them, in the language of whoever reads."""


def _(sentence: str) -> str:
    """Return `sentence` unchanged; extraction finds it by this name, the door looks it up in the catalogue."""
    return sentence
