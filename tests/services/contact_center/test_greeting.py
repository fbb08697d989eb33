"""The initial reply within business hours (D20): to whom, when, and how often."""

from __future__ import annotations

import datetime as dt

import pytest

from app.carriers.base import InboundMessage
from app.clock import now
from app.models import Message, Provider
from app.services.messaging import erasure
from app.services.messaging.inbound.process import process
from app.vocabulary import AssignmentState, Direction, MessageState
from tests import make

ALWAYS = [{"day": day, "opens": "00:00", "closes": "24:00"} for day in range(7)]


@pytest.fixture
def number(place):
    """Of a stream in whose office somebody always is."""
    profile = make.in_office_profile(place.group, weekly_hours=ALWAYS)
    stream = make.stream(place.queue, in_office_profile_id=profile.id, reply_in_hours="Hello!")
    return make.assignment(stream, on=place.platform)


def greetings():
    return [text for text in make.every(Message) if text.direction is Direction.OUTBOUND]


def test_whoever_begins_a_conversation_is_greeted_once(number, arrive, queued):
    for _ in range(3):
        arrive(number)

    [text] = greetings()
    assert (text.remote, text.text, text.state) == (make.PHONE, "Hello!", MessageState.QUEUED)
    assert ("send_outbox", {}) in queued()
    arrive(number, "+12125550101")
    assert [text.remote for text in greetings()] == [make.PHONE, "+12125550101"]


@pytest.mark.parametrize("sender", ["88222", "PHARMACY"])
def test_short_codes_and_names_are_not_greeted(number, arrive, sender):
    arrive(number, sender)

    assert not greetings()


@pytest.mark.parametrize(
    "text", ["STOP", " stop ", "Unsubscribe", "HELP", "“Stop!”", "stop all", "STOP\u200b", "Alto."]
)
def test_who_wants_no_texts_is_not_greeted(number, arrive, text):
    """They get the answer to their word instead (D11), and no greeting later while a STOP stands."""
    [provider] = make.every(Provider, id=number.provider_id)
    provider.opt_out_words = ["ALTO"]
    make.kept(provider)
    arrive(number, text=text)
    arrive(number)

    assert [sent.text for sent in greetings() if sent.text == "Hello!"] == []
    assert len(greetings()) == 1


@pytest.mark.parametrize(
    ("zone", "is_greeted"), [("America/New_York", True), ("UTC", False), ("Asia/Tokyo", False)]
)
def test_hours_count_in_the_timezone_of_the_stream(place, arrive, monkeypatch, zone, is_greeted):
    """Noon in New York is evening in London; the profile's own timezone does not count."""
    monkeypatch.setattr(
        "app.services.messaging.greeting.now", lambda: dt.datetime(2026, 11, 23, 17, 30, tzinfo=dt.UTC)
    )
    profile = make.in_office_profile(place.group, timezone="UTC")
    stream = make.stream(place.queue, in_office_profile_id=profile.id, reply_in_hours="Hello!", timezone=zone)
    arrive(make.assignment(stream, on=place.platform))

    assert bool(greetings()) is is_greeted


@pytest.mark.parametrize("fields", [{"reply_in_hours": ""}, {"in_office_profile_id": None}])
def test_without_words_or_hours_nobody_is_greeted(number, arrive, fields):
    stream = make.every(type(make.stream()), id=number.stream_id)[0]
    for name, value in fields.items():
        setattr(stream, name, value)
    make.kept(stream)
    arrive(number)

    assert not greetings()


def test_a_blocked_person_and_a_number_that_is_not_active_get_none(place, number, arrive):
    make.block(number)
    arrive(number)
    waits = make.again(number)
    waits.state = AssignmentState.PROVISIONING
    make.kept(waits)
    arrive(number, "+12125550101")

    assert not greetings()
    assert [text.remote for text in make.every(Message)] == ["+12125550101"]


def test_erasing_the_messages_does_not_begin_anew_before_a_day_is_over(place, number, arrive):
    """Who was greeted is erased as well: nobody is, until a day later."""
    arrive(number)
    [first] = greetings()
    first.state = MessageState.DELIVERED
    make.kept(first)
    erasure.delete_saved(place.actor, place.scope, number.id)

    arrive(number)
    assert len(greetings()) == 1
    [first] = greetings()
    first.created_at = now() - dt.timedelta(hours=25)
    make.kept(first)
    arrive(number, "+12125550101")
    assert [text.remote for text in greetings()] == [None, "+12125550101"]


def test_a_retry_of_the_carrier_greets_nobody_again(number):
    message = InboundMessage("once", make.PHONE, (number.number,), "Hi")
    for _ in range(2):
        process(number.platform_id, message, {})

    assert len(greetings()) == 1


def test_a_users_number_greets_nobody(place, arrive):
    user = make.user(place.group)
    make.licence(user)
    arrive(make.assignment(user, on=place.platform))

    assert not greetings()
