"""Signing in with a Unity client leaves lines in the user's History Log, and no flood of them."""

from __future__ import annotations

import datetime as dt

import pytest

from app.clock import now
from app.models import AuditEntry
from app.services.accounts import client_tokens
from app.services.accounts.client_tokens import WrongClientSignIn
from app.services.accounts.known_devices import Device
from app.vocabulary import Product
from tests import make
from tests.make.people import password_hash
from tests.web.browsing import Browser, UnityClient, WebClient

DESK = Device("192.0.2.7", "Unity/9.1 (Windows NT 10.0)")


@pytest.fixture
def una(db):
    una = make.user(broadworks_id="Una@example.com", client_password_hash=password_hash())
    make.licence(una)
    return una


def lines(action=None):
    return [row for row in make.every(AuditEntry) if action is None or row.action == action]


def miss(device, times=1):
    for _ in range(times):
        with pytest.raises(WrongClientSignIn):
            client_tokens.sign_in("una@example.com", "wrong", device=device)


def test_a_sign_in_says_who_from_where_and_with_what(una):
    new = client_tokens.sign_in("una@EXAMPLE.com", make.PASSWORD, Product.AGENT, DESK)
    client_tokens.sign_out(new.identity, DESK)
    [came, went] = lines("Client signed in") + lines("Client signed out")
    assert (came.actor, came.target, came.user_id) == ("Una@example.com", "Una@example.com", una.id)
    assert came.change == {"address": DESK.address, "device": DESK.browser, "product": "agent"}
    assert went.change == {"address": DESK.address, "device": DESK.browser}


def test_a_wrong_password_is_said_and_one_of_nobody_is_not(una):
    miss(DESK)
    with pytest.raises(WrongClientSignIn):
        client_tokens.sign_in("nobody@example.com", "wrong", device=DESK)
    [line] = lines()
    assert (line.action, line.change["address"]) == ("Client sign-in refused", DESK.address)
    assert "wrong" not in str(line.change)


def test_the_same_again_within_the_hour_is_one_line_and_later_another(una):
    for _ in range(5):
        client_tokens.sign_in("una@example.com", make.PASSWORD, device=DESK)
    [line] = lines("Client signed in")
    line.at = now() - dt.timedelta(minutes=61)
    make.kept(line)
    client_tokens.sign_in("una@example.com", make.PASSWORD, device=DESK)
    assert len(lines("Client signed in")) == 2


def test_guessing_from_many_addresses_leaves_a_few_lines(una):
    for n in range(12):
        miss(Device(f"198.51.100.{n}", "x" * 5000))
    assert len(lines("Client sign-in refused")) == 5
    assert max(len(line.change["device"]) for line in lines()) == 200


def test_too_many_tries_are_said_once(app, una, limited):
    for n in range(14):
        body = {"user_id": "una@example.com", "password": "wrong"}
        UnityClient(app).post("session", body, environ_base={"REMOTE_ADDR": f"198.51.100.{n % 2}"})
    assert {line.change["address"] for line in lines("Client sign-in locked after wrong tries")} <= {
        "198.51.100.0",
        "198.51.100.1",
    }
    assert 1 <= len(lines("Client sign-in locked after wrong tries")) <= 2


def test_the_web_client_and_the_history_page_show_it(app, una):
    own = WebClient(app)
    mine = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"}
    typed = {"user_id": "una@example.com", "password": make.PASSWORD}
    assert own.post("/unity/sign-in", typed, headers=mine).status_code == 303
    own.post("/unity/sign-out", headers=mine)
    page = Browser(app, make.operator()).get(f"/{make.at(una)}/history/").text
    for words in ("Client signed in", "Client signed out", "127.0.0.1", "Firefox/140.0"):
        assert words in page
