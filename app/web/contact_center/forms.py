from __future__ import annotations

import datetime as dt
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import FieldList, Form, FormField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length
from wtforms.widgets import DateInput

from app.errors import Invalid
from app.services.contact_center.profiles import DAYS, Holiday, Hours, ProfileWish
from app.web.fields import RevisionField, TextField, TimezoneField
from app.web.languages import sentence

_WORKDAYS = [{"day": day, "opens": "09:00", "closes": "17:00"} for day in range(5)]


def _number(typed: Any) -> int:
    return int(typed) if str(typed).isdecimal() and len(str(typed)) < 4 else -1


class NameForm(FlaskForm):
    """A contact center or a queue."""

    revision = RevisionField()
    name = TextField(_l("Name"), validators=[DataRequired(_l("Enter a name.")), Length(max=120)])


class HoursForm(Form):
    """One stretch of a day, as typed; what makes no sense is for the service."""

    day = SelectField(_l("Day"), coerce=_number, validate_choice=False)
    opens = TextField(_l("From"))
    closes = TextField(_l("To"))

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        self.day.choices = [SelectChoice(str(day), sentence(name)) for day, name in enumerate(DAYS)]


class HolidayForm(Form):
    date = TextField(_l("Date"), widget=DateInput())
    name = TextField(_l("Name"))


class ProfileForm(FlaskForm):
    """Rows come and go by buttons of the form; `focus` is the field that a person then looks for."""

    revision = RevisionField()
    name = TextField(_l("Name"), validators=[DataRequired(_l("Enter a name.")), Length(max=120)])
    timezone = TimezoneField(default="America/New_York")
    hours = FieldList(FormField(HoursForm), label=_l("Weekly hours"), max_entries=100)
    holidays = FieldList(FormField(HolidayForm), label=_l("Holidays"), max_entries=250)
    focus = ""

    def press(self, pressed: str) -> bool:
        """Do what a button says: `add-hours`, `remove-holidays-3`. False for anything else."""
        verb, _dash, what = pressed.partition("-")
        name, _dash, position = what.partition("-")
        rows = {"hours": self.hours, "holidays": self.holidays}.get(name)
        if rows is None or verb not in {"add", "remove"}:
            return False
        self.focus = f"add-{name}"
        if verb == "add" and len(rows.entries) < rows.max_entries:
            added = rows.append_entry({"day": self._last_day()} if name == "hours" else None)
            self.focus = f"{added.name}-day" if name == "hours" else f"{added.name}-date"
        elif verb == "remove" and position.isdecimal() and len(position) < 4:
            del rows.entries[int(position) : int(position) + 1]
            for number, entry in enumerate(rows.entries):
                _renumber(entry, f"{rows.name}-{number}")
        return True

    def wish(self) -> ProfileWish:
        """Rows in which nothing was typed count for nothing. Raises Invalid."""
        hours = [entry.form for entry in self.hours]
        holidays = [entry.form for entry in self.holidays]
        return ProfileWish(
            name=self.name.data,
            timezone=self.timezone.data,
            hours=tuple(
                Hours(row.day.data, row.opens.data, row.closes.data)
                for row in hours
                if row.opens.data or row.closes.data
            ),
            holidays=tuple(
                Holiday(_date(row.date.data), row.name.data)
                for row in holidays
                if row.date.data or row.name.data
            ),
        )

    def _last_day(self) -> int:
        return self.hours.entries[-1].form.day.data if self.hours.entries else 0


def profile_form(profile: Any = None) -> ProfileForm:
    """A new profile begins with the hours of an office."""
    if profile is None:
        return ProfileForm(data={"hours": _WORKDAYS})
    return ProfileForm(
        data={
            "revision": profile.revision,
            "name": profile.name,
            "timezone": profile.timezone,
            "hours": profile.weekly_hours,
            "holidays": profile.holidays,
        }
    )


def _date(typed: str) -> dt.date:
    try:
        return dt.date.fromisoformat(typed)
    except ValueError:
        raise Invalid("Enter the date of each holiday, for example 2026-12-25.", field="holidays") from None


def _renumber(entry: FormField, name: str) -> None:
    """The rows below one that was taken away move up."""
    entry.name = entry.id = name
    for field in entry.form:
        field.name = field.id = f"{name}-{field.short_name}"
        field.label.field_id = field.id
