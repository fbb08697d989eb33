"""Strangers lock out strangers: a browser with which somebody signed in before is counted apart."""

from __future__ import annotations

import datetime as dt
import re

import pyotp
import pytest

from app.clock import now
from app.models import AuditEntry, KnownDevice, Notice, PortalSession
from app.services.accounts import known_devices, portal_sessions, portal_users
from app.services.accounts.one_time_links import may_mail_again
from app.services.audit.record import Action
from tests import make
from tests.make.people import password_hash
from tests.web.browsing import Browser, UnityClient, WebClient, alerts

WRONG = "not the password"
NEW = "a new long password"


def come_in(browser, person, password=make.PASSWORD, **more):
    return browser.post("/sign-in", {"email": person.email, "password": password}, **more)


def known(app, person):
    """A browser with which this person signed in before, and signed out again."""
    browser = Browser(app)
    assert come_in(browser, person).status_code == 303
    assert browser.post("/sign-out").status_code == 303
    return browser


def guess(app, person, times=10):
    """Strangers, each from an address of their own."""
    for n in range(times):
        come_in(Browser(app), person, WRONG, environ_base={"REMOTE_ADDR": f"198.51.100.{n}"})


@pytest.fixture
def ada(db):
    return make.portal_user(make.provider())


def test_ten_strangers_lock_out_strangers_and_not_the_owner(app, ada):
    own = known(app, ada)
    guess(app, ada, 12)
    elsewhere = {"REMOTE_ADDR": "203.0.113.5"}
    assert come_in(Browser(app), ada, environ_base=elsewhere).status_code == 422
    assert come_in(own, ada).status_code == 303
    assert make.again(ada).locked_until is not None  # still for strangers


def test_the_owner_behind_the_address_of_a_stranger_gets_in(app, ada, limited):
    own = known(app, ada)
    for _ in range(11):
        answer = come_in(Browser(app), make.portal_user(), WRONG)
    assert answer.status_code == 429
    assert come_in(own, ada).status_code == 303


def test_the_owners_browser_has_an_end_of_its_own_and_strangers_keep_theirs(app, ada):
    own = known(app, ada)
    for _ in range(10):
        answer = come_in(own, ada, WRONG)
    assert "locked for 15 minutes" in alerts(answer)
    assert "locked for 15 minutes" in alerts(come_in(own, ada))
    assert come_in(Browser(app), ada).status_code == 303
    assert Action.DEVICE_LOCKED in [line.action for line in make.every(AuditEntry)]
    [device] = make.every(KnownDevice, locked_until=None)
    shut = next(row for row in make.every(KnownDevice) if row.id != device.id)
    shut.locked_until = now() - dt.timedelta(seconds=1)
    make.kept(shut)
    assert come_in(own, ada).status_code == 303


def test_the_owners_browser_cannot_guess_at_others(app, ada):
    own, bob = known(app, ada), make.portal_user()
    for _ in range(10):
        come_in(own, bob, WRONG)
    assert make.again(bob).locked_until is not None
    assert come_in(own, bob).status_code == 422


@pytest.mark.parametrize("cookie", ["", "made-up", "x" * 3000, ".".join(["a"] * 50), "\u00e9"])
def test_a_made_up_cookie_is_a_strangers(app, ada, cookie):
    guess(app, ada)
    forged = Browser(app)
    forged._client.set_cookie("known_device", cookie)
    assert "locked for 15 minutes" in alerts(come_in(forged, ada))


def test_the_cookie_is_not_for_scripts_lasts_90_days_and_its_token_is_not_in_the_database(app, ada, db):
    browser = Browser(app)
    cookies = come_in(browser, ada).headers.getlist("Set-Cookie")
    [cookie] = [one for one in cookies if one.startswith("known_device=")]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Lax", f"Max-Age={90 * 86400}"))
    token = re.match(r"known_device=([^;]+)", cookie)[1]
    rows = db.session.connection().exec_driver_sql("SELECT * FROM known_devices").all()
    assert token not in str(rows)
    [row] = make.every(KnownDevice)
    row.expires_at = now() - dt.timedelta(seconds=1)
    make.kept(row)
    guess(app, ada)
    assert come_in(browser, ada).status_code == 422
    known_devices.forget_old()
    assert make.every(KnownDevice) == []


