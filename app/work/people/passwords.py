"""Hashing and checking passwords, in the same time whether or not there is such a person."""

import secrets
import unicodedata
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# Longer input is refused before it is hashed: hashing a megabyte is a gift to an attacker.
MAX_PASSWORD_LENGTH = 256

_HASHER = PasswordHasher()


def hash_password(password: str) -> str:
    """Return the argon2id hash that the row of the person keeps."""
    return _HASHER.hash(_bytes(password))


@lru_cache(maxsize=4)
def demo_hash(password: str) -> str:
    """Return one hash for all people of the demo, whose password is printed on the screen anyway."""
    return hash_password(password)


def is_right(password: str, password_hash: str | None) -> bool:
    """Say whether `password` is the one behind the hash; without a hash take the same time and say no."""
    if len(password) > MAX_PASSWORD_LENGTH:
        return False
    try:
        _HASHER.verify(password_hash or _nobody(), _bytes(password))
    except (VerificationError, InvalidHashError):
        return False
    return bool(password_hash)


def is_outdated(password_hash: str) -> bool:
    """Say whether the hash was made with weaker settings than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def _bytes(password: str) -> bytes:
    """Return what is hashed: the same for every keyboard, and for half a character too."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


@lru_cache(maxsize=1)
def _nobody() -> str:
    """Return the hash that an unknown login is checked against."""
    return _HASHER.hash(secrets.token_urlsafe())
