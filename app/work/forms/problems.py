"""What is wrong with an answer or a form: a sentence, its values and its place, ready to be translated."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.kernel.i18n import _

Translate = Callable[[str], str]


def _same(sentence: str) -> str:
    return sentence


@dataclass(frozen=True)
class Problem:
    """One thing to mend.

    Attributes:
        path: HTML name of the field, `rows-3-ends_on`; in a form definition the place, `components[3].key`.
        message: the sentence in English with `%(name)s` places, as the catalogue has it.
        params: what goes into them.
        label: what the page calls the field, in the reader's language; empty when the sentence stands alone.
        row: number of the row from 1, `4` or `4.2` for a table in a table; empty outside tables.
    """

    path: str
    message: str
    params: Mapping[str, object] = field(default_factory=dict)
    label: str = ""
    row: str = ""

    def short(self, translate: Translate = _same) -> str:
        """The sentence as it stands beside the field."""
        sentence = translate(self.message)
        return sentence % self.params if self.params else sentence

    def sentence(self, translate: Translate = _same) -> str:
        """The sentence as it stands in the summary: it names the row and the field."""
        short = self.short(translate)
        if not self.label:
            return short
        told = {"row": self.row, "label": self.label, "sentence": short[:1].lower() + short[1:]}
        if self.row:
            return translate(_("Row %(row)s, “%(label)s”: %(sentence)s")) % told
        return translate(_("“%(label)s”: %(sentence)s")) % told

    def __str__(self) -> str:
        return self.sentence()


def sentences(problems: Mapping[str, Problem], translate: Translate = _same) -> dict[str, str]:
    """Return what stands beside each field, by HTML name: what `view.field_views` wants."""
    return {path: problem.short(translate) for path, problem in problems.items()}
