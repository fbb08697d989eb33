"""What somebody tries who wants in, or wants somebody else to end up elsewhere."""

from __future__ import annotations

import datetime as dt
import inspect
import re
from urllib.parse import quote

import pyotp
import pytest

from app.clock import now
from app.errors import NotFound
from app.models import AuditEntry, Notice, OneTimeLink
from app.services.accounts import one_time_links, portal_users, users
from app.services.accounts.portal_users import PortalUserWish
from app.services.accounts.users import UserWish
from app.services.audit.record import Action
from app.vocabulary import LinkPurpose, Role
from tests import make
from tests.web.browsing import alerts

SECRET = pyotp.random_base32()


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "/\\evil.example", "/\t/evil.example", "/\n/evil.example", "/\r\n/evil.example"],
)
def test_signing_in_never_leads_to_a_strangers_site(browser, elsewhere):
    ada = make.operator()
    answer = browser().post(
        f"/sign-in?next={quote(elsewhere)}", {"email": ada.email, "password": make.PASSWORD}
    )
    assert (answer.status_code, answer.location) == (303, "/system/providers/")


def test_blanks_around_an_address_are_no_fresh_tries_for_it(browser, limited):
    ada, stranger = make.operator(), browser()
    for number in range(12):
        answer = stranger.post(
            "/sign-in",
            {"email": " " * number + ada.email, "password": "wrong"},
            environ_base={"REMOTE_ADDR": f"10.0.0.{number}"},
        )
    assert answer.status_code == 429


def test_blanks_around_a_user_id_are_no_fresh_tries_for_it(client, limited):
    una, stranger = make.user(), client()
    for number in range(12):
        answer = stranger.post(
            "session",
            {"user_id": " " * number + una.broadworks_id, "password": "wrong"},
            environ_base={"REMOTE_ADDR": f"10.0.1.{number}"},
        )
    assert answer.status_code == 429


@pytest.mark.parametrize("body", [b"[" * 60_000, b'{"a":' * 10_000, b'{"user_id":"\\ud800","password":"x"}'])
def test_a_sign_in_that_is_no_json_is_told_so(client, limited, body):
    answer = client().call("POST", "session", data=body, content_type="application/json")
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"


def test_a_sign_in_that_is_too_long_is_not_read(client, limited):
    answer = client().call("POST", "session", data=b"a" * 100_000, content_type="application/json")
    assert answer.status_code == 413


def test_an_invitation_sent_to_a_wrong_address_dies_when_the_address_is_corrected(db):
    node = make.provider()
    person = make.portal_user(node, accepted_at=None, password_hash=None)
    token = one_time_links._issue(LinkPurpose.INVITATION, portal_user_id=person.id)
    db.session.commit()

    wish = PortalUserWish(name=person.name, email="right@example.com")
    portal_users.change(make.admin_of(None), make.at(node), person.id, wish, seen=1)

    with pytest.raises(NotFound):
        one_time_links.opened(token, LinkPurpose.INVITATION)


def test_a_client_password_link_dies_with_the_address_it_went_to(db):
    una = make.user(email="wrong@example.com")
    token = one_time_links._issue(LinkPurpose.CLIENT_PASSWORD, user_id=una.id)
    db.session.commit()

    wish = UserWish(una.broadworks_id, una.name, email="right@example.com")
    users.change(make.admin_of(None), make.at(una), wish, seen=1)

    with pytest.raises(NotFound):
        one_time_links.opened(token, LinkPurpose.CLIENT_PASSWORD)


# --- sessions ----------------------------------------------------------------------------------------


def enter(browser, email, password=make.PASSWORD, query="", **more):
    return browser.post(f"/sign-in{query}", {"email": email, "password": password}, **more)


def cookie_of(browser):
    return browser._client.get_cookie("portal_session").value


def test_a_cookie_copied_before_signing_out_is_dead_afterwards(browser):
    ada, own, thief = make.operator(), browser(), browser()
    enter(own, ada.email)
    thief._client.set_cookie("portal_session", cookie_of(own))
    assert thief.get("/system/providers/").status_code == 200
    assert own.post("/sign-out").status_code == 303
    assert thief.get("/system/providers/").status_code == 302


