"""Platform default or number override (S9), and the list of numbers (S15)."""

import itertools

import pytest

from app.access.scope import EVERYTHING
from app.services.provisioning import queries
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


def found(scope, search="", **marks):
    return [row.number for row in queries.numbers_page(scope, search, **marks).items]


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


def test_pages_follow_each_other_both_ways_without_a_gap(monkeypatch):
    """S15: keyset, so that page 1,000 costs what page 1 costs."""
    una = make.user()
    numbers = [f"+1201992{n:04}" for n in range(7)]
    for number in reversed(numbers):
        make.assignment(una, number=number)
    for _ in range(3):  # the same number again, ended: the key must still be unique
        ended = {"state": AssignmentState.ENDED, "ended_at": una.created_at}
        make.assignment(una, number=numbers[3], **ended)
    everything = sorted([*numbers, *[numbers[3]] * 3])
    real = queries.page
    monkeypatch.setattr(queries, "page", lambda *a, **more: real(*a, limit=3, **more))

    pages, mark = [], None
    while True:
        page = queries.numbers_page(EVERYTHING, after=mark)
        pages.append([row.id for row in page.items])
        mark = page.after
        if mark is None:
            break
    forwards = [row for one in pages for row in one]
    assert len(forwards) == len(set(forwards)) == len(everything)
    assert page.before is not None

    back = [page.items]
    while page.before is not None:
        page = queries.numbers_page(EVERYTHING, before=page.before)
        back.append(page.items)
    assert [row.number for one in reversed(back) for row in one] == everything
    assert queries.numbers_page(EVERYTHING).before is None


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
    ],
)
def test_a_mark_that_makes_no_sense_begins_at_the_start(mark):
    given = make.assignment()
    assert found(EVERYTHING, after=mark) == [given.number]
    assert found(EVERYTHING, before=mark) == [given.number]


def test_a_users_numbers_show_running_ones_first():
    una = make.user()
    ended = make.assignment(una, number="+12019920001", state=AssignmentState.ENDED, ended_at=una.created_at)
    running = make.assignment(una, number="+12019920002")
    assert queries.numbers_of_user(make.at(una)) == [running, ended]
