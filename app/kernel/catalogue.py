"""The catalogue of translations, read from the .po files themselves: nothing to compile, nothing to forget.

Pages and mails share it. English is the source language and needs no file.
"""

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

LOCALES = ("ru", "en")
FOLDER = Path(__file__).parents[1] / "web" / "translations"


def read_catalogue(locale: str, folder: Path = FOLDER) -> Catalog:
    """Return the messages of every `<locale>/*.po` as one catalogue; the files are split by subject only."""
    whole = Catalog(locale=locale)
    for path in sorted((folder / locale).glob("*.po")):
        with path.open("rb") as stream:
            for message in read_po(stream, locale=locale):
                if message.id:
                    whole[message.id] = message
    return whole


@cache
def translations(locale: str) -> Translations:
    """Return the translations into `locale`; a locale without files says everything in English."""
    compiled = BytesIO()
    write_mo(compiled, read_catalogue(locale))
    compiled.seek(0)
    return Translations(compiled, domain="messages")
