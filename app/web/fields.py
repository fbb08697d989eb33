"""Form fields that every form shares. They trim and parse; whether something is allowed is for services."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from flask_babel import LazyString, get_locale, gettext
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, PasswordField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import ValidationError
from wtforms.widgets import EmailInput, HiddenInput

from app.clock import now
from app.email_address import spelled
from app.phone import NotANumber, parse_us, ten_digits
from app.services.accounts.users import LANGUAGES
from app.web.languages import sentence

_LONGEST_REVISION = 10
_TIMEZONE, _LANGUAGE = _l("Timezone"), _l("Language")
_FIRST = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "UTC",
)
_GROUPS = {"common": _l("Common"), "all": _l("All")}
_REGIONS = {"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}


def one_line(typed: str) -> str:
    """Without the blanks that a paste brings along; a control character, which no name has, is a blank."""
    return "".join(" " if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} else c for c in typed).strip()


class TextField(StringField):
    """One line of text. A form that leaves it out says the same as one that sends it empty."""

    def process_data(self, value: Any) -> None:
        self.data = "" if value is None else value

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata([one_line(value) for value in valuelist])


class EmailAddressField(TextField):
    """An e-mail address, on one line, as people read it."""

    widget = EmailInput()

    def process_data(self, value: Any) -> None:
        super().process_data(spelled(value or ""))


class SecretField(PasswordField):
    """A key, trimmed (S2) and never sent back to the browser (D6)."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata([one_line(value) for value in valuelist])


class PhoneField(StringField):
    """A US number as people type it: `data` becomes E.164, the page keeps what was typed (D26)."""

    data: str | None

    def pre_validate(self, form: Any) -> None:
        try:
            self.data = parse_us(self.data or "") if self.data else self.data
        except NotANumber as problem:
            raise ValidationError(sentence(str(problem))) from problem

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return ten_digits(self.data) if self.data else ""


class RevisionField(IntegerField):
    """The hidden mark of an edit form: what the person saw. Without it nothing that exists is replaced."""

    widget = HiddenInput()

    def process_formdata(self, valuelist: list[Any]) -> None:
        typed = valuelist[0] if valuelist else ""
        self.data = int(typed) if typed.isdecimal() and len(typed) < _LONGEST_REVISION else 0

    def process_data(self, value: Any) -> None:
        self.data = value or 0

    def move_to(self, revision: int) -> None:
        """The person was told what changed; sending the form again replaces it knowingly."""
        self.data, self.raw_data = revision, None


class CountField(TextField):
    """A whole number, or nothing: then `data` is None, and "empty" means something of its own."""

    data: int | None

    def process_formdata(self, valuelist: list[Any]) -> None:
        typed = one_line(valuelist[0]) if valuelist else ""
        self.data = None
        if typed:
            if not (typed.isascii() and typed.isdecimal() and len(typed) < _LONGEST_REVISION):
                raise ValueError(gettext("Enter a whole number, or nothing."))
            self.data = int(typed)

    def process_data(self, value: Any) -> None:
        self.data = value

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)


class TimezoneField(SelectField):
    """A time zone by name, the American ones first."""

    def __init__(self, label: str | LazyString = _TIMEZONE, **options: Any):
        super().__init__(label, **options)
        self.choices = [
            SelectChoice(name, label, optgroup=str(_GROUPS[group]))
            for group, name, label in _timezones(now().date())
        ]


class LanguageField(SelectField):
    """The language of somebody's client."""

    def __init__(self, label: str | LazyString = _LANGUAGE, **options: Any):
        super().__init__(label, choices=[_named(code) for code in LANGUAGES], **options)


def _named(code: str) -> SelectChoice:
    """A language, called as the viewer's language calls it."""
    return SelectChoice(code, Locale(code).get_language_name(get_locale()))


@cache
def _timezones(today: dt.date) -> list[tuple[str, str, str]]:
    """Group, name and label of each; the offsets are those of today, hence the argument."""
    noon = dt.datetime.combine(today, dt.time(12), dt.UTC)
    others = sorted(
        name
        for name in available_timezones() - set(_FIRST)
        if "/" in name and name.partition("/")[0] in _REGIONS
    )
    return [*_labelled("common", _FIRST, noon), *_labelled("all", others, noon)]


def _labelled(group: str, names: Iterable[str], at: dt.datetime) -> list[tuple[str, str, str]]:
    return [(group, name, f"{name.replace('_', ' ')} (UTC{_offset(name, at)})") for name in names]


def _offset(name: str, at: dt.datetime) -> str:
    minutes = int((at.astimezone(ZoneInfo(name)).utcoffset() or dt.timedelta()).total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
