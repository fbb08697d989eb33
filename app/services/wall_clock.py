"""What clocks on the wall show: when they are moved, and which moment a time of day is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

_DAY, _WEEK = dt.timedelta(days=1), dt.timedelta(days=7)
_SECOND = dt.timedelta(seconds=1)
_BACK, _AHEAD = 370, 750  # days: a whole year of changes before a moment, and the two after it


@dataclass(frozen=True)
class DaylightSaving:
    """One period of it. Both are what clocks show at the moment in which they are moved."""

    starts: dt.datetime
    ends: dt.datetime


def daylight_saving(zone: ZoneInfo, at: dt.datetime) -> DaylightSaving | None:
    """The period that `at` is in, else the next one; None where clocks are not moved (S13).

    It begins where clocks are moved forward and ends where they are moved back next.
    """
    forward: dt.datetime | None = None
    for moment in _changes(zone, at - _BACK * _DAY, at + _AHEAD * _DAY):
        if _offset(zone, moment) > _offset(zone, moment - _SECOND):
            forward = moment
        elif forward is not None:
            if moment > at:
                return DaylightSaving(_shown_before(zone, forward), _shown_before(zone, moment))
            forward = None
    return None


def first_moment(zone: ZoneInfo, shown: dt.datetime) -> dt.datetime:
    """When clocks show this (a naive time) first. If they skip it: when they are moved past it."""
    return _moment(zone, shown, fold=0)


def last_moment(zone: ZoneInfo, shown: dt.datetime) -> dt.datetime:
    """When clocks show this last. If they skip it: when they are moved past it."""
    return _moment(zone, shown, fold=1)


def _moment(zone: ZoneInfo, shown: dt.datetime, *, fold: int) -> dt.datetime:
    moment = shown.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == shown:
        return moment
    skipped = [shown.replace(tzinfo=zone, fold=side).astimezone(dt.UTC) for side in (1, 0)]
    return _change_between(zone, *skipped)


def _changes(zone: ZoneInfo, since: dt.datetime, until: dt.datetime) -> Iterator[dt.datetime]:
    """The moments from which clocks show something else than time alone would make them."""
    while since < until:
        if _offset(zone, since) != _offset(zone, since + _WEEK):
            yield _change_between(zone, since, since + _WEEK)
        since += _WEEK


def _change_between(zone: ZoneInfo, before: dt.datetime, after: dt.datetime) -> dt.datetime:
    """The first second with the new offset."""
    old = _offset(zone, before)
    before, after = (side.astimezone(dt.UTC).replace(microsecond=0) for side in (before, after))
    while after - before > _SECOND:
        middle = before + dt.timedelta(seconds=int((after - before).total_seconds()) // 2)
        before, after = (middle, after) if _offset(zone, middle) == old else (before, middle)
    return after


def _offset(zone: ZoneInfo, moment: dt.datetime) -> dt.timedelta:
    return moment.astimezone(zone).utcoffset() or dt.timedelta()


def _shown_before(zone: ZoneInfo, change: dt.datetime) -> dt.datetime:
    return ((change - _SECOND).astimezone(zone) + _SECOND).replace(tzinfo=None)
