"""Uncertain texts and the carrier's own records: one is taken only where exactly one fits (D13)."""

import datetime as dt
from types import SimpleNamespace

import pytest

from app.carriers.base import CarrierUnavailable, MessageRecord
from app.clock import now
from app.services.messaging import carrier_records, delivery, sending
from app.services.provisioning import platforms
from app.vocabulary import AttemptOutcome, MessageState
from tests import make

OURS = "+12019920781"


class Records:
    """A carrier that has records and nothing else; it notes what it was asked for."""

    def __init__(self):
        self.rows, self.asked, self.is_away = [], [], False

    def search_messages(self, sender, recipient, since, until):
        self.asked.append((sender, recipient, until - since))
        if self.is_away:
            raise CarrierUnavailable
        return [row for row in self.rows if since <= row.at <= until]

    def has(self, text, *, minutes_ago=1.0, status="Successful", delivered=True):
        at = now() - dt.timedelta(minutes=minutes_ago)
        self.rows.append(MessageRecord(text.number, text.remote, at, status, delivered))


@pytest.fixture
def records(monkeypatch):
    made = Records()
    monkeypatch.setattr(platforms, "carrier_of", lambda platform: made)
    return made


@pytest.fixture
def uncertain(db):
    number = make.assignment()

    def text(*, minutes_ago=2.0, state=MessageState.UNCERTAIN, outcome=AttemptOutcome.UNCERTAIN, **fields):
        due = now() if state is MessageState.UNCERTAIN else None
        message = make.message(number, state=state, search_due_at=due, **fields)
        started = now() - dt.timedelta(minutes=minutes_ago)
        make.attempt(message, None, outcome=outcome, started_at=started)
        return message

    return text


def state(message):
    return make.again(message).state


@pytest.mark.parametrize(
    ("status", "delivered", "expected"),
    [
        ("Successful", True, MessageState.DELIVERED),
        ("Failed", False, MessageState.FAILED),
        ("Blocked", False, MessageState.FAILED),
        ("Enroute", None, MessageState.SENT),
        ("Unknown", None, MessageState.SENT),
    ],
)
def test_the_only_record_that_fits_settles_the_only_send(uncertain, records, status, delivered, expected):
    message = uncertain()
    records.has(message, status=status, delivered=delivered)
    assert carrier_records.are_due()
    carrier_records.search_due()
    assert state(message) is expected
    assert records.asked == [(message.number, message.remote, dt.timedelta(minutes=15))]
    assert not carrier_records.are_due()


def test_with_two_records_nobody_guesses(uncertain, records):
    message = uncertain()
    records.has(message)
    records.has(message, minutes_ago=0.5)
    carrier_records.search_due()
    assert state(message) is MessageState.UNCERTAIN


@pytest.mark.parametrize(
    ("other", "outcome"),
    [
        (MessageState.UNCERTAIN, AttemptOutcome.UNCERTAIN),
        (MessageState.SENT, AttemptOutcome.SENT),
        (MessageState.DELIVERED, AttemptOutcome.SENT),
    ],
)
def test_with_another_send_that_fits_nobody_guesses(uncertain, records, other, outcome):
    """The record may be of the one that certainly left."""
    message = uncertain(minutes_ago=3)
    uncertain(minutes_ago=2, state=other, outcome=outcome)
    records.has(message)
    carrier_records.search_due()
    assert state(message) is MessageState.UNCERTAIN


@pytest.mark.parametrize("outcome", [AttemptOutcome.REFUSED, AttemptOutcome.NOT_SENT])
def test_a_text_that_never_left_is_no_rival(uncertain, records, outcome):
    message = uncertain(minutes_ago=3)
    uncertain(minutes_ago=2, state=MessageState.FAILED, outcome=outcome)
    records.has(message)
    carrier_records.search_due()
    assert state(message) is MessageState.DELIVERED


def test_it_is_looked_for_again_and_again_and_then_left_to_a_person(uncertain, records):
    message = uncertain()
    waits = []
    while make.again(message).search_due_at is not None:
        row = make.again(message)
        row.search_due_at = now()
        make.kept(row)
        carrier_records.search_due()
        after = make.again(message).search_due_at
        waits.append(round((after - now()).total_seconds() / 60) if after else None)
    assert waits == [3, 10, 45, 60, 60, 60, 60, 60, None]
    assert state(message) is MessageState.UNCERTAIN
    assert "a person decides" in make.again(message).reason


def test_while_the_carrier_does_not_answer_it_is_asked_later(uncertain, records):
    message = uncertain()
    records.is_away = True
    carrier_records.search_due()
    assert state(message) is MessageState.UNCERTAIN
    assert make.again(message).search_due_at > now()


def test_a_text_that_was_settled_meanwhile_is_not_looked_for(uncertain, records):
    message = uncertain()
    row = make.again(message)
    row.state = MessageState.DELIVERED
    make.kept(row)
    carrier_records.search_due()
    assert records.asked == []
    assert not carrier_records.are_due()


def test_a_send_without_an_answer_is_found_at_the_carrier(real_database, carrier, keys):
    """Over HTTP: the carrier took it over, its answer was lost, its records have it. Nothing leaves twice."""
    una = make.user()
    make.licence(una)
    number = make.assignment(una, on=make.platform(una, **keys), number=OURS)
    place = SimpleNamespace(scope=make.at(una), number=number)
    carrier.fault("hang_after", "publishMessages", times=1, seconds=0.2)
    message = sending.send(place.scope, number.id, to=make.PHONE, text="Hello", client_ref="ref-1")
    delivery.drain()
    assert state(message) is MessageState.UNCERTAIN
    assert make.again(message).search_due_at > now() + dt.timedelta(seconds=100)

    row = make.again(message)
    row.search_due_at = now()
    make.kept(row)
    carrier_records.search_due()
    assert state(message) in {MessageState.SENT, MessageState.DELIVERED}
    assert len(carrier.outbox()) == 1
