"""What a delivery receipt changes: only forward, early, late, twice or unknown (D13)."""

import datetime as dt

import pytest

from app.carriers.base import DeliveryReceipt
from app.clock import now
from app.models import Message, Receipt
from app.services.messaging import receipts
from app.vocabulary import AttemptOutcome, MessageState
from tests import make


@pytest.fixture
def number():
    return make.assignment()


@pytest.fixture
def sent(number):
    message = make.message(number, state=MessageState.SENT, carrier_reference="sent-1")
    make.attempt(message, "sent-1")
    return message


def uncertain(number, *, minutes_ago=0.0, **fields):
    message = make.message(number, state=MessageState.UNCERTAIN, **fields)
    started = now() - dt.timedelta(minutes=minutes_ago)
    make.attempt(message, None, outcome=AttemptOutcome.UNCERTAIN, started_at=started)
    return message


def state(message):
    return make.again(message).state


@pytest.mark.parametrize(
    ("stat", "expected"),
    [
        ("DELIVRD", MessageState.DELIVERED),
        ("UNDELIV", MessageState.FAILED),
        ("EXPIRED", MessageState.FAILED),
        ("ACCEPTD", MessageState.SENT),
        ("ENROUTE", MessageState.SENT),
        ("SOMETHING", MessageState.SENT),
    ],
)
def test_each_word_of_the_carrier_changes_what_it_should(sent, report, stat, expected):
    report(sent, stat)
    assert state(sent) is expected
    assert [one.stat for one in make.every(Receipt)] == [stat]


def test_a_failure_says_the_carriers_word(sent, report):
    report(sent, "UNDELIV")
    assert "UNDELIV" in make.again(sent).reason


def test_the_same_receipt_twice_is_one_and_tells_the_client_once(sent, report, app):
    for _ in range(3):
        report(sent, "DELIVRD")
    assert len(make.every(Receipt)) == 1
    assert app.extensions["redis"].xlen(f"impp:user:{sent.user_id}") == 1


@pytest.mark.parametrize("order", [("DELIVRD", "UNDELIV"), ("DELIVRD", "ENROUTE"), ("DELIVRD", "ACCEPTD")])
def test_what_was_delivered_stays_delivered(sent, report, order):
    for stat in order:
        report(sent, stat)
    assert state(sent) is MessageState.DELIVERED
    assert len(make.every(Receipt)) == len(order)


def test_receipts_in_any_order_end_at_the_same_state(sent, report):
    for stat in ("ENROUTE", "DELIVRD", "ACCEPTD"):
        report(sent, stat)
    assert state(sent) is MessageState.DELIVERED


@pytest.mark.parametrize("swap", [False, True])
def test_the_ends_may_be_either_way_round(sent, report, swap):
    ends = (sent.number, sent.remote)
    report(sent, "DELIVRD", numbers=ends[::-1] if swap else ends)
    assert state(sent) is MessageState.DELIVERED
    [receipt] = make.every(Receipt)
    assert (receipt.number, receipt.remote) == ends


def test_a_receipt_of_any_attempt_settles_the_message(number, report):
    """D13: also of one before the last, and late."""
    message = make.message(number, state=MessageState.UNCERTAIN)
    make.attempt(message, "first")
    make.attempt(message, "second")
    report(message, "DELIVRD", reference="first")
    assert state(message) is MessageState.DELIVERED


def test_another_platforms_receipt_with_the_same_reference_changes_nothing(sent, report):
    other = make.platform(make.provider())
    ends = (sent.number, sent.remote)
    receipts.settle(other.id, DeliveryReceipt("sent-1", ends, "UNDELIV", delivered=False))
    assert state(sent) is MessageState.SENT


def test_a_receipt_is_never_shown_as_chat(sent, report):
    report(sent, "DELIVRD")
    assert [one.id for one in make.every(Message)] == [sent.id]


