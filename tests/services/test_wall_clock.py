"""What clocks on the wall show: daylight saving spelled out, and hours when clocks move (S13, D20)."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from app.services.office_hours import office_at
from app.services.wall_clock import daylight_saving, first_moment, last_moment

LONDON, NEW_YORK = ZoneInfo("Europe/London"), ZoneInfo("America/New_York")
WEEK = [{"day": day, "opens": "09:00", "closes": "17:00"} for day in range(5)]


def utc(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("zone", "at", "starts", "ends"),
    [
        ("Europe/London", "2020-12-15", "2021-03-28 01:00", "2021-10-31 02:00"),  # the next one
        ("Europe/London", "2021-06-15", "2021-03-28 01:00", "2021-10-31 02:00"),  # the current one
        ("Europe/London", "2021-10-31 00:59", "2021-03-28 01:00", "2021-10-31 02:00"),
        ("Europe/London", "2021-10-31 01:00", "2022-03-27 01:00", "2022-10-30 02:00"),
        ("America/New_York", "2021-01-01", "2021-03-14 02:00", "2021-11-07 02:00"),
        ("Australia/Sydney", "2021-01-01", "2020-10-04 02:00", "2021-04-04 03:00"),  # across the new year
        ("Australia/Lord_Howe", "2021-06-01", "2021-10-03 02:00", "2022-04-03 02:00"),  # half an hour
        ("America/Santiago", "2021-06-01", "2021-09-05 00:00", "2022-04-03 00:00"),  # at midnight
    ],
)
def test_the_current_or_next_period_in_the_time_that_clocks_show(zone, at, starts, ends):
    """S13: "Daylight savings from Sunday 28/03/2021 at 01:00 until Sunday 31/10/2021 at 02:00"."""
    found = daylight_saving(ZoneInfo(zone), utc(at))

    assert (str(found.starts)[:16], str(found.ends)[:16]) == (starts, ends)


@pytest.mark.parametrize("zone", ["America/Phoenix", "UTC", "Asia/Kolkata", "America/Sao_Paulo"])
def test_a_zone_whose_clocks_are_not_moved_has_none(zone):
    assert daylight_saving(ZoneInfo(zone), utc("2026-11-22")) is None


def test_a_time_that_clocks_skip_is_when_they_are_moved():
    shown = dt.datetime(2021, 3, 28, 1, 30)

    assert first_moment(LONDON, shown) == last_moment(LONDON, shown) == utc("2021-03-28 01:00")


def test_a_time_that_clocks_show_twice_has_a_first_and_a_last_moment():
    shown = dt.datetime(2021, 10, 31, 1, 30)

    assert first_moment(LONDON, shown) == utc("2021-10-31 00:30")
    assert last_moment(LONDON, shown) == utc("2021-10-31 01:30")


@pytest.mark.parametrize(
    ("at", "is_in", "until"),
    [
        ("2026-11-23 13:59", False, "2026-11-23 14:00"),  # Monday, before nine in New York
        ("2026-11-23 14:00", True, "2026-11-23 22:00"),
        ("2026-11-23 22:00", False, "2026-11-24 14:00"),
        ("2026-11-27 22:00", False, "2026-11-30 14:00"),  # Friday evening
        ("2026-11-25 23:00", False, "2026-11-27 14:00"),  # Thursday is Thanksgiving
        ("2026-11-26 16:00", False, "2026-11-27 14:00"),
        ("2026-07-06 13:00", True, "2026-07-06 21:00"),  # in summer nine is an hour earlier in UTC
    ],
)
def test_hours_and_holidays_by_the_clock_on_the_wall(at, is_in, until):
    """D20."""
    holidays = [{"date": "2026-11-26", "name": "Thanksgiving"}]

    office = office_at(WEEK, holidays, "America/New_York", utc(at))

    assert (office.is_in, office.until) == (is_in, utc(until))


def test_a_break_at_noon_is_a_break():
    hours = [{"day": 0, "opens": "09:00", "closes": "12:00"}, {"day": 0, "opens": "13:00", "closes": "17:00"}]

    assert office_at(hours, [], "UTC", utc("2026-11-23 12:30")).until == utc("2026-11-23 13:00")
    assert office_at(hours, [], "UTC", utc("2026-11-23 11:30")).until == utc("2026-11-23 12:00")


def test_hours_that_meet_at_midnight_are_one():
    """24:00 is the midnight at the end of the day."""
    hours = [{"day": 0, "opens": "18:00", "closes": "24:00"}, {"day": 1, "opens": "00:00", "closes": "02:00"}]

    assert office_at(hours, [], "UTC", utc("2026-11-23 23:59")).until == utc("2026-11-24 02:00")


def test_always_in_and_never_in_have_no_next_change():
    always = [{"day": day, "opens": "00:00", "closes": "24:00"} for day in range(7)]

    assert office_at(always, [], "America/New_York", utc("2026-11-23 12:00")) == office(is_in=True)
    assert office_at([], [], "America/New_York", utc("2026-11-23 12:00")) == office(is_in=False)


def test_hours_on_the_night_on_which_clocks_go_forward():
    """From 02:30 on, which clocks skip: from the moment on which they are moved. And none inside the gap."""
    night = [{"day": 6, "opens": "02:30", "closes": "04:00"}]
    skipped = [{"day": 6, "opens": "02:10", "closes": "02:50"}]

    assert office_at(night, [], "America/New_York", utc("2027-03-14 06:59")).until == utc("2027-03-14 07:00")
    assert office_at(night, [], "America/New_York", utc("2027-03-14 07:00")).until == utc("2027-03-14 08:00")
    next_week = office_at(skipped, [], "America/New_York", utc("2027-03-14 06:59")).until
    assert next_week == utc("2027-03-21 06:10")


def test_hours_on_the_night_on_which_clocks_go_back_are_an_hour_longer():
    """Until 01:30: until the clock shows it for the last time."""
    night = [{"day": 6, "opens": "00:30", "closes": "01:30"}]

    in_first = office_at(
        night, [], "America/New_York", utc("2026-11-01 05:45")
    )  # 01:45, not for the last time

    assert (in_first.is_in, in_first.until) == (True, utc("2026-11-01 06:30"))


def office(*, is_in):
    return type(office_at([], [], "UTC", utc("2026-01-01")))(is_in, None)
