"""The dry run of an upload: each row gets the words of the number form, none is assigned (S10, D1, D3)."""

from types import SimpleNamespace
from typing import Any

import pytest

from app.access.scope import branch
from app.clock import now
from app.errors import NotFound
from app.models import Assignment, User
from app.services.provisioning import bulk_work
from app.services.provisioning.lookup import PlatformNotChosen
from app.vocabulary import BulkState, RowOutcome
from tests import make
from tests.services.provisioning.uploads import hurry, rows, state

GOOD, ALSO_GOOD, SMS_ONLY, MESSAGING_OFF = "2019920781", "2019920782", "2019920787", "2019920788"
PENDING, NOT_OURS = "2019920791", "2019920789"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f",{GOOD}", "user id is missing"),
        (f"{'x' * 162},{GOOD}", "too long"),
        ("una@example.com,", "ten-digit US number"),
        ("una@example.com,201992078", "ten-digit US number"),
        ("una@example.com,+442071838750", "ten-digit US number"),
        (f"una@example.com,{GOOD},,fax", "SMS, or MMS & SMS"),
        (f"una@example.com,{GOOD},{'x' * 121}", "longer than 120"),
    ],
)
def test_a_row_that_is_wrong_by_itself_never_reaches_the_carrier(checked, carrier, line, words):
    run_id = checked(line)
    [(outcome, said)] = rows(run_id)
    assert outcome is RowOutcome.REFUSED
    assert words in said
    assert carrier.state()["counts"] == {}
    assert state(run_id) is BulkState.CHECKED


def test_a_number_twice_in_the_file_is_taken_once(checked, una):
    run_id = checked(f"{una},{GOOD}", f"{una},+1 (201) 992-0781")
    assert rows(run_id) == [
        (RowOutcome.READY, ""),
        (RowOutcome.REFUSED, f"{GOOD} is in row 1 already."),
    ]


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (NOT_OURS, "SMS", "not assigned to this Inteliquent account"),
        (PENDING, "SMS", "pending at the carrier"),
        (MESSAGING_OFF, "SMS", "messaging is switched off"),
        (SMS_ONLY, "MMS & SMS", "only send and receive SMS"),
        (SMS_ONLY, "", "only send and receive SMS"),
        (SMS_ONLY, "SMS", ""),
        (GOOD, "", ""),
    ],
)
def test_a_dry_run_says_what_the_number_form_would_and_assigns_nothing(checked, una, number, kind, words):
    """S10, D3."""
    run_id = checked(f"{una},{number},,{kind}")
    [(outcome, said)] = rows(run_id)
    assert outcome is (RowOutcome.REFUSED if words else RowOutcome.READY)
    assert words in said
    assert make.every(Assignment) == []


def test_a_check_asks_the_carrier_once_for_a_batch(checked, una, carrier):
    checked(*(f"{una},20199207{last}" for last in (81, 82, 83, 84, 85)))
    assert carrier.state()["counts"]["tnDetail"] == 1


def test_a_strangers_user_is_no_user_here(checked):
    """Scope: the words for a stranger's user are those for a user that does not exist."""
    stranger = make.user()
    run_id = checked(f"{stranger.broadworks_id},{GOOD}", f"nobody@example.com,{ALSO_GOOD}")
    assert rows(run_id) == [(RowOutcome.REFUSED, "There is no user with this id here.")] * 2


def test_a_user_of_another_group_is_none_of_this_groups(checked, place, una):
    other = make.group(
        SimpleNamespace(provider_id=place.user.provider_id, reseller_id=place.user.reseller_id)
    )
    run_id = checked(f"{una},{GOOD}", where=make.at(other))
    assert rows(run_id)[0][1] == "There is no user with this id here."


def test_ids_match_in_any_case_and_a_closed_user_is_told_from_the_one_who_came_after(checked, place):
    group = SimpleNamespace(
        provider_id=place.user.provider_id, reseller_id=place.user.reseller_id, group_id=place.user.group_id
    )
    _user(group, "left@example.com", closed_at=now())
    _user(group, "back@example.com", closed_at=now())
    _user(group, "back@example.com")
    run_id = checked(f"Left@example.com,{GOOD}", f"BACK@example.com,{ALSO_GOOD}")
    assert rows(run_id) == [(RowOutcome.REFUSED, "This user was closed."), (RowOutcome.READY, "")]


def _user(group: Any, broadworks_id: str, **fields: Any) -> User:
    given = {"name": "Una", "broadworks_id": broadworks_id, "broadworks_key": broadworks_id.lower()}
    return make.kept(User(**{**given, **branch(group), **fields}))


def test_a_number_that_somebody_has_is_not_told_whose_it_is(checked, una):
    """D1."""
    make.assignment(make.user(), number=f"+1{GOOD}")
    assert rows(checked(f"{una},{GOOD}")) == [(RowOutcome.REFUSED, f"{GOOD} is already assigned.")]


def test_mms_is_refused_where_the_platform_has_none_and_an_empty_type_follows_the_platform(
    checked, place, una
):
    """S9."""
    place.platform.mms_available = False
    make.kept(place.platform)
    run_id = checked(f"{una},{GOOD},,MMS & SMS", f"{una},{SMS_ONLY}")
    [(first, words), second] = rows(run_id)
    assert (first, words) == (
        RowOutcome.REFUSED,
        "MMS is switched off for this CPaaS platform. Choose SMS.",
    )
    assert second == (RowOutcome.READY, "")


def test_two_platforms_must_be_chosen_from(send, place, staff, una):
    """S7."""
    make.platform(place.user)
    with pytest.raises(PlatformNotChosen):
        send(f"{una},{GOOD}")
    assert send(f"{una},{GOOD}", platform_id=place.platform.id)
    with pytest.raises(NotFound):
        send(f"{una},{GOOD}", platform_id=make.platform().id)


def test_a_check_waits_for_a_carrier_that_does_not_answer_and_gives_up_in_its_words(
    checked, carrier, una, work
):
    carrier.fault("answer_431", "tnDetail")
    run_id = checked(f"{una},{GOOD}")
    [(outcome, words)] = rows(run_id)
    assert (outcome, state(run_id)) == (RowOutcome.UNCHECKED, BulkState.CHECKING)
    assert "try again later" in words
    assert bulk_work.due() == []  # not before its time
    for _ in range(bulk_work.MOST_TRIES - 1):
        hurry(run_id)
        assert bulk_work.due() == [run_id]
        bulk_work.work(run_id)
    [(outcome, words)] = rows(run_id)
    assert (outcome, state(run_id)) == (RowOutcome.REFUSED, BulkState.CHECKED)
    assert "try again later" in words


def test_refused_keys_are_the_outcome_of_the_rows_that_needed_the_carrier(checked, carrier, una):
    carrier.fault("refuse_logins")
    run_id = checked(f"{una},{GOOD}", f"nobody@example.com,{ALSO_GOOD}")
    [(_, first), (_, second)] = rows(run_id)
    assert "refused Account/Key" in first
    assert second == "There is no user with this id here."
