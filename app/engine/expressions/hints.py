"""What to write instead, for those who know another language better than FEEL."""

from collections.abc import Sequence

from app.engine.expressions.lexer import Token
from app.kernel.i18n import _

_PAIRS = {
    "==": _("Write one = to compare."),
    "&&": _("Write: and."),
    "||": _("Write: or."),
    "${": _("Write the expression alone, without ${ }."),
    "#{": _("Write the expression alone, without #{ }."),
    "{{": _("Write the expression alone, without {{ }}."),
    "=>": _("Write: function(x) x + 1."),
    ":=": _("An expression cannot assign; a script is a context: {name: value}."),
    "//": _("Write / to divide."),
    "<>": _("Write != for “is not”."),
}
_SINGLE = {
    "'": _("Write texts in double quotation marks."),
    "`": _("Write texts in double quotation marks."),
    "!": _("Write not(…), or != for “is not”."),
    "%": _("Write modulo(a, b)."),
    ";": _("An expression is one value, without ;."),
    "if": _("Write: if condition then one else other."),
    "for": _("Write: for x in list return x + 1."),
    "not": _("Write not(…), with the brackets around the whole condition."),
    "else": _("Write: if condition then one else other."),
    "=": _("An expression cannot assign; a script is a context: {name: value}."),
    "$": _("Names are written without $."),
    "^": _("Write ** for a power."),
    "|": _("Write: or."),
    "&": _("Write: and; join texts with +."),
}
_WORDS = {
    "True": _("Write true, false and null in small letters."),
    "False": _("Write true, false and null in small letters."),
    "None": _("Write null for “nothing”."),
    "undefined": _("Write null for “nothing”."),
    "elif": _("Write: else if condition then …"),
    "lambda": _("Write: function(x) x + 1."),
    "is": _("Write = to compare."),
    "not": _("Write not(…), with the brackets around the whole condition."),
}


def hint_at(tokens: Sequence[Token], index: int) -> str:
    """Return a sentence about the token at `index`, which nobody expected there; empty when there is none."""
    for place in (index, index - 1):
        if 0 <= place < len(tokens) - 1 and tokens[place].end == tokens[place + 1].start:
            hint = _PAIRS.get(tokens[place].text + tokens[place + 1].text)
            if hint:
                return hint
    return _SINGLE.get(tokens[index].text, "")


def hint_for_word(word: str) -> str:
    """Return a sentence about a word that other languages have; empty when it is an ordinary name."""
    return _WORDS.get(word, "")
