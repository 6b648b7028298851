"""Compares names of schools, municipalities and people the way a clerk does: «МБОУ "СОШ №5"» is «МБОУ СОШ № 5»."""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

# Keys that differ less than this are perhaps one name with a slip of the pen.
ALIKE = 0.8

# Latin letters that look Cyrillic; keyboards leave them in abbreviations.
_LOOKALIKES = str.maketrans("ABCEHKMOPTXaceopxy", "АВСЕНКМОРТХасеорху")
_LEGAL_FORM = re.compile(
    r"\b(муниципальн\w*|государственн\w*|областн\w*|краев\w*|бюджетн\w*|казенн\w*|автономн\w*|общеобразовательн\w* "
    r"(учреждени\w*|организаци\w*)|образовательн\w* (учреждени\w*|организаци\w*)|учреждени\w*"
    r"|[мгк][бка]?о?оу|чоу|гау|гбу)\b"
)
_KINDS = (
    (re.compile(r"\bсредн\w* общеобразовательн\w* школ\w*|\bсредн\w* школ\w*|\bсш\b"), "сош"),
    (re.compile(r"\bосновн\w* общеобразовательн\w* школ\w*|\bосновн\w* школ\w*|\bош\b"), "оош"),
    (re.compile(r"\bначальн\w* общеобразовательн\w* школ\w*|\bначальн\w* школ\w*"), "нош"),
)
_PLACE_WORDS = re.compile(
    r"\b(муниципальн\w*|городск(ой|ого|ому)|район(а|у)?|р-н(а)?|округ(а|у)?|образовани\w*|город(а|у)?"
    r"|г о|г|го|мо|мр|гп|зато)\b"
)
_LOOKS_LIKE_PLACE = re.compile(r"район|р-н|округ|муниципал|^г\.|^город |^го |^мо |зато", re.IGNORECASE)
_TRANSLITERATION = dict(
    zip(
        "абвгдезийклмнопрстуфхцчшщъыьэюяё",
        "a b v g d e z i y k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya e".replace("_", "").split(" "),
        strict=True,
    )
) | {"ж": "zh"}


def _plain(name: str) -> str:
    """Lower case, ё as е, Latin doubles as Cyrillic, no quotes and dots; numbers as `№5`."""
    text = name
    if re.search("[а-яё]", text, re.IGNORECASE):
        text = text.translate(_LOOKALIKES)
    text = text.casefold().replace("ё", "е")
    text = re.sub(r"(№|\bn\b|\bномер\b|#)\s*(?=\d)", " №", text)
    text = re.sub(r"(?<![№\d])(\d+)", r"№\1", text)
    text = re.sub(r"№0+(?=\d)", "№", text)
    return re.sub(r"[^\w№-]+", " ", text).strip()


def school_key(name: str) -> str:
    """Return what is left of a school's name for comparison: kind, number, place."""
    text = _LEGAL_FORM.sub(" ", _unify_kinds(_plain(name)))
    words = [
        word for word in text.split() if word not in {"им", "имени", "с", "п", "г", "село", "поселок", "город", "-"}
    ]
    return " ".join(words) or _plain(name)


def _unify_kinds(text: str) -> str:
    for pattern, kind in _KINDS:
        text = pattern.sub(kind, text)
    return text


def municipality_key(name: str) -> str:
    """Return the proper name of a municipality: «Городищенский муниципальный район» is «городищенский»."""
    text = _plain(name)
    return " ".join(_PLACE_WORDS.sub(" ", text).split()) or text


def person_key(name: str) -> str:
    """Return a person's name for comparison: family name and initials, «иванова и в»."""
    words = re.sub(r"[^\w-]+", " ", name.translate(_LOOKALIKES).casefold().replace("ё", "е")).split()
    return " ".join([*words[:1], *(word[0] for word in words[1:3])])


def looks_like_municipality(text: str) -> bool:
    """Say whether a lone cell reads like the name of a municipality, as a section of a list has it."""
    if len(text) > 100 or re.search(r"\d|школ|сош|гимнази|лице[йя]|\b[мг][бка]?оу\b", text, re.IGNORECASE):
        return False
    return bool(_LOOKS_LIKE_PLACE.search(text))


def likeness(one: str, other: str) -> float:
    """Return how alike two keys are, 0 to 1. Names with different numbers are different schools: 0."""
    if re.findall(r"\d+", one) != re.findall(r"\d+", other):
        return 0.0
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.real_quick_ratio() < ALIKE or matcher.quick_ratio() < ALIKE:
        return 0.0
    return matcher.ratio()


def most_alike(key: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate most like `key`, or None when none is alike enough."""
    rated = [(likeness(key, candidate), candidate) for candidate in candidates]
    best = max(rated, default=(0.0, ""))
    return best[1] if best[0] >= ALIKE else None


def slug_of(name: str) -> str:
    """Return the name in Latin letters for an address: «МБОУ СОШ № 5» gives `mbou-sosh-5`."""
    latin = "".join(_TRANSLITERATION.get(char, char) for char in name.casefold())
    return re.sub(r"[^a-z0-9]+", "-", latin).strip("-")[:60].strip("-") or "organisation"
