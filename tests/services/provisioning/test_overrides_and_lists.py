"""Platform default or number override (S9), and the list of numbers (S15)."""

import base64
import datetime as dt
import itertools
import json
from itertools import chain

import pytest

from app.access.scope import EVERYTHING
from app.services import keyset
from app.services.provisioning import queries
from app.services.provisioning.queries import Life, Sort, Wanted
from app.services.provisioning.settings import effective, messaging_type, override
from app.vocabulary import AssignmentState
from tests import make


@pytest.mark.parametrize(
    ("platform", "own", "expected"),
    [
        (True, None, True),
        (True, True, True),
        (True, False, False),
        (False, None, False),
        (False, True, False),
        (False, False, False),
    ],
)
def test_mms_needs_the_platform_and_no_override_against_it(platform, own, expected):
    """S9."""
    una = make.user()
    on = make.platform(una, mms_available=platform)
    assert effective(make.assignment(una, on=on, mms=own), on).mms is expected


@pytest.mark.parametrize(("platform", "own"), [*itertools.product([True, False], [None, True, False])])
def test_blocking_is_the_override_else_the_platforms(platform, own):
    """S9."""
    una = make.user()
    on = make.platform(una, user_can_block=platform)
    found = effective(make.assignment(una, on=on, user_can_block=own), on)
    assert found.can_block is (platform if own is None else own)
    assert found.can_block_from_platform is (own is None)


@pytest.mark.parametrize(("platform", "wished"), [*itertools.product([True, False], repeat=2)])
def test_saving_the_platforms_value_follows_the_platform_from_then_on(platform, wished):
    """S9."""
    assert override(platform, wished) is (None if platform == wished else wished)


def test_the_words_of_the_source_for_the_messaging_type():
    assert (messaging_type(mms=True), messaging_type(mms=False)) == ("MMS & SMS", "SMS")


def found(scope, search="", *, after=None, before=None, **wanted):
    asked = Wanted(search=search, **wanted)
    return [row.number for row in queries.numbers_page(scope, asked, after=after, before=before).items]


def test_the_numbers_at_every_level_are_those_at_that_level_and_below():
    """S15."""
    telco = make.provider()
    north = make.reseller(telco)
    sales, support = make.group(north), make.group(north)
    una, bob = make.user(sales), make.user(support)
    one, two, other = (make.assignment(holder).number for holder in (una, bob, make.user()))

    assert found(EVERYTHING) == sorted([one, two, other])
    assert found(make.at(telco)) == found(make.at(north)) == sorted([one, two])
    assert found(make.at(sales)) == found(make.at(una)) == [one]
    assert found(make.at(make.provider())) == []


@pytest.mark.parametrize(
    ("search", "finds"),
    [
        ("", True),
        ("   ", True),
        ("9920778", True),
        ("2019920778", True),
        ("+12019920778", True),
        ("201*778", True),
        ("*", True),
        ("chris", True),
        ("CHRIS TUTT", True),
        ("chris*tutt", True),
        ("sms only", True),
        ("50% _off", True),
        ("%", True),
        ("_", True),
        ("c%s", False),
        ("c_ris", False),
        ("201_992", False),
        ("\\", False),
        ("9999999", False),
        ("tutt*chris", False),
    ],
)
def test_wildcards_are_added_and_only_the_asterisk_is_one(search, finds):
    """S15."""
    chris = make.user(name="Chris Tutt")
    given = make.assignment(chris, number="+12019920778", friendly_name="SMS only 50% _off")
    make.assignment(make.user(name="Zoe", broadworks_id="z"), number="+13105550000", friendly_name="Plain")
    numbers = found(EVERYTHING, search)
    assert (given.number in numbers) is finds
    if search.strip() not in {"", "*"}:
        assert "+13105550000" not in numbers


ENDED_AT = [dt.datetime(2021, 6, day, tzinfo=dt.UTC) for day in (1, 2, 2, 3)]


@pytest.fixture
def long_list():
    """Eleven numbers: names and dates that are the same, an ended number that was given again."""
    users = [make.user(name=name) for name in ("Zoe", "Abe", "Abe")]
    rows = [
        make.assignment(users[n % 3], number=f"+1201992{n:04}", friendly_name=f"Desk {n % 2}")
        for n in range(7)
    ]
    for at in ENDED_AT:
        ended = {"state": AssignmentState.ENDED, "ended_at": at}
        rows.append(make.assignment(users[0], number="+12019920003", mms=False, **ended))
    return rows


def expected(rows, sort, falling):
    far = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
    keys = {
        Sort.NUMBER: lambda row: row.number,
        Sort.HOLDER: lambda row: row.holder_name,
        Sort.NAME: lambda row: row.shown_name,
        Sort.END: lambda row: row.ended_at or far,
    }
    return [row.id for row in sorted(rows, key=lambda row: (keys[sort](row), row.id), reverse=falling)]