def test_signing_in_begins_a_session_that_nobody_can_have_prepared(browser):
    """Neither the token of the session nor the one against forged requests is the one from before."""
    mallory, ada, own = make.operator(), make.operator(), browser()
    enter(own, mallory.email)
    with own._client.session_transaction() as planted:
        before = dict(planted)
    own.post("/sign-out")
    with own._client.session_transaction() as session:
        session.update(before)
    own.get("/sign-in")
    enter(own, ada.email)
    with own._client.session_transaction() as session:
        assert session.get("csrf_token") != before.get("csrf_token") or "csrf_token" not in session
        assert session["_user_id"] != before.get("_user_id")


def test_only_a_digest_of_the_cookies_token_is_kept(browser, db):
    ada, own = make.operator(), browser()
    enter(own, ada.email)
    with own._client.session_transaction() as session:
        token = session["_user_id"]
    rows = db.session.connection().exec_driver_sql("SELECT * FROM portal_sessions").all()
    assert rows
    assert token not in str(rows)


def test_a_role_that_is_taken_away_is_gone_with_the_next_request(browser):
    node = make.provider()
    ada = make.portal_user(node)
    own = browser(ada)
    assert own.get(f"/provider-{node.id}/portal-users/new").status_code == 200
    wish = PortalUserWish(name=ada.name, email=ada.email, role=Role.READ_ONLY)
    change(node, ada, wish)
    assert own.get(f"/provider-{node.id}/portal-users/new").status_code == 302


def change(node, person, wish):
    seen = {"seen": make.again(person).revision}
    known = inspect.signature(portal_users.change).parameters
    more = {name: value for name, value in seen.items() if name in known}
    return portal_users.change(make.admin_of(None), make.at(node), person.id, wish, **more)


# --- the second step ---------------------------------------------------------------------------------


def with_second_factor(**fields):
    return make.operator(totp_secret=SECRET, totp_confirmed_at=now(), **fields)


def right_code():
    return pyotp.TOTP(SECRET).at(now())


def test_the_first_step_alone_opens_nothing(browser):
    ada, own = with_second_factor(), browser()
    answer = enter(own, ada.email)
    assert (answer.status_code, answer.location) == (303, "/sign-in/code")
    for path in ("/", "/system/providers/", "/account/", "/account/second-factor"):
        assert "/sign-in" in own.get(path).location
    assert own.post("/sign-in/code", {"code": right_code()}).status_code == 303
    assert own.get("/account/").status_code == 200


def test_the_second_step_cannot_come_first(browser):
    with_second_factor()
    own = browser()
    for answer in (own.get("/sign-in/code"), own.post("/sign-in/code", {"code": right_code()})):
        assert (answer.status_code, answer.location) == (303, "/sign-in")


def test_a_code_that_was_seen_once_is_worth_nothing(browser):
    ada, own, thief = with_second_factor(), browser(), browser()
    code = right_code()
    for one in (own, thief):
        enter(one, ada.email)
    assert own.post("/sign-in/code", {"code": code}).status_code == 303
    assert own.get("/account/").status_code == 200
    answer = thief.post("/sign-in/code", {"code": code})
    assert answer.status_code == 422
    assert "This code is wrong, or was used already." in answer.text


def test_the_wrong_password_looks_the_same_with_and_without_a_second_factor(browser):
    ada, bob = with_second_factor(), make.operator()
    answers = [enter(browser(), one.email, "wrong password") for one in (ada, bob)]
    assert {answer.status_code for answer in answers} == {422}
    assert len({answer.text.replace(ada.email, "").replace(bob.email, "") for answer in answers}) <= 2
    assert all("The e-mail address or the password is wrong." in answer.text for answer in answers)


@pytest.mark.parametrize("elsewhere", ["//evil.example", "/\\evil.example", "https://evil.example/"])
def test_the_second_step_never_leads_to_a_strangers_site(browser, elsewhere):
    ada, own = with_second_factor(), browser()
    answer = enter(own, ada.email, query=f"?next={quote(elsewhere)}")
    assert answer.location == "/sign-in/code"
    answer = own.post(f"/sign-in/code?next={quote(elsewhere)}", {"code": right_code()})
    assert (answer.status_code, answer.location) == (303, "/system/providers/")


def test_the_page_that_was_asked_for_survives_both_steps(browser):
    ada, own = with_second_factor(), browser()
    answer = enter(own, ada.email, query="?next=%2Fsystem%2Fhistory%2F")
    answer = own.post(answer.location, {"code": right_code()})
    assert answer.location == "/system/history/"


