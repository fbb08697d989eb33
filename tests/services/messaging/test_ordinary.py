"""The short way of an ordinary text: the same row as the general way, and nothing for what is special."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import inspect

from app.carriers.base import InboundMessage
from app.clock import now
from app.models import Assignment, Conversation, Message, Platform
from app.services.messaging import inbound, ordinary
from app.vocabulary import LicenceKind, OptIn
from tests import make

_OWN = {"id", "conversation_id", "carrier_reference", "created_at", "handed_over_at"}


@pytest.fixture
def number() -> Assignment:
    return make.assignment()


def text(to: Assignment, reference: str = "r1", **fields: Any) -> InboundMessage:
    given = {"sender": make.PHONE, "recipients": (to.number,), "text": "Are you there?"}
    return InboundMessage(reference, **{**given, **fields})


def version(to: Assignment) -> str:
    platform = make.every(Platform, id=to.platform_id)[0]
    found = ordinary.read_platform(platform.receiver_path_key)[1]
    assert found is not None
    return found


def is_settled(to: Assignment, message: InboundMessage | None = None) -> bool:
    return ordinary.settle(to.platform_id, version(to), message or text(to))


@pytest.mark.parametrize("words", ["Are you there?", "“Smart” quotes", "a" * 161, "", "100 % of {it}"])
def test_both_ways_write_the_same_row_and_say_the_same(number, events, words):
    assert is_settled(number, text(number, "short", text=words))
    inbound.settle(number.platform_id, text(number, "general", text=words), {})

    one, other = make.every(Message)
    columns = {column.key for column in inspect(Message).columns} - _OWN
    assert {name: getattr(one, name) for name in columns} == {name: getattr(other, name) for name in columns}
    assert one.handed_over_at == one.created_at
    assert len(make.every(Conversation)) == 1
    told = [
        {k: v for k, v in data.items() if k not in {"id", "created_at"}}
        for _kind, data in _told(number, events)
    ]
    assert told[0] == told[1]


def _told(number: Assignment, events: Any) -> Any:
    return events(type("User", (), {"id": number.user_id}))


def test_the_conversation_is_one_and_becomes_younger(number):
    old = make.conversation(number)
    old.last_message_at = now() - dt.timedelta(days=3)
    make.kept(old)
    assert is_settled(number)
    [conversation] = make.every(Conversation)
    assert make.again(conversation).last_message_at > now() - dt.timedelta(minutes=1)


@pytest.mark.parametrize(
    "fields",
    [
        {"media_urls": ("https://carrier.example/1.png",)},
        {"recipients": ("+12019920001", "+12019920002")},
        {"recipients": ()},
        {"text": " stop "},
        {"text": "Yes"},
        {"recipients": ("+12019929999",)},
        {"recipients": ("A name as long as it gets",)},
    ],
    ids=["a picture", "a group", "nobody", "stop", "yes", "a stranger's number", "a name"],
)
def test_what_is_special_is_left_to_the_general_way(number, fields):
    assert not is_settled(number, text(number, **fields))
    assert make.every(Message) == make.every(Conversation) == []


@pytest.mark.parametrize(
    "change",
    [
        {"opt_in": OptIn.PENDING},
        {"opt_in": OptIn.OPTED_OUT},
        {"release_requested_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
    ],
    ids=lambda change: str(next(iter(change.values()))),
)
def test_so_is_whoever_must_not_have_it_now(number, change):
    for name, value in change.items():
        setattr(number, name, value)
    make.kept(number)
    assert not is_settled(number)
    assert make.every(Message) == make.every(Conversation) == []


def test_so_are_a_block_a_missing_licence_and_a_media_stream(number):
    make.block(number)
    una = make.user()
    make.licence(una, kind=LicenceKind.UNTIL, expires_at=now() - dt.timedelta(seconds=1))
    unlicensed, streamed = make.assignment(una), make.assignment(make.stream())
    assert [is_settled(one, text(one)) for one in (number, unlicensed, streamed)] == [False] * 3
    assert make.every(Message) == []


def test_a_repetition_is_left_to_the_general_way_which_knows_it(number):
    assert is_settled(number)
    assert not is_settled(number)
    assert len(make.every(Message)) == 1


@pytest.mark.parametrize("field", ["outbound_api_key", "receiver_header_key", "key_version", "deleted_at"])
def test_a_platform_that_was_written_since_its_keys_were_read_settles_nothing(number, field):
    before = version(number)
    platform = make.every(Platform, id=number.platform_id)[0]
    setattr(platform, field, {"key_version": 2, "deleted_at": now()}.get(field, "another key"))
    make.kept(platform)
    assert not ordinary.settle(number.platform_id, before, text(number))
    assert make.every(Message) == []


def test_a_number_of_another_platform_is_none_of_this_one(number):
    theirs = make.assignment()
    message = text(theirs)
    assert not ordinary.settle(number.platform_id, version(number), message)
