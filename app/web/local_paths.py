"""Addresses that a form may send people on to: only pages of our own."""

from urllib.parse import urlsplit


def local_path(wish: str | None) -> str | None:
    """Return `wish` if it is a path on this site, else None: an address elsewhere is nobody's next page."""
    if not wish or not wish.startswith("/") or wish.startswith(("//", "/\\")) or "\\" in wish:
        return None
    if any(ord(letter) < 32 for letter in wish):
        return None
    parts = urlsplit(wish)
    return wish if not parts.scheme and not parts.netloc else None
