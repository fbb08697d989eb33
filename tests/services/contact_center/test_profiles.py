"""In Office Profiles: what is refused, and in which words."""

from __future__ import annotations

import datetime as dt

import pytest

from app.access.policy import Closed
from app.clock import now
from app.errors import Invalid
from app.models import AuditEntry, InOfficeProfile, MediaStream
from app.services.contact_center import profiles
from app.services.contact_center.profiles import Holiday, Hours, ProfileInUse, ProfileWish
from app.services.revisions import ChangedMeanwhile
from tests import make

CHRISTMAS = dt.date(2026, 12, 25)


def wish(*hours, holidays=(), **fields):
    given = {"name": "Office", "timezone": "America/New_York", "hours": hours, "holidays": tuple(holidays)}
    return ProfileWish(**{**given, **fields})


def create(group, *args, **fields):
    return profiles.create(make.admin_of(group), make.at(group), wish(*args, **fields))


def test_hours_are_kept_in_order_and_as_clocks_show_them():
    row = create(make.group(), Hours(1, "13", "00:00"), Hours(0, "9:30", "1200"), Hours(1, "08:00", "12:00"))

    assert row.weekly_hours == [
        {"day": 0, "opens": "09:30", "closes": "12:00"},
        {"day": 1, "opens": "08:00", "closes": "12:00"},
        {"day": 1, "opens": "13:00", "closes": "24:00"},
    ]


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ((Hours(0, "17:00", "09:00"),), "Monday: hours from 17:00 to 09:00 end before they begin."),
        ((Hours(0, "09:00", "09:00"),), "Monday: hours from 09:00 to 09:00 end before they begin."),
        (
            (Hours(2, "09:00", "13:00"), Hours(2, "12:00", "17:00")),
            "Wednesday: 09:00 to 13:00 and 12:00 to 17:00 overlap.",
        ),
        ((Hours(0, "nine", "17:00"),), "“nine” is not a time of day. Enter it like 09:00."),
        ((Hours(0, "09:00", "24:30"),), "“24:30” is not a time of day. Enter it like 09:00."),
        ((Hours(7, "09:00", "17:00"),), "Choose a day from the list."),
    ],
)
def test_hours_that_make_no_sense_are_refused(hours, words):
    with pytest.raises(Invalid, match=words):
        create(make.group(), *hours)


def test_hours_that_meet_do_not_overlap():
    assert create(make.group(), Hours(0, "09:00", "12:00"), Hours(0, "12:00", "17:00")).id


@pytest.mark.parametrize(
    ("names", "words"),
    [(("Christmas", "Xmas"), "2026-12-25 is listed twice."), ((" ",), "Enter a name for 2026-12-25.")],
)
def test_a_holiday_has_a_name_and_is_listed_once(names, words):
    with pytest.raises(Invalid, match=words):
        create(make.group(), holidays=[Holiday(CHRISTMAS, name) for name in names])


def test_a_profile_is_not_deleted_while_a_stream_uses_it():
    group = make.group()
    profile = make.in_office_profile(group)
    stream = make.stream(group, in_office_profile_id=profile.id)

    with pytest.raises(ProfileInUse, match="1 media stream uses this In Office Profile"):
        profiles.delete(make.admin_of(group), make.at(group), profile.id)

    assert make.again(stream).in_office_profile_id == profile.id


def test_a_closed_stream_lets_go_of_its_profile():
    group = make.group()
    profile = make.in_office_profile(group)
    make.stream(group, in_office_profile_id=profile.id, closed_at=now())

    profiles.delete(make.admin_of(group), make.at(group), profile.id)

    assert not make.every(InOfficeProfile)
    assert make.every(MediaStream)[0].in_office_profile_id is None


def test_the_second_of_two_editors_is_told():
    group = make.group()
    profile = make.in_office_profile(group, weekly_hours=[])
    actor, scope = make.admin_of(group), make.at(group)
    profiles.change(actor, scope, profile.id, wish(Hours(0, "9", "17")), seen=1)

    with pytest.raises(ChangedMeanwhile, match="weekly hours is now “Monday 09:00 to 17:00”"):
        profiles.change(actor, scope, profile.id, wish(name="Mine"), seen=1)

    assert make.again(profile).name == "Office"


def test_saving_what_is_there_changes_nothing_and_says_nothing():
    profile = create(group := make.group(), Hours(0, "9", "17"))
    profiles.change(make.admin_of(group), make.at(group), profile.id, wish(Hours(0, "9", "17")), seen=1)

    assert make.again(profile).revision == 1
    assert [entry.action for entry in make.every(AuditEntry)] == ["In Office Profile created"]


def test_nothing_is_made_in_a_closed_group():
    with pytest.raises(Closed):
        create(make.group(closed_at=now()))
