"""A number sends so many texts in any minute, and the rest wait without being lost (D14)."""

import datetime as dt
from types import SimpleNamespace

import pytest

from app.clock import now
from app.models import Attempt, Message
from app.services.messaging import delivery, pace, sending
from app.vocabulary import MessageState
from tests import make


@pytest.fixture
def place(real_database, carrier, keys):
    """Two numbers on a platform that lets each send three texts a minute."""
    una = make.user()
    make.licence(una)
    platform = make.platform(una, **keys, texts_per_minute=3)
    first, second = (make.assignment(una, on=platform, number=f"+1201992078{n}") for n in (1, 2))
    return SimpleNamespace(user=una, platform=platform, number=first, other=second, scope=make.at(una))


@pytest.fixture
def send(place):
    count = iter(range(1000))

    def queue_one(text="Hello", to=make.PHONE, number=None, **more):
        ref = f"ref-{next(count)}"
        given = (number or place.number).id
        return sending.send(place.scope, given, to=to, text=text, client_ref=ref, **more)

    return queue_one


def pass_time(seconds):
    """As if everything had happened that much earlier."""
    gone = dt.timedelta(seconds=seconds)
    for row in make.every(Attempt):
        row.started_at -= gone
        make.kept(row)
    for row in make.every(Message):
        if row.due_at is not None:
            row.due_at -= gone
            make.kept(row)


def states(messages):
    return [make.again(message).state for message in messages]


def test_what_is_over_the_limit_waits_and_leaves_in_its_turn(send, carrier):
    messages = [send(f"text {n}", to=f"+1212555{3000 + n}") for n in range(7)]
    delivery.drain()
    assert sorted(states(messages)) == [MessageState.QUEUED] * 4 + [MessageState.SENT] * 3
    delivery.drain()
    assert len(carrier.outbox()) == 3

    pass_time(61)
    delivery.drain()
    assert sorted(states(messages)) == [MessageState.QUEUED] + [MessageState.SENT] * 6
    pass_time(61)
    delivery.drain()
    assert sorted(one["text"] for one in carrier.outbox()) == [f"text {n}" for n in range(7)]
    assert len(make.every(Attempt)) == 7


def test_the_order_of_a_conversation_is_kept(send, carrier):
    for n in range(8):
        send(f"text {n}")
    for _ in range(3):
        delivery.drain()
        pass_time(61)
    assert [one["text"] for one in carrier.outbox(to=make.PHONE)] == [f"text {n}" for n in range(8)]


def test_another_number_is_not_held_up(send, carrier, place):
    for n in range(20):
        send(f"many {n}", to=f"+1212555{3000 + n}")
    urgent = send("of the other number", number=place.other, to="+12125553999")
    delivery.drain()
    assert states([urgent]) == [MessageState.SENT]
    assert len(carrier.outbox()) == 4


def test_whoever_came_first_has_the_first_free_place(send, place):
    """And a text that comes later stands behind those that wait."""
    sent = [send(f"text {n}", to=f"+1212555{3000 + n}") for n in range(3)]
    delivery.drain()
    waiting = [send(f"text {n}", to=f"+1212555{4000 + n}") for n in range(5)]
    delivery.drain()
    late = send("late", to="+12125553999")
    delivery.drain()
    due = [make.again(one).due_at for one in [*waiting, late]]
    assert states(sent) == [MessageState.SENT] * 3
    assert due == sorted(due)
    first_free = min(attempt.started_at for attempt in make.every(Attempt)) + pace.MINUTE
    assert due[0] == first_free
    assert due[3] == due[0] + pace.MINUTE, "three places a minute"


def test_a_place_that_is_free_early_is_used_at_once(send, carrier):
    """Any sixty seconds: not the minutes of a clock."""
    for n in range(3):
        send(f"text {n}", to=f"+1212555{3000 + n}")
        delivery.drain()
        pass_time(25)
    assert len(carrier.outbox()) == 3
    again = send("the first is 75 s ago", to="+12125553999")
    delivery.drain()
    assert states([again]) == [MessageState.SENT]


def test_several_workers_together_keep_the_limit(send, carrier, at_once):
    for n in range(12):
        send(f"text {n}", to=f"+1212555{3000 + n}")
    outcomes = at_once(delivery.drain, delivery.drain, delivery.drain)
    assert [one for one in outcomes if one is not None] == []
    assert len(carrier.outbox()) == 3
    assert len(make.every(Attempt)) == 3


def test_a_platform_without_a_limit_of_its_own_follows_the_provider(send, carrier, place):
    platform = make.again(place.platform)
    platform.texts_per_minute = None
    make.kept(platform)
    for n in range(5):
        send(f"text {n}", to=f"+1212555{3000 + n}")
    delivery.drain()
    assert len(carrier.outbox()) == 5, "60 a minute"


def test_a_text_whose_turn_is_in_a_moment_is_waited_for(send, carrier):
    """Not left to the next sweep."""
    for n in range(3):
        send(f"text {n}", to=f"+1212555{3000 + n}")
    delivery.drain()
    pass_time(59)
    last = send("last", to="+12125553999")
    began = now()
    delivery.drain()
    assert states([last]) == [MessageState.SENT]
    assert now() - began < dt.timedelta(seconds=5)


def test_the_limit_of_a_number_lets_answers_before_bulk(send, carrier, place):
    """D14."""
    for n in range(3):
        send(f"first {n}", to=f"+1212555{3000 + n}")
    delivery.drain()
    bulk = [send(f"bulk {n}", to=f"+1212555{4000 + n}", bulk=True) for n in range(6)]
    delivery.drain()
    make.message(place.number)
    answer = send("the answer")
    delivery.drain()
    assert make.again(answer).due_at <= min(make.again(one).due_at for one in bulk)

    pass_time(61)
    delivery.drain()
    assert states([answer]) == [MessageState.SENT]
    for _ in range(2):
        pass_time(61)
        delivery.drain()
    assert states(bulk) == [MessageState.SENT] * 6, "and bulk moves"
