"""Checks one answer: a marshmallow field for each kind of part, whose failures are problems a person can mend."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import regex
from marshmallow import ValidationError, fields, missing

from app.kernel.i18n import _
from app.work.forms.parts import Kind, Option, Part
from app.work.forms.problems import Problem
from app.work.forms.texts import Unreadable, read_date, read_number, read_text

PATTERN_SECONDS = 0.1
_EMAIL = r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+"
_PHONE = r"\+?[0-9()\-\s]{5,25}"
_TRUE, _FALSE = frozenset({"true", "on", "1", "yes"}), frozenset({"false", "off", "0", "no"})


def wrong(message: str, **params: object) -> ValidationError:
    """Return the failure that carries one problem; the place is put in by whoever knows it."""
    return ValidationError([Problem("", message, params)])


class Answer(fields.Field[Any]):
    """The answer to one part. Blank is not wrong unless the part is required."""

    ask = _("Fill in this field.")

    def __init__(self, part: Part, *, required: bool = False) -> None:
        super().__init__(required=required)
        self.part = part

    def blank(self) -> Any:
        """Return what the data get where nothing was answered."""
        return None

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> Any:
        """Return the value for the data.

        Raises:
            ValidationError: with a list of one `Problem`, or the problems of the parts inside.
        """
        if value is missing or value is None or value == [] or (isinstance(value, str) and not value.strip()):
            if self.required:
                raise wrong(self.ask)
            return self.blank()
        try:
            return self._deserialize(value, attr, data, **kwargs)
        except Unreadable as failure:
            raise wrong(failure.message, **failure.params) from None


class TextAnswer(Answer):
    """A line or several lines of text."""

    def blank(self) -> Any:
        return ""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise wrong(_("Write a text."))
        text = read_text(value, lines=self.part.kind is Kind.TEXTAREA)
        if not text:
            return str(self.deserialize(""))
        limits = self.part.limits
        if limits.max_length is not None and len(text) > limits.max_length:
            raise wrong(
                _("Shorten the text to %(limit)s characters; now it has %(length)s."),
                limit=limits.max_length,
                length=len(text),
            )
        if limits.min_length is not None and len(text) < limits.min_length:
            raise wrong(_("Write at least %(limit)s characters."), limit=limits.min_length)
        self._check_form(text)
        return text

    def _check_form(self, text: str) -> None:
        limits = self.part.limits
        if limits.format == "email" and not _matches(_EMAIL, text):
            raise wrong(_("Write an e-mail address, for example school@example.ru."))
        if limits.format == "phone" and not _matches(_PHONE, text):
            raise wrong(_("Write a telephone number, for example +7 900 123-45-67."))
        if limits.pattern and not _matches(limits.pattern, text):
            hint = limits.pattern_hint
            if hint.ru:
                raise wrong("%(hint)s", hint=hint)
            raise wrong(_("The text is not written as it is asked for. Look at the hint and correct it."))


def _matches(pattern: str, text: str) -> bool:
    try:
        return regex.fullmatch(pattern, text, timeout=PATTERN_SECONDS) is not None
    except TimeoutError:
        raise wrong(_("This text could not be checked. Write it shorter or simpler.")) from None


class NumberAnswer(Answer):
    """A number, int when it is whole."""

    ask = _("Give a number.")

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int | float:
        limits = self.part.limits
        number = read_number(value, decimals=limits.decimals)
        if limits.minimum is not None and number < limits.minimum:
            raise wrong(_("Give a number not less than %(limit)s."), limit=f"{limits.minimum:g}")
        if limits.maximum is not None and number > limits.maximum:
            raise wrong(_("Give a number not greater than %(limit)s."), limit=f"{limits.maximum:g}")
        return number


class DateAnswer(Answer):
    """A day, ISO in the data."""

    ask = _("Give a date.")

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        return read_date(value.isoformat() if isinstance(value, date) else value).isoformat()


class ChoiceAnswer(Answer):
    """One of the offered choices."""

    ask = _("Choose one of the answers.")

    def __init__(self, part: Part, offered: tuple[Option, ...], *, required: bool = False) -> None:
        super().__init__(part, required=required)
        self.values = {str(option.value): option.value for option in offered}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str | int:
        return self.choice(value)

    def choice(self, value: Any) -> str | int:
        """Return the offered value that was chosen.

        Raises:
            ValidationError: it was not offered.
        """
        if isinstance(value, bool) or not isinstance(value, str | int) or str(value) not in self.values:
            raise wrong(_("Choose one of the answers in the list; what was sent is not among them."))
        return self.values[str(value)]


class ChoicesAnswer(ChoiceAnswer):
    """Several of the offered choices, in the order in which they are offered."""

    ask = _("Choose at least one of the answers.")

    def blank(self) -> Any:
        return self._counted([])

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, list) or len(value) > 1_000:
            raise wrong(_("Choose from the list."))
        chosen = {self.choice(entry) for entry in value}
        return self._counted([value for value in self.values.values() if value in chosen])

    def _counted(self, chosen: list[str | int]) -> list[str | int]:
        least, most = self.part.limits.at_least, self.part.limits.at_most
        if least is not None and len(chosen) < least and (chosen or self.required):
            raise wrong(_("Choose at least %(limit)s; now %(count)s chosen."), limit=least, count=len(chosen))
        if most is not None and len(chosen) > most:
            raise wrong(_("Choose at most %(limit)s; now %(count)s chosen."), limit=most, count=len(chosen))
        return chosen


class TickAnswer(Answer):
    """A box that is ticked or not; required means ticked."""

    ask = _("Tick this box.")

    def blank(self) -> Any:
        return False

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        word = str(value).lower() if isinstance(value, bool | str) else ""
        if word in _TRUE:
            return True
        if word not in _FALSE:
            raise wrong(_("Tick the box or leave it empty."))
        return bool(self.deserialize(None))


class FilesAnswer(Answer):
    """The files that are attached. They come from the storage; what a browser says about them is not looked at."""

    ask = _("Attach a file.")

    def __init__(self, part: Part, attached: list[dict[str, Any]], *, required: bool = False) -> None:
        super().__init__(part, required=required)
        self.attached = attached

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> Any:
        return super().deserialize(self.attached, attr, data, **kwargs)

    def blank(self) -> Any:
        return []

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[dict[str, Any]]:
        most = self.part.limits.at_most if self.part.multiple else 1
        if most is not None and len(self.attached) > most:
            raise wrong(
                _("Keep at most %(limit)s files; now there are %(count)s."), limit=most, count=len(self.attached)
            )
        return self.attached
