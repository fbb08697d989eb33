"""The outbox is drained over real HTTP, with real commits and real threads (D13, D14, D24)."""

import datetime as dt
import threading
from types import SimpleNamespace

import pytest
from sqlalchemy.exc import OperationalError
from urllib3.connectionpool import HTTPConnectionPool

from app.carriers.base import DeliveryReceipt
from app.clock import now
from app.models import Attempt, Message
from app.services.messaging import delivery, erasure, outbox, receipts, sending
from app.services.messaging.outbound import attempts
from app.services.provisioning import assignment as assignments
from app.vocabulary import AttemptOutcome, MessageState, OptIn
from tests import make
from tests.processes import eventually

OURS = "+12019920781"


@pytest.fixture
def place(real_database, carrier, keys):
    """A licensed user with an active number of the carrier account."""
    una = make.user()
    make.licence(una)
    platform = make.platform(una, **keys)
    number = make.assignment(una, on=platform, number=OURS)
    return SimpleNamespace(user=una, number=number, scope=make.at(una), actor=make.admin_of(una))


@pytest.fixture
def send(place):
    count = iter(range(1000))

    def queue_one(text="Hello", to=make.PHONE):
        ref = f"ref-{next(count)}"
        return sending.send(place.scope, place.number.id, to=to, text=text, client_ref=ref)

    return queue_one


def state(message):
    return make.again(message).state


def later(message):
    """Let the delay, or the lease, of a text be over."""
    row = make.again(message)
    row.due_at = now() - dt.timedelta(seconds=1)
    if row.claimed_until is not None:
        row.claimed_until = now() - dt.timedelta(seconds=1)
    make.kept(row)


def test_a_text_leaves_once_and_keeps_the_carriers_reference(send, carrier):
    """S20."""
    message = send("See you at eight")
    delivery.drain()
    delivery.drain()

    [sent] = carrier.outbox()
    after = make.again(message)
    assert (after.state, after.carrier_reference) == (MessageState.SENT, sent["referenceId"])
    assert (sent["from"], sent["to"], sent["text"]) == ("12019920781", "12125550142", "See you at eight")
    [attempt] = make.every(Attempt)
    assert (attempt.ordinal, attempt.outcome, attempt.carrier_reference) == (
        1,
        AttemptOutcome.SENT,
        sent["referenceId"],
    )
    assert attempt.finished_at is not None


def test_the_texts_of_a_conversation_leave_in_their_order(send, carrier):
    """D14."""
    texts = [f"text {n}" for n in range(12)]
    for text in texts:
        send(text)
    delivery.drain()
    assert [one["text"] for one in carrier.outbox(to=make.PHONE)] == texts


def test_when_the_first_must_wait_the_later_ones_wait_with_it(send, carrier):
    """D14: order per conversation; other conversations go on."""
    carrier.fault("answer_431", "publishMessages", times=1)
    one, two, three = send("one"), send("two"), send("three")
    delivery.drain()
    assert {state(m) for m in (one, two, three)} == {MessageState.QUEUED}
    assert carrier.outbox() == []

    other = send("to somebody else", to="+12125550143")
    delivery.drain()
    assert state(other) is MessageState.SENT
    assert len(carrier.outbox()) == 1

    later(one)
    delivery.drain()
    assert [m["text"] for m in carrier.outbox(to=make.PHONE)] == ["one", "two", "three"]


def test_a_text_that_the_carrier_refuses_fails_with_the_reason_and_the_next_one_leaves(send, carrier):
    refused, good = send("to a landline", to="+12125550198"), send("Hello")
    same = send("after it", to="+12125550198")
    delivery.drain()
    assert state(refused) is MessageState.FAILED
    assert make.again(refused).reason
    assert state(good) is MessageState.SENT
    assert state(same) is MessageState.FAILED
    assert [a.outcome for a in make.every(Attempt, message_id=refused.id)] == [AttemptOutcome.REFUSED]


@pytest.mark.parametrize(
    ("fault", "more"),
    [("hang_after", {"seconds": 0.2}), ("hang_before", {"seconds": 0.2}), ("answer_500", {}), ("babble", {})],
)
def test_a_text_that_may_have_left_is_uncertain_and_never_sent_again(send, carrier, fault, more):
    """D13."""
    carrier.fault(fault, "publishMessages", times=1, **more)
    message = send()
    for _ in range(3):
        delivery.drain()
        outbox.recover()

    assert state(message) is MessageState.UNCERTAIN
    assert carrier.state()["counts"]["publishMessages"] == 1
    assert [a.outcome for a in make.every(Attempt)] == [AttemptOutcome.UNCERTAIN]


