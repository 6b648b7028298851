"""Texts that came from outside."""


def is_writable(text: str) -> bool:
    """Say whether the text can be written at all: JSON can name half a character, which UTF-8 has no bytes for."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)
