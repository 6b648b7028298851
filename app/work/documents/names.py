"""Names of files as people may see them: nothing that misleads a reader, a browser or a computer."""

import re
import unicodedata

MAX_BYTES = 200
_JOINER = "\u200d"
_ESCAPED = re.compile(r"%([01][0-9a-f]|22|7f)", re.ASCII | re.IGNORECASE)
_FORBIDDEN = str.maketrans(dict.fromkeys('<>:"|?*', "_"))
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{name}{number}" for name in ("com", "lpt") for number in range(10))}
)


def display_name(raw: str) -> str:
    """Return the name to store and show. Cyrillic and emoji stay; the file itself lies under an id of ours.

    What browsers escape in a name, line ends and quotes, is decoded first; another `%` stays as it is.

    Gone are folders, control and direction characters (a turned-round ending shows as what it is), half characters, and
    blanks and dots at the ends; a long name is cut before its ending.
    """
    decoded = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), raw)
    last = decoded.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(c for c in unicodedata.normalize("NFC", last) if c == _JOINER or unicodedata.category(c)[0] != "C")
    name = " ".join(plain.translate(_FORBIDDEN).split()).strip(". ")
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = name, ""
    if stem.strip().lower().split(".")[0] in _DEVICES:
        stem = f"_{stem}"
    return _cut(stem.strip(), f"{dot}{ending}"[:20] if dot else "")


def _cut(stem: str, ending: str) -> str:
    room = MAX_BYTES - len(ending.encode())
    cut = stem.encode()[:room].decode("utf-8", "ignore").strip()
    return f"{cut or 'file'}{ending}"