def test_an_early_receipt_is_kept_and_settles_the_send_when_it_is_known(number, report):
    message = make.message(number, state=MessageState.SENDING)
    report(message, "DELIVRD", reference="early")
    assert state(message) is MessageState.SENDING

    make.attempt(message, "early")
    fresh = make.again(message)
    fresh.state, fresh.carrier_reference = MessageState.SENT, "early"
    make.kept(fresh)
    receipts.settle_unknown()
    assert state(message) is MessageState.DELIVERED
    assert make.every(Receipt)[0].message_id == message.id


def test_an_unknown_receipt_is_forgotten_after_72_hours(number, report):
    """D13."""
    message = make.message(number, state=MessageState.SENT)
    report(message, "DELIVRD", reference="old")
    report(message, "DELIVRD", reference="young")
    old, young = make.every(Receipt)
    old.received_at, young.received_at = (
        now() - dt.timedelta(hours=72, minutes=1),
        now() - dt.timedelta(hours=71),
    )
    make.kept(old)
    receipts.settle_unknown()
    assert [one.id for one in make.every(Receipt)] == [young.id]


@pytest.mark.parametrize(
    ("stat", "expected"), [("DELIVRD", "delivered"), ("UNDELIV", "failed"), ("ENROUTE", "sent")]
)
def test_the_only_uncertain_send_takes_the_only_receipt_that_fits(number, report, stat, expected):
    """D13."""
    message = uncertain(number, minutes_ago=1)
    report(message, stat, reference="unknown")
    receipts.settle_unknown()
    assert state(message) == expected


def test_with_two_uncertain_sends_nobody_guesses(number, report):
    """D13: only if exactly one send fits."""
    one, two = uncertain(number, minutes_ago=1), uncertain(number, minutes_ago=2)
    report(one, "DELIVRD", reference="unknown")
    receipts.settle_unknown()
    assert (state(one), state(two)) == (MessageState.UNCERTAIN, MessageState.UNCERTAIN)


def test_with_two_candidates_nobody_guesses(number, report):
    """D13: only if exactly one candidate fits."""
    message = uncertain(number, minutes_ago=1)
    for reference in ("unknown-1", "unknown-2"):
        report(message, "DELIVRD", reference=reference)
    receipts.settle_unknown()
    assert state(message) is MessageState.UNCERTAIN


def test_two_receipts_of_one_reference_are_one_candidate(number, report):
    message = uncertain(number, minutes_ago=1)
    for stat in ("ENROUTE", "DELIVRD"):
        report(message, stat, reference="unknown")
    receipts.settle_unknown()
    assert state(message) is MessageState.DELIVERED
    assert make.again(message).carrier_reference == "unknown"


@pytest.mark.parametrize("minutes", [15.5, -1.0], ids=["too late", "before the attempt"])
def test_a_receipt_outside_the_quarter_of_an_hour_does_not_fit(number, report, minutes):
    """D13: 0 to 15 minutes after the attempt."""
    message = uncertain(number, minutes_ago=minutes)
    report(message, "DELIVRD", reference="unknown")
    receipts.settle_unknown()
    assert state(message) is MessageState.UNCERTAIN


@pytest.mark.parametrize("other", ["number", "remote"])
def test_a_receipt_between_other_ends_does_not_fit(number, report, other):
    message = uncertain(number, minutes_ago=1)
    ends = {
        "number": (make.assignment().number, message.remote),
        "remote": (message.number, "+12125550143"),
    }[other]
    report(message, "DELIVRD", reference="unknown", numbers=ends)
    receipts.settle_unknown()
    assert state(message) is MessageState.UNCERTAIN


def test_a_receipt_after_erasure_stores_no_remote_number_again(sent, report):
    """S17."""
    fresh = make.again(sent)
    fresh.erased_at, fresh.remote, fresh.text = now(), None, None
    make.kept(fresh)
    report(sent, "DELIVRD")
    assert make.every(Receipt) == []
