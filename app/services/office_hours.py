"""Is somebody in? Weekly hours and holidays, by the clock on the wall of a timezone (D20)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from app.services.wall_clock import first_moment, last_moment

_LOOK_AHEAD = 400  # days: a closed year is told from one that is closed for ever


@dataclass(frozen=True)
class Office:
    """`until` is when that changes; None: not within the next year."""

    is_in: bool
    until: dt.datetime | None


def office_at(
    weekly_hours: Iterable[Mapping[str, Any]],
    holidays: Iterable[Mapping[str, Any]],
    timezone: str,
    at: dt.datetime,
) -> Office:
    """Whether somebody is in at a moment. Hours that meet at midnight are one.

    On the night on which clocks are moved back, hours last until the clock shows their end for the last time.
    """
    zone = ZoneInfo(timezone)
    for starts, ends in _joined(_spans(list(weekly_hours), holidays, zone, at)):
        if at < starts:
            return Office(False, starts)
        if at < ends:
            return Office(True, ends if ends < at + dt.timedelta(days=_LOOK_AHEAD - 2) else None)
    return Office(False, None)


def _spans(
    hours: list[Mapping[str, Any]], holidays: Iterable[Mapping[str, Any]], zone: ZoneInfo, at: dt.datetime
) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """Beginning and end of each stretch of hours from the day before on, in order."""
    closed = {holiday["date"] for holiday in holidays}
    weekday = {
        day: sorted((minutes(span["opens"]), minutes(span["closes"])) for span in hours if span["day"] == day)
        for day in range(7)
    }
    today = at.astimezone(zone).date()
    for ahead in range(-1, _LOOK_AHEAD):
        date = today + dt.timedelta(days=ahead)
        if date.isoformat() in closed:
            continue
        midnight = dt.datetime.combine(date, dt.time())
        for opens, closes in weekday[date.weekday()]:
            starts = first_moment(zone, midnight + dt.timedelta(minutes=opens))
            ends = last_moment(zone, midnight + dt.timedelta(minutes=closes))
            if starts < ends:  # else clocks skip all of it
                yield starts, ends


def _joined(
    spans: Iterator[tuple[dt.datetime, dt.datetime]],
) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    current: tuple[dt.datetime, dt.datetime] | None = None
    for starts, ends in spans:
        if current is not None and starts <= current[1]:
            current = current[0], max(ends, current[1])
            continue
        if current is not None:
            yield current
        current = starts, ends
    if current is not None:
        yield current


def minutes(clock: str) -> int:
    """Minutes since midnight; "24:00" is the midnight at the end."""
    hours, _, rest = clock.partition(":")
    return int(hours) * 60 + int(rest)