@pytest.mark.parametrize("near", [1, 4, 4_000], ids=["none near", "some near", "all near"])
@pytest.mark.parametrize("search", ["", "992", "desk 1"])
@pytest.mark.parametrize("falling", [False, True])
@pytest.mark.parametrize("sort", list(Sort))
def test_pages_follow_each_other_both_ways_in_every_order(
    long_list, monkeypatch, sort, falling, search, near
):
    """S15: keyset, so that page 1,000 costs what page 1 costs; running numbers end after all others."""
    monkeypatch.setattr(keyset, "_NEAR", near)
    wanted = Wanted(search=search, life=Life.ALL, sort=sort, falling=falling)
    fitting = [row for row in long_list if search in row.search_text]
    assert len(fitting) > 2

    pages, page = [], queries.numbers_page(EVERYTHING, wanted, limit=2)
    assert page.before is None
    while True:
        pages.append([row.id for row in page.items])
        assert len(pages) <= len(fitting), "the pages do not end"
        if page.after is None:
            break
        page = queries.numbers_page(EVERYTHING, wanted, after=page.after, limit=2)
    assert [*chain(*pages)] == expected(fitting, sort, falling)

    back = [pages[-1]]
    while page.before is not None:
        page = queries.numbers_page(EVERYTHING, wanted, before=page.before, limit=2)
        back.append([row.id for row in page.items])
        assert len(back) <= len(fitting), "the pages do not begin"
    assert [*chain(*reversed(back))] == expected(fitting, sort, falling)


@pytest.mark.parametrize("falling", [False, True])
@pytest.mark.parametrize("sort", list(Sort))
def test_the_batches_of_an_export_are_the_pages_of_the_list(long_list, monkeypatch, sort, falling):
    """S15."""
    monkeypatch.setattr(queries, "_BATCH", 3)
    wanted = Wanted(search="992", life=Life.ALL, sort=sort, falling=falling)
    ids, order = [], expected(long_list, sort, falling)
    for batch in queries.numbers_in_batches(EVERYTHING, wanted):
        assert len(batch) <= 3
        ids += [row.id for row in batch]
    assert ids == order


@pytest.mark.parametrize(
    ("wanted", "finds"),
    [
        ({}, {"active", "failed", "own sms", "sms platform", "releasing"}),
        ({"life": Life.ENDED}, {"ended"}),
        ({"life": Life.ALL}, {"active", "failed", "own sms", "sms platform", "releasing", "ended"}),
        ({"state": AssignmentState.FAILED}, {"failed"}),
        ({"state": AssignmentState.RELEASING}, {"releasing"}),
        ({"mms": True}, {"active", "failed", "releasing"}),
        ({"mms": False}, {"own sms", "sms platform"}),
        ({"mms": False, "search": "own"}, {"own sms"}),
        ({"state": AssignmentState.FAILED, "search": "own"}, set()),
    ],
)
def test_filters_take_away_what_does_not_fit(wanted, finds):
    """S15, S9: the type that counts, whether from the number or from the platform."""
    una = make.user()
    on, without = make.platform(una), make.platform(una, mms_available=False)
    kinds = {
        "active": {},
        "failed": {"state": AssignmentState.FAILED},
        "releasing": {"state": AssignmentState.RELEASING, "release_requested_at": una.created_at},
        "ended": {"state": AssignmentState.ENDED, "ended_at": una.created_at, "mms": True},
        "own sms": {"mms": False},
        "sms platform": {"mms": True, "on": without},
    }
    for name, fields in kinds.items():
        make.assignment(una, **{"on": on, "friendly_name": name, **fields})
    rows = queries.numbers_page(make.at(una), Wanted(**wanted)).items
    assert {row.friendly_name for row in rows} == finds


def test_the_filter_by_platform():
    una = make.user()
    one, two = make.platform(una), make.platform(una)
    given = make.assignment(una, on=two)
    make.assignment(una, on=one)
    assert found(make.at(una), platform_id=two.id) == [given.number]


def test_the_number_of_a_media_stream_is_listed_with_those_of_users():
    """S15."""
    stream = make.stream(name="Sales texts")
    given = make.assignment(stream)
    assert found(make.at(stream)) == found(EVERYTHING, "sales tex") == [given.number]


@pytest.mark.parametrize(
    "mark",
    [
        "x",
        "é",
        "W10=",  # []
        "WyJhIl0=",  # ["a"]
        "WyJhIiwgImIiXQ==",  # ["a", "b"]
        "WzEsIDFd",  # [1, 1]
        "WyJhIiwgMV0",  # no padding
        "WyJcdTAwMDAiLCAxXQ==",  # a NUL
        "WyJcdWQ4MDAiLCAxXQ==",  # half a character
        "WyIrMSIsIDk5OTk5OTk5OTk5OTk5OTk5OTk5XQ==",  # a number that no column holds
        "WyIrMSIsIHRydWVd",  # ["+1", true]
        "bnVsbA==",
        "W251bGwsIDFd",  # [null, 1] where nothing is empty
    ],
)
def test_a_mark_that_makes_no_sense_begins_at_the_start(mark):
    given = make.assignment()
    assert found(EVERYTHING, after=mark) == [given.number]
    assert found(EVERYTHING, before=mark) == [given.number]


@pytest.mark.parametrize(
    "at",
    ["2021-06-15", "2021-06-15T13:00:30", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "x", 1],
)
def test_a_mark_with_an_impossible_time_begins_at_the_start(at):
    given = make.assignment()
    mark = base64.urlsafe_b64encode(json.dumps([at, 1]).encode()).decode()
    assert found(EVERYTHING, sort=Sort.END, after=mark) == [given.number]


def test_a_users_numbers_show_running_ones_first():
    una = make.user()
    ended = make.assignment(una, number="+12019920001", state=AssignmentState.ENDED, ended_at=una.created_at)
    running = make.assignment(una, number="+12019920002")
    assert queries.numbers_of_user(make.at(una)) == [running, ended]
