"""Client sessions that are long over leave the table; when a user was last seen stays known."""

import datetime as dt

import pytest

from app.clock import now
from app.models import ClientSession
from app.services.accounts import client_tokens, presence
from tests import make


@pytest.fixture
def una():
    return make.user()


def session(user, *, browser=False, **ago):
    """One of this user; each of `ago` is a moment of it, that many days back."""
    before = {row.id for row in make.every(ClientSession)}
    (client_tokens._start_with_browser if browser else client_tokens._start)(user.id)
    [row] = [one for one in make.every(ClientSession) if one.id not in before]
    for name, days in ago.items():
        setattr(row, name, now() - dt.timedelta(days=days))
    return make.kept(row).id


def left():
    client_tokens.forget_old()
    return [row.id for row in make.every(ClientSession)]


@pytest.mark.parametrize(
    ("browser", "over", "young"),
    [
        (False, {"ended_at": 31}, {"ended_at": 29}),
        (False, {"refresh_expires_at": 31, "expires_at": 60}, {"refresh_expires_at": 29, "expires_at": 60}),
        (True, {"expires_at": 31}, {"expires_at": 29}),
    ],
    ids=["ended", "too old to refresh", "of a browser"],
)
def test_thirty_days_after_its_end_a_session_goes(una, browser, over, young):
    session(una, browser=browser, **over)
    kept = [session(una, browser=browser, **young), session(una, browser=browser)]
    assert left() == kept


def test_a_session_that_can_be_refreshed_stays_however_old_it_is(una):
    """Its token lives for an hour, the session for as long as somebody renews it."""
    row = session(una, created_at=400, expires_at=35, refresh_expires_at=-1)
    assert left() == [row]


def test_when_somebody_was_last_seen_stays_known(una):
    for days in (80, 70):
        session(una, ended_at=40, last_seen_at=days)
    last = session(una, ended_at=60, last_seen_at=61)
    session(make.user(), ended_at=60, last_seen_at=50)
    seen = presence.of_user(make.at(una))
    assert last in left()
    assert len(left()) == 2
    assert presence.of_user(make.at(una)) == seen


def test_they_go_some_hundred_at_a_time(una, monkeypatch):
    monkeypatch.setattr(client_tokens, "_FORGOTTEN_AT_ONCE", 2)
    for _ in range(5):
        session(una, ended_at=31)
    assert [len(left()) for _ in range(3)] == [3, 1, 0]
