"""When clocks are moved, in the words of the source (S13)."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo, available_timezones

from flask_babel import format_date
from flask_babel import gettext as _

from app.clock import now
from app.services.wall_clock import daylight_saving


def daylight_words(timezone: str) -> str:
    """`Daylight savings from Sunday 28/03/2021 at 01:00 until Sunday 31/10/2021 at 02:00`."""
    if timezone not in available_timezones():
        return ""
    found = daylight_saving(ZoneInfo(timezone), now())
    if found is None:
        return _("%(zone)s has no daylight savings.", zone=timezone.replace("_", " "))
    return _(
        "Daylight savings from %(start)s until %(end)s", start=_shown(found.starts), end=_shown(found.ends)
    )


def _shown(at: dt.datetime) -> str:
    day = format_date(at.date(), "EEEE dd/MM/yyyy")
    return _("%(day)s at %(time)s", day=day, time=at.strftime("%H:%M"))