def test_an_uncertain_text_does_not_hold_up_the_next_one(send, carrier):
    carrier.fault("babble", "publishMessages", times=1)
    first, second = send("one"), send("two")
    delivery.drain()
    assert (state(first), state(second)) == (MessageState.UNCERTAIN, MessageState.SENT)


def test_a_text_that_never_left_is_tried_again_with_growing_delays(send, carrier):
    """D13: "try again" is the one answer after which repeating is safe."""
    carrier.fault("answer_431", "publishMessages")
    message = send()
    delays = []
    for _ in range(5):
        delivery.drain()
        row = make.again(message)
        assert row.state is MessageState.QUEUED
        delays.append((row.due_at - now()).total_seconds())
        later(message)
    for delay, least in zip(delays, [5, 15, 60, 300, 300], strict=True):
        assert least - 1 < delay <= least * 1.25, "and not all at the same moment"

    carrier.clear_faults()
    delivery.drain()
    assert state(message) is MessageState.SENT
    outcomes = [a.outcome for a in make.every(Attempt)]
    assert outcomes == [AttemptOutcome.NOT_SENT] * 5 + [AttemptOutcome.SENT]
    assert [a.ordinal for a in make.every(Attempt)] == [1, 2, 3, 4, 5, 6]


def test_after_a_day_of_trying_a_text_fails(send, carrier):
    carrier.fault("answer_431", "publishMessages")
    message = send()
    row = make.again(message)
    row.created_at = now() - dt.timedelta(hours=25)
    make.kept(row)
    delivery.drain()
    assert state(message) is MessageState.FAILED


def test_two_workers_at_once_send_every_text_once_and_in_order(send, carrier, at_once):
    for n in range(10):
        send(f"{n}")
        send(f"{n}", to="+12125550143")
    outcomes = at_once(delivery.drain, delivery.drain, delivery.drain)
    assert [one for one in outcomes if one is not None] == []
    delivery.drain()
    for phone in (make.PHONE, "+12125550143"):
        assert [one["text"] for one in carrier.outbox(to=phone)] == [f"{n}" for n in range(10)]


def test_a_conversation_whose_answer_is_held_back_delays_nobody_else(send, carrier, app):
    carrier.fault("hang_before", "publishMessages", times=1, seconds=20, then="accept")
    send("held")

    def drain():
        with app.app_context():
            delivery.drain()

    worker = threading.Thread(target=drain)
    worker.start()
    carrier.wait_held("publishMessages")
    other = send("to somebody else", to="+12125550143")
    eventually(lambda: state(other) is MessageState.SENT)
    carrier.clear_faults()
    worker.join(20)
    assert not worker.is_alive()


def test_an_expired_claim_is_due_again_and_is_sent_once(send, carrier):
    """D13: a lease; a worker killed before its request."""
    message = send()
    row = make.again(message)
    row.state, row.claim, row.claimed_until = MessageState.CLAIMED, "killed", now() + outbox.CLAIM_LEASE
    make.kept(row)
    outbox.recover()
    delivery.drain()
    assert state(message) is MessageState.CLAIMED

    later(message)
    assert outbox.recover()
    delivery.drain()
    assert state(message) is MessageState.SENT
    assert len(carrier.outbox()) == 1


def test_an_expired_sending_is_uncertain_and_its_attempt_closed(send, carrier):
    """D13: a worker killed while the carrier had its request."""
    message = send()
    row = make.again(message)
    row.state, row.claim, row.claimed_until = MessageState.SENDING, "killed", now() + attempts.SENDING_LEASE
    make.kept(row)
    make.attempt(message, None, outcome=AttemptOutcome.STARTED)
    outbox.recover()
    assert state(message) is MessageState.SENDING

    later(message)
    assert not outbox.recover()
    delivery.drain()
    assert state(message) is MessageState.UNCERTAIN
    assert [a.outcome for a in make.every(Attempt)] == [AttemptOutcome.UNCERTAIN]
    assert carrier.outbox() == []


def test_a_worker_that_lost_its_claim_does_not_send(send, carrier):
    """Its lease ran out while it waited, and another one has the row."""
    message = send()
    [ids] = outbox.claim("slow worker", 8)
    later(message)
    outbox.recover()
    delivery.drain()
    begun = attempts.record_and_claim_next("slow worker", [], ids, [], attempts.Carriers())
    assert begun.sends == []
    assert state(message) is MessageState.SENT
    assert len(carrier.outbox()) == 1


