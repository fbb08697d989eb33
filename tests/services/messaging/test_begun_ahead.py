"""What is begun before a sender is free for it: little, and it goes back when the carrier becomes slow."""

import time
from types import SimpleNamespace

import pytest
from sqlalchemy import event

from app import impp
from app.db import db
from app.models import Attempt, Message
from app.services.messaging import delivery, outbox, sending
from app.services.messaging.outbound import attempts
from app.vocabulary import AttemptOutcome, MessageState
from tests import make


@pytest.fixture
def place(real_database, carrier, keys):
    """A licensed user with an active number of the carrier account."""
    una = make.user()
    make.licence(una)
    platform = make.platform(una, **keys)
    return SimpleNamespace(
        number=make.assignment(una, on=platform, number="+12019920781"), scope=make.at(una)
    )


@pytest.fixture
def send(place):
    def queue_one(text, to):
        return sending.send(place.scope, place.number.id, to=to, text=text, client_ref=f"ref-{text}")

    return queue_one


def state(message):
    return make.again(message).state


def test_what_was_begun_ahead_goes_back_when_the_carrier_becomes_slow(send, carrier, monkeypatch):
    """It has not left, so it is neither sent late nor *uncertain*."""
    monkeypatch.setattr(delivery._Drain, "_ahead", lambda drain: 8)
    carrier.fault("hang_before", "publishMessages", times=8, seconds=2, then="accept")
    messages = [send(f"{n}", to=f"+1212555{3000 + n}") for n in range(16)]
    delivery.drain()
    found = [state(one) for one in messages]
    assert MessageState.UNCERTAIN not in found
    assert len(carrier.outbox()) == found.count(MessageState.SENT)
    waiting = [make.again(one) for one in messages if state(one) is MessageState.QUEUED]
    assert len(waiting) == 8
    assert all("was not asked yet" in one.reason for one in waiting)


def test_few_texts_are_sending_however_many_are_claimed(send, carrier, monkeypatch):
    """Those are *uncertain* if this worker is killed; what is only claimed is due again (adr/0017)."""
    monkeypatch.setattr(delivery._Drain, "_soon", lambda drain, most: most)
    real, found = attempts.record_and_claim_next, []

    def counted(*given, **more):
        begun = real(*given, **more)
        found.append(
            [len(make.every(Message, state=s)) for s in (MessageState.CLAIMED, MessageState.SENDING)]
        )
        return begun

    monkeypatch.setattr(attempts, "record_and_claim_next", counted)
    for n in range(60):
        send(f"{n}", to=f"+1212555{3000 + n}")
    delivery.drain()
    assert len(carrier.outbox()) == 60
    assert max(sending for _claimed, sending in found) == delivery.SENDERS + delivery._AHEAD
    assert found[0] == [60 - found[0][1], found[0][1]], "one look claimed all of them"


def test_a_disk_that_commits_slowly_sends_nothing_back(send, carrier, monkeypatch):
    """What waits for a sender waits from its commit on, however long that took."""
    monkeypatch.setattr(delivery, "_STALE", 0.2)
    message = send("Hello", make.PHONE)

    def commit_slowly(_connection):
        time.sleep(0.4)

    event.listen(db.engine, "commit", commit_slowly)
    try:
        delivery.drain()
    finally:
        event.remove(db.engine, "commit", commit_slowly)
    assert [one.outcome for one in make.every(Attempt, message_id=message.id)] == [AttemptOutcome.SENT]
    assert len(carrier.outbox()) == 1


def test_a_request_begins_when_it_is_committed_and_before_clients_are_told(send, monkeypatch):
    message, order = send("Hello", make.PHONE), []

    def leave(begun):
        order.append(("in a transaction", db.session().in_transaction()))
        order.append((begun.message_id, state(message)))

    monkeypatch.setattr(impp, "_publish", lambda told: order.append("told"))
    [ids] = outbox.claim("us", 8)
    attempts.record_and_claim_next("us", [], ids, [], attempts.Carriers(), dispatch=leave)
    assert order == [("in a transaction", False), (message.id, MessageState.SENDING), "told"]
