"""A pair of tokens is renewed, once: what was used and is shown again ends the session (RFC 9700, 4.14.2)."""

import datetime as dt

import pytest

from app.clock import now
from app.models import AuditEntry, ClientSession
from app.services.accounts import client_tokens, presence
from app.services.accounts.client_tokens import CannotRefresh
from tests import make

ENDED = "Client signed out: its refresh token was used twice"


@pytest.fixture
def una(request):
    request.getfixturevalue("real_database" if "real_database" in request.fixturenames else "db")
    return make.user()


@pytest.fixture
def first(una):
    return client_tokens._start(una.id)


def session():
    [found] = make.every(ClientSession)
    return found


def later(**by):
    """As if this much time had gone by since the last refresh."""
    row, gone = session(), dt.timedelta(**by)
    for name in ("expires_at", "refresh_expires_at", "repeatable_until"):
        if getattr(row, name) is not None:
            setattr(row, name, getattr(row, name) - gone)
    make.kept(row)


def refused(refresh_token):
    with pytest.raises(CannotRefresh):
        client_tokens.refresh(refresh_token)
    return True


def is_over():
    return session().ended_at is not None


def test_a_token_lives_an_hour_and_what_refreshes_it_thirty_days(first):
    assert dt.timedelta(minutes=59) < first.expires_at - now() <= dt.timedelta(minutes=60)
    assert dt.timedelta(days=29, hours=23) < first.refresh_expires_at - now() <= dt.timedelta(days=30)
    later(minutes=61)
    assert client_tokens.signed_in(first.token) is None
    assert client_tokens.signed_in(client_tokens.refresh(first.refresh_token).token) is not None


def test_a_refresh_takes_the_place_of_both_tokens_and_counts_thirty_days_anew(una, first):
    later(days=29)
    second = client_tokens.refresh(first.refresh_token)
    assert {second.token, second.refresh_token}.isdisjoint({first.token, first.refresh_token})
    assert client_tokens.signed_in(first.token) is None
    assert client_tokens.signed_in(second.token).user_id == una.id
    assert second.refresh_expires_at - now() > dt.timedelta(days=29, hours=23)
    later(days=29)
    third = client_tokens.refresh(second.refresh_token)
    assert client_tokens.signed_in(third.token) is not None


def test_after_thirty_days_without_a_refresh_nothing_gets_a_pair(first):
    later(days=30)
    assert refused(first.refresh_token)
    assert not is_over()


def test_who_did_not_get_the_answer_asks_again_and_gets_the_same_pair(first):
    second = client_tokens.refresh(first.refresh_token)
    later(seconds=59)
    again = client_tokens.refresh(first.refresh_token)
    assert (again.token, again.refresh_token) == (second.token, second.refresh_token)
    assert client_tokens.signed_in(again.token) is not None
    assert client_tokens.signed_in(client_tokens.refresh(again.refresh_token).token) is not None


def test_asking_again_does_not_prolong_the_minute(first):
    client_tokens.refresh(first.refresh_token)
    later(seconds=40)
    client_tokens.refresh(first.refresh_token)
    later(seconds=21)
    assert refused(first.refresh_token)
    assert is_over()


def test_shown_again_after_the_new_pair_was_used_it_ends_the_session(una, first):
    """Within the minute as well: whoever used the pair got the answer, so somebody else shows this token."""
    second = client_tokens.refresh(first.refresh_token)
    client_tokens.signed_in(second.token)
    assert refused(first.refresh_token)
    assert is_over()
    assert client_tokens.signed_in(second.token) is None
    assert refused(second.refresh_token)
    [line] = make.every(AuditEntry, action=ENDED)
    assert (line.actor, line.target) == ("system", una.broadworks_id)


def test_shown_again_after_the_minute_it_ends_the_session_though_nobody_used_the_pair(first):
    second = client_tokens.refresh(first.refresh_token)
    later(seconds=61)
    assert refused(first.refresh_token)
    assert is_over()
    assert refused(second.refresh_token)


def test_a_token_of_long_ago_ends_the_session_too(first):
    pair = first
    for _ in range(4):
        pair = client_tokens.refresh(pair.refresh_token)
    assert client_tokens.signed_in(pair.token) is not None
    assert refused(first.refresh_token)
    assert is_over()


def test_an_old_token_ends_its_own_session_and_no_other(una, first):
    other = client_tokens._start(una.id)
    client_tokens.signed_in(client_tokens.refresh(first.refresh_token).token)
    assert refused(first.refresh_token)
    assert client_tokens.signed_in(other.token) is not None


@pytest.mark.parametrize("token", ["x", ".", "a.b", "é", "x" * 200])
def test_what_is_no_token_gets_nothing_and_ends_nothing(first, token):
    assert refused(token)
    assert refused(first.token)
    assert client_tokens.signed_in(first.token) is not None
    assert client_tokens.signed_in(first.refresh_token) is None


def test_who_signed_out_or_has_a_new_password_gets_no_pair(una, first):
    client_tokens.end(session().id)
    assert refused(first.refresh_token)
    second = client_tokens._start(una.id)
    client_tokens.set_password(make.admin_of(una), make.at(una), una.id, make.PASSWORD)
    assert refused(second.refresh_token)
    assert make.every(AuditEntry, action=ENDED) == []


def test_a_browser_keeps_one_token_for_thirty_days(una):
    new = client_tokens._start_with_browser(una.id)
    assert new.expires_at - now() > dt.timedelta(days=29, hours=23)
    assert client_tokens.signed_in(new.token).user_id == una.id
    assert session().refresh_expires_at is None


def test_no_token_is_kept_as_it_is(first, db):
    second = client_tokens.refresh(first.refresh_token)
    kept = str(db.session.connection().exec_driver_sql("SELECT * FROM client_sessions").all())
    for token in (first.token, first.refresh_token, second.token, second.refresh_token):
        assert not any(part in kept for part in token.split("."))


def test_an_open_stream_outlives_its_token_but_not_its_session(first):
    stream = presence._Stream(session().id)
    later(days=29)
    presence.ROLL.look([stream])
    assert stream.is_alive
    later(days=1)
    presence.ROLL.look([stream])
    assert not stream.is_alive


def test_two_refreshes_at_once_get_one_pair(real_database, una, at_once):
    first = client_tokens._start(una.id)
    pairs = at_once(*[lambda: client_tokens.refresh(first.refresh_token)] * 4)
    assert len({(pair.token, pair.refresh_token) for pair in pairs}) == 1
    assert client_tokens.signed_in(pairs[0].token) is not None
    assert not is_over()


def test_a_closed_user_gets_no_pair_and_its_stream_ends(una, first):
    """A sign-in that was under way while the place was closed left a session."""
    una.closed_at = now()
    make.kept(una)
    assert refused(first.refresh_token)
    assert client_tokens.signed_in(first.token) is None
    with presence.listening(session().id) as stream:
        assert not stream.is_alive