def test_queued_texts_of_a_deleted_number_fail(send, place, carrier):
    """D4: "number removed"."""
    message = send()
    assignments.release(place.actor, place.scope, place.number.id)
    delivery.drain()
    after = make.again(message)
    assert (after.state, after.reason) == (MessageState.FAILED, "The number was removed.")
    assert carrier.outbox() == []


def test_texts_that_wait_when_a_number_is_erased_fail_too(send, place, carrier):
    """D4."""
    message = send("secret words")
    assignments.release(place.actor, place.scope, place.number.id)
    erasure.erase_released(place.number.id)
    delivery.drain()
    after = make.again(message)
    assert (after.state, after.reason, after.text) == (MessageState.FAILED, "The number was removed.", None)
    assert carrier.outbox() == []


def test_consent_is_looked_at_again_just_before_a_text_leaves(send, place, carrier):
    """D7."""
    message = send()
    number = make.again(place.number)
    number.opt_in = OptIn.OPTED_OUT
    make.kept(number)
    delivery.drain()
    assert state(message) is MessageState.FAILED
    assert carrier.outbox() == []


def test_without_redis_a_text_is_accepted_and_the_sweep_sends_it(send, carrier, stopped_redis):
    """D24."""
    message = send()
    assert state(message) is MessageState.QUEUED
    assert outbox.recover(), "the sweep sees that it is due"
    delivery.drain()
    assert state(message) is MessageState.SENT
    assert len(make.every(Message)) == 1
    assert len(carrier.outbox()) == 1


def test_a_receipt_before_our_own_record_of_the_send_still_settles_it(send, carrier, place, events):
    """D13: early receipts. The carrier calls while its answer is under way."""
    message = send()
    [ids] = outbox.claim("us", 8)
    [under_way] = attempts.record_and_claim_next("us", [], ids, [], attempts.Carriers()).sends
    numbers = (OURS, make.PHONE)
    receipts.settle(message.platform_id, DeliveryReceipt("early-1", numbers, "DELIVRD", delivered=True))
    assert state(message) is MessageState.SENDING
    outcome = attempts.Outcome(under_way, AttemptOutcome.SENT, "early-1")
    attempts.record_and_claim_next("us", [outcome], [], [], attempts.Carriers())
    assert state(message) is MessageState.DELIVERED
    told = [data["state"] for kind, data in events(place.user) if kind == "message.updated"]
    assert told == ["sending", "sent", "delivered"], "the last that clients read is how it is"


def test_conversations_that_wait_for_an_earlier_text_do_not_hold_up_the_others(send, carrier):
    """D14: more of them than there are senders, and all of them older than the text that may leave."""
    for other in range(delivery.SENDERS + 1):
        first = send("Deferred", to=f"+1212555{3000 + other}")
        first.due_at = now() + dt.timedelta(minutes=5)
        make.kept(first)
        send("Waits behind it", to=f"+1212555{3000 + other}")
    free = send("Free to go", to="+12125554000")

    delivery.drain()

    assert state(free) is MessageState.SENT
    assert [one["text"] for one in carrier.outbox()] == ["Free to go"]


def test_outcomes_are_held_while_the_database_is_away(send, carrier, monkeypatch):
    """What the carrier answered is known nowhere else."""
    message, step, failures = send(), attempts.record_and_claim_next, iter([True, True])

    def away_at_first(claim, outcomes, *rest, **more):
        if outcomes and next(failures, False):
            raise OperationalError("UPDATE", {}, ConnectionError())
        return step(claim, outcomes, *rest, **more)

    monkeypatch.setattr(attempts, "record_and_claim_next", away_at_first)
    delivery.drain()
    assert state(message) is MessageState.SENT
    assert len(carrier.outbox()) == 1


def test_connections_to_the_carrier_are_kept(send, carrier, monkeypatch):
    """One for each sender at most, however many texts there are."""
    connect, made = HTTPConnectionPool._new_conn, []
    monkeypatch.setattr(HTTPConnectionPool, "_new_conn", lambda pool: made.append(1) or connect(pool))
    for n in range(40):
        send(f"{n}", to=f"+1212555{3000 + n}")
    delivery.drain()
    assert len(made) <= delivery.SENDERS
    assert len(carrier.outbox()) == 40