def test_every_new_form_needs_the_token(browser):
    ada, own = with_second_factor(), browser()
    enter(own, ada.email)
    for path, typed in (
        ("/sign-in/code", {"code": right_code()}),
        ("/forgot-password", {"email": ada.email}),
    ):
        assert own.post(path, typed, token=False).status_code == 400
    assert make.every(Notice) == []


# --- locks and resets tell nobody who has an account ---------------------------------------------------


def test_an_unknown_address_is_locked_with_the_same_words_at_the_same_try(browser):
    ada = make.operator()
    pages = {}
    for address in (ada.email, "nobody@example.com"):
        own = browser()
        answers = [enter(own, address, "wrong password") for _ in range(12)]
        pages[address] = [(a.status_code, alerts(a)) for a in answers]
    assert pages[ada.email] == pages["nobody@example.com"]
    assert "locked for 15 minutes" in pages[ada.email][9][1]
    assert "locked" not in pages[ada.email][8][1]


def test_a_forgotten_password_is_answered_alike_and_mailed_to_whom_it_belongs(browser):
    ada = make.operator()
    make.operator(email="off@example.com", is_enabled=False)
    make.operator(email="new@example.com", accepted_at=None)
    addresses = (f" {ada.email.upper()} ", "off@example.com", "new@example.com", "nobody@example.com")
    answers = [browser().post("/forgot-password", {"email": one}) for one in addresses]
    assert {(one.status_code, one.location) for one in answers} == {(303, "/forgot-password-sent")}
    assert [mail.recipient for mail in make.every(Notice)] == [ada.email]


def reset_link(browser, address):
    browser().post("/forgot-password", {"email": address})
    [path] = re.findall(r"(/reset-password/\S+)", make.every(Notice)[-1].body)
    return path


def test_a_reset_works_once_for_an_hour_ends_all_sessions_and_still_asks_for_the_code(browser):
    ada = with_second_factor()
    signed_in, path = browser(ada), reset_link(browser, ada.email)
    [link] = make.every(OneTimeLink)
    assert link.expires_at - now() < dt.timedelta(hours=1, seconds=1)
    typed = {"password": "a new long password", "again": "a new long password"}
    assert browser().get(path).status_code == 200
    assert signed_in.get("/account/").status_code == 200
    assert browser().post(path, typed).status_code == 303
    assert signed_in.get("/account/").status_code == 302
    assert browser().post(path, typed).status_code == 404
    own = browser()
    assert enter(own, ada.email, "a new long password").location == "/sign-in/code"
    assert enter(browser(), ada.email).status_code == 422
    assert [line.action for line in make.every(AuditEntry)] == [
        Action.PASSWORD_LINK_SENT,
        Action.PASSWORD_RESET,
    ]


def test_a_reset_link_opens_no_other_door_and_is_too_old_after_an_hour(browser):
    ada = make.operator()
    path = reset_link(browser, ada.email)
    typed = {"password": "a new long password", "again": "a new long password"}
    for door in ("welcome", "client-password"):
        assert browser().post(path.replace("reset-password", door), typed).status_code == 404
    [link] = make.every(OneTimeLink)
    link.expires_at = now()
    make.kept(link)
    assert browser().post(path, typed).status_code == 404


def test_nobody_is_flooded_with_links(browser, limited):
    ada = make.operator()
    elsewhere = ({"REMOTE_ADDR": f"10.0.2.{serial}"} for serial in range(9))
    answers = [
        browser().post("/forgot-password", {"email": " " * n + ada.email}, environ_base=place).status_code
        for n, place in enumerate(elsewhere)
    ]
    assert answers == [303] * 9  # as for an address that nobody has
    assert len(make.every(Notice)) == 3


def test_a_person_who_is_deleted_or_disabled_is_out_at_once(browser):
    node = make.provider()
    ada, bob = make.portal_user(node), make.portal_user(node)
    theirs = [browser(ada), browser(bob)]
    change(node, ada, PortalUserWish(name=ada.name, email=ada.email, is_enabled=False))
    portal_users.delete(make.admin_of(None), make.at(node), bob.id)
    assert [one.get("/account/").status_code for one in theirs] == [302, 302]
