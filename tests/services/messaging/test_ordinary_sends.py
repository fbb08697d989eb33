"""The short way of a text that leaves: the same rows and events as the general way, and nothing unusual."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from app.clock import now
from app.db import db, transactional
from app.models import Assignment, Attempt, Licence, Message, Platform
from app.services.messaging import attempts, delivery, ordinary_sends
from app.services.messaging.attempts import Carriers, Outcome, Send
from app.vocabulary import AssignmentState, AttemptOutcome, MessageState, OptIn
from tests import make

_OTHER = "+12125550143"
_OWN = {"id", "conversation_id", "message_id", "remote", "client_ref", "carrier_reference"}
_TIMES = {"created_at", "due_at", "claimed_until", "sent_at", "started_at", "finished_at"}


@pytest.fixture
def number() -> Assignment:
    return make.assignment()


def claimed(number: Assignment, remote: str = make.PHONE, **fields: Any) -> Message:
    given = {"state": MessageState.CLAIMED, "claim": "us", "claimed_until": now() + dt.timedelta(minutes=1)}
    return make.message(number, remote=remote, **{**given, **fields})


def step(*messages: Message, outcomes: list[Outcome] | None = None) -> list[Send]:
    return attempts.step("us", outcomes or [], [message.id for message in messages], [], Carriers()).sends


def taken(send: Send) -> Outcome:
    return Outcome(send, AttemptOutcome.SENT, f"sent-{send.message_id}")


@transactional
def begun(*messages: Message) -> list[int]:
    """What the short way alone makes *sending*."""
    nothing = ordinary_sends.Taken([], [], [], now())
    ids = [message.id for message in messages]
    return [one.id for one in ordinary_sends.settle("us", nothing, ids, now()).begun]


def columns(row: Any) -> dict[str, Any]:
    names = {column.key for column in inspect(type(row)).columns} - _OWN
    return {name: getattr(row, name) is None if name in _TIMES else getattr(row, name) for name in names}


@pytest.mark.parametrize("words", ["Hello", "“Smart” quotes", "100 % of {it}", ""])
def test_both_ways_write_the_same_rows_and_say_the_same(number, events_of, monkeypatch, words):
    texts = [claimed(number, remote, text=words, client_ref=remote) for remote in (make.PHONE, _OTHER)]
    for message, is_short in zip(texts, (True, False), strict=True):
        monkeypatch.setattr(ordinary_sends, "is_possible", lambda short=is_short: short)
        [send] = step(message)
        assert (send.text.text, send.text.sender, send.text.recipient) == (
            words,
            number.number,
            message.remote,
        )
        assert make.again(message).state is MessageState.SENDING
        step(outcomes=[taken(send)])

    one, other = (make.again(text) for text in texts)
    assert one.state is MessageState.SENT
    assert columns(one) == columns(other)
    first, second = make.every(Attempt)
    assert columns(first) == columns(second)
    assert [a.carrier_reference for a in (first, second)] == [m.carrier_reference for m in (one, other)]
    told = [
        {k: bool(v) if k in _TIMES else v for k, v in data.items() if k not in _OWN}
        for _kind, data in events_of(number)
    ]
    assert told[:2] == told[2:]
    assert [data["state"] for data in told[:2]] == ["sending", "sent"]


def test_times_in_events_are_in_utc(number, events_of):
    message = claimed(number)
    [(zone,)] = db.session.execute(text("SHOW TimeZone")).all()
    db.session.execute(text("SET TimeZone = 'Asia/Tokyo'"))
    db.session.commit()
    try:
        step(message)
    finally:
        db.session.execute(text(f"SET TimeZone = '{zone}'"))
        db.session.commit()
    [(_kind, data)] = events_of(number)
    assert data["created_at"] == make.again(message).created_at.isoformat().replace("+00:00", "Z")


UNUSUAL = {
    "number removed": {"release_requested_at": now()},
    "number ended": {"ended_at": now()},
    "not asked yet": {"opt_in": OptIn.PENDING},
    "declined": {"opt_in": OptIn.OPTED_OUT},
    "not active": {"state": AssignmentState.PROVISIONING},
}


@pytest.mark.parametrize("fields", UNUSUAL.values(), ids=UNUSUAL)
def test_a_number_that_may_not_send_is_left_to_the_general_way(number, fields):
    message = claimed(number)
    for name, value in fields.items():
        setattr(number, name, value)
    make.kept(number)

    assert begun(message) == []
    assert make.again(message).state is MessageState.CLAIMED
    assert step(message) == []
    assert make.again(message).state is MessageState.FAILED


@pytest.mark.parametrize(
    "fields", [{"text": None}, {"file_count": 1}, {"claim": "somebody else"}, {"state": MessageState.QUEUED}]
)
def test_a_text_that_is_not_ordinary_or_not_ours_stays_as_it_is(number, fields):
    message, ordinary = claimed(number, **fields), claimed(number, _OTHER)
    assert begun(message, ordinary) == [ordinary.id]
    assert make.again(message).state is not MessageState.SENDING
    assert [attempt.message_id for attempt in make.every(Attempt)] == [ordinary.id]


def test_a_stop_and_a_licence_that_ended_are_seen(number):
    stopped, free = claimed(number), claimed(number, _OTHER)
    make.stop(number)
    assert begun(stopped, free) == [free.id]

    [licence] = make.every(Licence)
    licence.expires_at = now() - dt.timedelta(seconds=1)
    make.kept(licence)
    last = claimed(number, "+12125550144")
    assert begun(last) == []


def test_a_media_stream_needs_no_licence():
    stream = make.stream()
    number = make.assignment(stream)
    message = claimed(number)
    assert message.user_id is None
    assert begun(message) == [message.id]


def limited(number: Assignment, most: int) -> None:
    [platform] = make.every(Platform, id=number.platform_id)
    platform.texts_per_minute = most
    make.kept(platform)


def test_a_number_whose_minute_is_full_is_left_to_the_general_way(number):
    """D14."""
    limited(number, 2)
    texts = [claimed(number, f"+1212555{3000 + n}") for n in range(3)]
    assert begun(*texts) == [texts[0].id, texts[1].id]
    assert begun(texts[2]) == []


def test_an_ordinary_text_does_not_take_the_place_of_one_that_is_not_and_was_first(number):
    """D14: a place in the minute goes by urgency, then by age."""
    limited(number, 1)
    with_file = claimed(number, text="A picture", file_count=1)
    ordinary = claimed(number, _OTHER)
    assert [send.message_id for send in step(with_file, ordinary)] == [with_file.id]
    assert make.again(ordinary).state is MessageState.QUEUED


def test_ordinary_and_unusual_texts_leave_with_one_step(number):
    ordinary, stopped, other = (claimed(number, f"+1212555{3000 + n}") for n in range(3))
    make.stop(number, stopped.remote)
    assert [send.message_id for send in step(ordinary, stopped, other)] == [ordinary.id, other.id]
    assert make.again(stopped).state is MessageState.FAILED


def test_what_somebody_settled_meanwhile_is_not_sent_again(number, events_of):
    """A receipt of an earlier attempt came while the carrier was asked."""
    message = claimed(number)
    [send] = step(message)
    row = make.again(message)
    row.state = MessageState.DELIVERED
    make.kept(row)

    step(outcomes=[taken(send)])

    assert make.again(message).state is MessageState.DELIVERED
    assert [attempt.outcome for attempt in make.every(Attempt)] == [AttemptOutcome.SENT]
    assert [data["state"] for _kind, data in events_of(number)] == ["sending"]


def test_the_second_attempt_has_the_next_ordinal(number):
    message = claimed(number, tries=1)
    make.attempt(message, "first", outcome=AttemptOutcome.NOT_SENT)
    step(message)
    assert [attempt.ordinal for attempt in make.every(Attempt)] == [1, 2]
    assert make.again(message).tries == 2


def test_what_the_database_refuses_is_told_as_such(number, monkeypatch):
    """The caller holds the outcomes then, and tries again."""
    message = claimed(number)
    broken = ordinary_sends._Statement("SELECT 1/0", {})
    monkeypatch.setattr(ordinary_sends, "_compiled", lambda: (broken, broken, broken))
    with pytest.raises(DBAPIError):
        step(message)
    assert make.again(message).state is MessageState.CLAIMED


def test_a_connection_that_dies_meanwhile_is_replaced(real_database, carrier, keys, monkeypatch):
    una = make.user()
    make.licence(una)
    number = make.assignment(una, on=make.platform(una, **keys), number="+12019920781")
    message = make.message(number, state=MessageState.QUEUED)
    real, firsts = ordinary_sends._Statement.ask, iter([True])

    def dying(self, driver, values):
        if next(firsts, False):
            with db.engine.connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": driver.info.backend_pid})
        return real(self, driver, values)

    monkeypatch.setattr(ordinary_sends._Statement, "ask", dying)
    delivery.drain()
    assert next(firsts, None) is None
    assert make.again(message).state is MessageState.SENT
    assert len(carrier.outbox()) == 1
