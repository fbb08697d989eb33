"""Which Unity clients are there, and for how long their open streams may go on."""

import datetime as dt

import pytest

from app.clock import now
from app.models import ClientSession
from app.services.accounts import client_tokens, presence
from tests import make


@pytest.fixture
def una():
    return make.user()


@pytest.fixture
def session(una):
    client_tokens._start(una.id)
    return make.every(ClientSession)[0]


def seen(session, **ago):
    session.last_seen_at = now() - dt.timedelta(**ago)
    return make.kept(session)


def test_a_user_who_never_signed_in_was_never_seen(una):
    assert presence.of_user(make.at(una)) == presence.Seen(None, is_here=False)


def test_who_asks_for_something_is_there_and_written_down_once_a_minute(una, db):
    token = client_tokens._start(una.id).token
    client_tokens.signed_in(token)
    [session] = make.every(ClientSession)
    first = session.last_seen_at
    assert presence.of_user(make.at(una)) == presence.Seen(first, is_here=True)

    client_tokens.signed_in(token)
    assert make.again(session).last_seen_at == first

    seen(session, seconds=61)
    client_tokens.signed_in(token)
    assert make.again(session).last_seen_at >= first


def test_who_was_seen_some_minutes_ago_is_not_there(una, session):
    seen(session, minutes=2)
    assert not presence.of_user(make.at(una)).is_here


def test_who_signed_out_is_not_there_though_just_seen(una, session):
    seen(session, seconds=1)
    client_tokens.end(session.id)
    found = presence.of_user(make.at(una))
    assert (found.at is not None, found.is_here) == (True, False)


def test_the_roll_tells_ended_and_outdated_sessions_from_those_that_count(una, session):
    client_tokens._start(una.id)
    client_tokens._start(una.id)
    _, ended, outdated = make.every(ClientSession)
    client_tokens.end(ended.id)
    outdated.expires_at = outdated.refresh_expires_at = now() - dt.timedelta(seconds=1)
    make.kept(outdated)
    streams = [presence._Stream(one) for one in (session.id, ended.id, outdated.id)]

    presence.ROLL.look(streams)

    assert [one.is_alive for one in streams] == [True, False, False]
    assert [one.last_seen_at is not None for one in make.every(ClientSession)] == [True, False, False]


def test_the_neighbour_sees_nobody(session):
    seen(session, seconds=1)
    assert presence.of_user(make.at(make.user())) == presence.Seen(None, is_here=False)
