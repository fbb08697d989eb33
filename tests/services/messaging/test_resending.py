"""A person decides about a failed or uncertain text, once, by name (D13)."""

from types import SimpleNamespace

import pytest

from app.clock import now
from app.errors import NotFound
from app.models import AuditEntry, Message
from app.services.messaging import outbox, receipts, resending
from app.services.messaging.resending import CannotSendAgain, SettledMeanwhile
from app.vocabulary import AssignmentState, AttemptOutcome, MessageState, OptIn
from tests import make


@pytest.fixture
def place():
    number = make.assignment()
    return SimpleNamespace(number=number, scope=make.at(number), actor=make.admin_of(number))


@pytest.fixture
def doubtful(place):
    def text(state=MessageState.UNCERTAIN, **fields):
        message = make.message(place.number, state=state, tries=1, **fields)
        make.attempt(message, "first", outcome=AttemptOutcome.UNCERTAIN)
        return message

    return text


@pytest.mark.parametrize("state", [MessageState.UNCERTAIN, MessageState.FAILED])
def test_a_person_sends_it_again_and_the_history_names_them(place, doubtful, queued, state):
    message = doubtful(state, reason="The carrier refused it.", settled_at=now())
    resending.send_again(place.actor, place.scope, message.id)
    after = make.again(message)
    assert (after.state, after.reason, after.settled_at) == (MessageState.QUEUED, "", None)
    assert outbox.claim("us", 1) == [[message.id]]
    [line] = make.every(AuditEntry)
    assert (line.actor, line.action) == (place.actor.name, "Text sent again")
    assert line.change == {"text": message.id, "was": state}
    assert make.PHONE not in str(line.change)
    assert ("send_outbox", {}) in queued()


@pytest.mark.parametrize("state", [MessageState.QUEUED, MessageState.SENDING, MessageState.DELIVERED])
def test_what_is_under_way_or_settled_is_left_alone(place, doubtful, state):
    message = doubtful(state)
    with pytest.raises(SettledMeanwhile):
        resending.send_again(place.actor, place.scope, message.id)
    assert make.again(message).state is state


def test_a_received_text_cannot_be_sent(place):
    message = make.message(place.number)
    with pytest.raises(SettledMeanwhile):
        resending.send_again(place.actor, place.scope, message.id)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"opt_in": OptIn.OPTED_OUT}, "declined"),
        ({"state": AssignmentState.RELEASING, "release_requested_at": now()}, "removed"),
    ],
)
def test_it_is_looked_at_anew(place, doubtful, fields, words):
    message = doubtful(MessageState.FAILED)
    number = make.again(place.number)
    for name, value in fields.items():
        setattr(number, name, value)
    make.kept(number)
    with pytest.raises(CannotSendAgain, match=words):
        resending.send_again(place.actor, place.scope, message.id)
    assert make.again(message).state is MessageState.FAILED


def test_not_to_somebody_who_was_blocked_meanwhile(place, doubtful):
    message = doubtful()
    make.block(place.number)
    with pytest.raises(CannotSendAgain, match="blocked"):
        resending.send_again(place.actor, place.scope, message.id)


def test_nor_to_somebody_who_replied_stop(place, doubtful, arrive):
    message = doubtful()
    arrive(place.number, "STOP")
    with pytest.raises(CannotSendAgain, match="opted out"):
        resending.send_again(place.actor, place.scope, message.id)


def test_nor_what_was_erased(place, doubtful):
    message = doubtful(text=None)
    with pytest.raises(CannotSendAgain, match="erased"):
        resending.send_again(place.actor, place.scope, message.id)


def test_a_strangers_text_is_not_found(doubtful):
    message, other = doubtful(), make.user()
    with pytest.raises(NotFound):
        resending.send_again(make.admin_of(other), make.at(other), message.id)


def test_of_two_people_at_once_one_wins(real_database, at_once):
    number = make.assignment()
    message = make.message(number, state=MessageState.UNCERTAIN)
    actor, scope = make.admin_of(number), make.at(number)

    def press():
        resending.send_again(actor, scope, message.id)

    outcomes = at_once(press, press)
    assert sorted(type(one).__name__ for one in outcomes) == ["NoneType", "SettledMeanwhile"]
    assert len(make.every(AuditEntry, action="Text sent again")) == 1


@pytest.mark.parametrize(("was_sent", "state"), [(True, MessageState.SENT), (False, MessageState.FAILED)])
def test_a_person_settles_an_uncertain_text(place, doubtful, was_sent, state):
    message = doubtful()
    resending.mark(place.actor, place.scope, message.id, was_sent=was_sent)
    assert make.again(message).state is state
    assert make.again(message).search_due_at is None
    assert [one.actor for one in make.every(AuditEntry)] == [place.actor.name]
    with pytest.raises(SettledMeanwhile):
        resending.mark(place.actor, place.scope, message.id, was_sent=True)


def test_a_late_receipt_of_the_first_attempt_settles_what_was_queued_again(place, doubtful, report):
    """It arrived after all: it must not leave a second time."""
    message = doubtful()
    resending.send_again(place.actor, place.scope, message.id)
    report(message, "DELIVRD", reference="first")
    assert make.again(message).state is MessageState.DELIVERED
    assert outbox.claim("us", 1) == []


def test_a_late_failure_of_the_first_attempt_does_not_fail_the_second(place, doubtful, report):
    message = doubtful()
    resending.send_again(place.actor, place.scope, message.id)
    report(message, "UNDELIV", reference="first")
    assert make.again(message).state is MessageState.QUEUED
    receipts.settle_unknown()
    assert [one.state for one in make.every(Message)] == [MessageState.QUEUED]


@pytest.mark.parametrize(
    ("remote", "words"),
    [("911", "Call 911; texts from here do not reach emergency services"), ("ACME", "cannot be answered")],
)
def test_nor_where_no_text_can_go(place, doubtful, remote, words):
    """D26."""
    message = doubtful(MessageState.FAILED, remote=remote)
    with pytest.raises(CannotSendAgain, match=words):
        resending.send_again(place.actor, place.scope, message.id)
    assert make.again(message).state is MessageState.FAILED