def by_new_password(app, ada, own):
    elsewhere = Browser(app, ada)
    typed = {"old": make.PASSWORD, "password": NEW, "again": NEW}
    assert elsewhere.post("/account/password", typed).status_code == 303


def by_ending_others(app, ada, own):
    come_in(own, ada)
    assert Browser(app, ada).post("/account/sessions/end-others").status_code == 303


def by_ending_this_one(app, ada, own):
    come_in(own, ada)
    [session] = [row for row in make.every(PortalSession) if row.ended_at is None]
    assert Browser(app, ada).post(f"/account/sessions/{session.id}/end").status_code == 303


def by_disabling(app, ada, own):
    actor, place = make.admin_of(None), make.at(ada)
    portal_users.set_enabled(actor, place, ada.id, is_enabled=False)
    portal_users.set_enabled(actor, place, ada.id, is_enabled=True)


@pytest.mark.parametrize("ends", [by_new_password, by_ending_others, by_ending_this_one, by_disabling])
def test_a_browser_is_a_stranger_again(app, ada, ends):
    own = known(app, ada)
    ends(app, ada, own)
    guess(app, ada)
    assert "locked for 15 minutes" in alerts(come_in(own, ada, NEW))


def test_ending_others_keeps_this_browser(app, ada):
    own = known(app, ada)
    come_in(own, ada)
    Browser(app, ada)
    assert own.post("/account/sessions/end-others").status_code == 303
    own.post("/sign-out")
    guess(app, ada)
    assert come_in(own, ada).status_code == 303


def test_two_people_share_a_browser_and_each_is_known(app, ada):
    bob = make.portal_user()
    own = known(app, ada)
    come_in(own, bob)
    own.post("/sign-out")
    guess(app, ada)
    guess(app, bob)
    for person in (ada, bob):
        assert come_in(own, person).status_code == 303
        own.post("/sign-out")


def test_of_many_browsers_the_oldest_are_forgotten(app, ada):
    for _ in range(22):
        known_devices.remember((), portal_user_id=ada.id)
    assert len(make.every(KnownDevice)) == 20


def test_codes_are_counted_apart_too(app, ada):
    secret = pyotp.random_base32()
    own = known(app, ada)
    ada = make.again(ada)
    ada.totp_secret, ada.totp_confirmed_at = secret, now()
    make.kept(ada)
    guess(app, ada)
    come_in(own, ada)
    for n in range(9):
        assert "wrong" in alerts(own.post("/sign-in/code", {"code": f"{n:06}x"}))
    right = pyotp.TOTP(secret).at(now())
    assert own.post("/sign-in/code", {"code": right}).status_code == 303


def test_the_question_for_the_password_is_not_locked_by_strangers(app, ada):
    own = Browser(app)
    come_in(own, ada)
    guess(app, ada)
    typed = {"old": make.PASSWORD, "password": NEW, "again": NEW}
    assert own.post("/account/password", typed).status_code == 303


def link(person):
    return [
        re.findall(r"(/reset-password/\S+)", mail.body)[0]
        for mail in make.every(Notice)
        if mail.recipient == person.email and "/reset-password/" in (mail.body or "")
    ]


def ask(app, person, times, browser=None):
    return [
        (browser or Browser(app))
        .post("/forgot-password", {"email": person.email}, environ_base={"REMOTE_ADDR": f"192.0.2.{n}"})
        .status_code
        for n in range(times)
    ]


def test_strangers_do_not_use_up_the_owners_mails_nor_flood_the_mailbox(app, ada, limited):
    own = known(app, ada)
    assert ask(app, ada, 9) == [303] * 9
    assert len(link(ada)) == 3
    assert ask(app, ada, 4, own) == [303] * 3 + [429]
    assert len(link(ada)) == 6


def test_what_strangers_ask_for_spoils_no_link(app, ada):
    own = known(app, ada)
    ask(app, ada, 1, own)
    ask(app, ada, 9)
    first = link(ada)[0]
    assert Browser(app).post(first, {"password": NEW, "again": NEW}).status_code == 303
    assert {Browser(app).get(one).status_code for one in link(ada)} == {404}


def test_an_address_that_nobody_has_is_answered_alike(app, ada, limited):
    answers = [
        Browser(app)
        .post(
            "/forgot-password", {"email": "nobody@example.com"}, environ_base={"REMOTE_ADDR": f"192.0.2.{n}"}
        )
        .status_code
        for n in range(9)
    ]
    assert answers == ask(app, ada, 9)


def test_who_set_a_password_by_mail_is_not_locked_out_before_signing_in(app, ada):
    guess(app, ada)
    ask(app, ada, 1)
    browser = Browser(app)
    browser.post(link(ada)[0], {"password": NEW, "again": NEW})
    guess(app, ada, 12)
    assert come_in(browser, ada, NEW).status_code == 303


MINUTE = dt.timedelta(minutes=1)


@pytest.mark.parametrize(
    ("asked", "usable", "mailed"),
    [
        ([], [], True),
        ([1, 2], [59], True),
        ([1, 2, 3], [57], False),
        ([11, 12, 13], [47], True),
        (range(20, 200, 18), [20], False),
        (range(20, 200, 18), [14], True),
        (range(20, 200, 18), [], True),
        (range(1500, 1600), [20], True),
    ],
)
def test_a_mailbox_always_has_a_link_that_works_and_never_many_more(asked, usable, mailed):
    at = now()
    assert may_mail_again([at - m * MINUTE for m in asked], [at + m * MINUTE for m in usable], at) is mailed


@pytest.fixture
def una(db):
    una = make.user(
        broadworks_id="Una@example.com", client_password_hash=password_hash(), email="una@example.com"
    )
    make.licence(una)
    return una


def as_client(browser, password=make.PASSWORD, **more):
    typed = {"user_id": "una@EXAMPLE.com", "password": password}
    return browser.post("/unity/sign-in", typed, **more).status_code


def guess_at_client(app, times=12):
    for n in range(times):
        as_client(WebClient(app), WRONG, environ_base={"REMOTE_ADDR": f"198.51.100.{n}"})


def test_strangers_do_not_lock_a_user_out_of_the_web_client(app, una, limited):
    own = WebClient(app)
    assert as_client(own) == 303
    own.post("/unity/sign-out")
    guess_at_client(app)
    assert as_client(WebClient(app), environ_base={"REMOTE_ADDR": "203.0.113.5"}) == 429
    assert as_client(own) == 303


def test_the_users_own_browser_has_an_end_too(app, una, limited):
    own = WebClient(app)
    as_client(own)
    own.post("/unity/sign-out")
    assert [as_client(own, WRONG) for _ in range(11)] == [422] * 10 + [429]


def test_a_client_is_known_by_the_token_it_was_given(app, una, limited):
    def sign_in(password=make.PASSWORD, **more):
        where = {"REMOTE_ADDR": "203.0.113.7"}
        return UnityClient(app).post(
            "session", {"user_id": "una@example.com", "password": password, **more}, environ_base=where
        )

    token = sign_in().json["device_token"]
    guess_at_client(app)
    assert sign_in().status_code == 429
    assert sign_in(device_token="made-up").status_code == 429
    answer = sign_in(device_token=token)
    assert (answer.status_code, answer.json["device_token"]) == (201, token)
    assert [sign_in(WRONG, device_token=token).status_code for _ in range(10)][-1] == 429


def test_strangers_do_not_use_up_a_users_mails(app, una, limited):
    own = WebClient(app)
    as_client(own)
    own.post("/unity/sign-out")

    def asks(browser, times):
        typed = {"user_id": "una@example.com"}
        return [
            browser().post(
                "/unity/forgotten-password", typed, environ_base={"REMOTE_ADDR": f"192.0.2.{n}"}
            ).status_code
            for n in range(times)
        ]  # fmt: skip

    assert asks(lambda: WebClient(app), 9) == [303] * 9
    assert asks(lambda: own, 1) == [303]
    assert len([mail for mail in make.every(Notice) if mail.recipient == una.email]) == 4


def test_a_token_of_the_portal_is_none_of_the_client_and_the_other_way_round(app, ada, una, limited):
    first = known_devices.remember((), portal_user_id=ada.id)
    second = known_devices.remember((), user_id=una.id)
    assert known_devices.find([first.token], user_id=una.id) is None
    assert known_devices.find([second.token], portal_user_id=ada.id) is None
    assert known_devices.id_for_address((first.token,), ada.email) == first.id
    assert known_devices.id_for_user((second.token,), una.broadworks_key) == second.id
    assert portal_sessions.signed_in(first.token) is None
