"""Signing in and out in a browser, one-time links, and what every answer carries."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from app.models import Notice
from app.services.accounts import one_time_links, portal_users, sign_in
from tests import make
from tests.web.browsing import Browser, alerts, fields_of, soup

NEW = "a new long password"


def enter(browser, email, password=make.PASSWORD, query="", **more):
    return browser.post(f"/sign-in{query}", {"email": email, "password": password}, **more)


def test_the_start_leads_to_the_form_and_the_form_to_the_own_node(browser):
    north = make.reseller()
    make.portal_user(north, email="ada@example.com")
    ada = browser()
    assert ada.get("/").headers["Location"].startswith("/sign-in")
    answer = enter(ada, " ADA@example.com ")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/reseller-{north.id}/details/")
    assert ada.get("/").headers["Location"] == f"/reseller-{north.id}/details/"
    assert ada.get("/sign-in").status_code == 302


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ada@example.com", "not-the-password"),
        ("nobody@example.com", make.PASSWORD),
        ("ada@example.com", "x" * 5000),
    ],
)
def test_a_wrong_sign_in_is_422_and_reads_the_same_and_keeps_the_address_only(browser, email, password):
    make.portal_user(email="ada@example.com")
    answer = enter(browser(), email, password)
    assert answer.status_code == 422
    assert "The e-mail address or the password is wrong." in alerts(answer)
    assert fields_of(soup(answer), "/sign-in")["email"] == email
    assert password not in answer.text


@pytest.mark.parametrize(
    ("target", "followed"),
    [
        ("/system/numbers/?q=1", True),
        ("https://evil.example/", False),
        ("//evil.example/", False),
        ("/\\evil.example/", False),
        ("javascript:alert(1)", False),
        ("/\t/evil.example", False),
        ("/\n/evil.example", False),
        ("", False),
    ],
)
def test_signing_in_leads_back_to_the_page_that_was_asked_for_and_nowhere_else(browser, target, followed):
    make.operator(email="ada@example.com")
    answer = enter(browser(), "ada@example.com", query=f"?next={quote(target, safe='')}")
    assert answer.status_code == 303
    assert answer.headers["Location"] == (target if followed else "/system/providers/")


def test_signing_out_ends_the_session_and_needs_the_token(browser):
    ada = browser(make.operator())
    assert ada.post("/sign-out", token=False).status_code == 400
    assert ada.get("/system/providers/").status_code == 200
    assert ada.post("/sign-out").status_code == 303
    assert ada.get("/system/providers/").status_code == 302


def test_sign_in_needs_the_token_too(browser):
    make.operator(email="ada@example.com")
    assert enter(browser(), "ada@example.com", token=False).status_code == 400


def test_sign_in_is_tried_ten_times_a_minute_from_one_address_and_for_one_account(browser, limited):
    make.operator(email="ada@example.com")
    ada = browser()
    answers = [enter(ada, "ada@example.com", "wrong").status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]
    elsewhere = {"environ_base": {"REMOTE_ADDR": "192.0.2.9"}}
    assert enter(browser(), "ADA@example.com", **elsewhere).status_code == 429
    assert enter(browser(), "bob@example.com", **elsewhere).status_code == 422


def test_a_cookie_counts_only_while_the_account_may_sign_in(app):
    ada = make.operator()
    browser = Browser(app, ada)
    assert browser.get("/system/providers/").status_code == 200
    ada.is_enabled = False
    make.kept(ada)
    assert browser.get("/system/providers/").status_code == 302


def link_in_mail(kind):
    [path] = re.findall(rf"(/{kind}/\S+)", make.every(Notice)[-1].body)
    return path


def test_an_invitation_sets_a_password_by_a_form_and_once(browser):
    telco = make.provider()
    wish = portal_users.PortalUserWish(name="Ada", email="ada@example.com")
    portal_users.create(make.admin_of(telco), make.at(telco), wish)
    path = link_in_mail("welcome")
    ada = browser()
    for _ in range(2):
        assert "Ada" in ada.get(path).text
    assert ada.post(path, {"password": NEW, "again": "another"}).status_code == 422
    assert ada.post(path, {"password": "short", "again": "short"}).status_code == 422
    assert ada.post(path, {"password": NEW, "again": NEW}).status_code == 303
    assert enter(ada, "ada@example.com", NEW).status_code == 303
    for answer in (browser().get(path), browser().post(path, {"password": NEW, "again": NEW})):
        assert answer.status_code == 404
        assert "already used or is too old" in answer.text
        assert "ask an administrator to send the invitation again" in answer.text


@pytest.mark.parametrize(
    ("kind", "leads_to"),
    [
        ("reset-password", "/forgot-password"),
        ("welcome", "/forgot-password"),
        ("client-password", "/unity/forgotten-password"),
    ],
)
def test_a_link_that_no_longer_works_leads_to_a_new_one(browser, kind, leads_to):
    answer = browser().get(f"/{kind}/used")
    assert answer.status_code == 404
    page = soup(answer)
    assert page.h1.get_text() == "This link no longer works"
    assert page.main.find("a", class_="btn-primary")["href"] == leads_to
    assert browser().get(leads_to).status_code == 200


def test_a_client_password_link_does_not_open_the_other_door(browser):
    una = make.user(email="una@example.com")
    one_time_links.send_client_password_link(make.admin_of(una), make.at(una), una.id)
    path = link_in_mail("client-password")
    assert browser().get(path.replace("client-password", "welcome")).status_code == 404
    assert browser().post(path, {"password": NEW, "again": NEW}).status_code == 303


def test_every_answer_keeps_scripts_frames_and_addresses_in(browser):
    answer = browser(make.operator()).get("/system/providers/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_the_cookie_is_not_for_scripts_and_not_for_other_sites(browser):
    make.operator(email="ada@example.com")
    cookie = enter(browser(), "ada@example.com").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize("path", ["/nothing", "/system/nothing/", "/provider-1", "/system/platforms/"])
def test_what_does_not_exist_is_a_page_with_one_sentence(browser, path):
    answer = browser(make.operator()).get(path)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text
    assert soup(answer).h1


def test_a_bug_of_ours_is_told_in_one_sentence_and_never_with_a_trace(browser, monkeypatch):
    def breaks(*_, **__):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(sign_in, "sign_in", breaks)
    answer = enter(browser(), "ada@example.com")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "ZeroDivisionError" not in answer.text


def test_health_answers_without_signing_in(browser):
    assert browser().get("/healthz").json == {"status": "ok"}
    answer = browser().get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (200, "ready")


def test_every_spelling_of_an_address_is_one_account_whose_mails_strangers_share(browser, limited):
    make.portal_user(email="ada@example.com")
    spellings = [
        "ada@example.com",
        "ADA@example.com",
        "Ada <ada@example.com>",
        "ada@example.com.",
        "ada@example.com",
    ]
    asked = [browser().post("/forgot-password", {"email": one}).status_code for one in spellings]
    assert set(asked) == {303}
    assert len(make.every(Notice)) == one_time_links.STRANGERS_MAILS_SOON


@pytest.mark.parametrize("typed", ["ida@xn--bcher-kva.example", "ida@bücher.example", "IDA@BÜCHER.example"])
@pytest.mark.parametrize("invited", ["ida@xn--bcher-kva.example", "ida@bücher.example"])
def test_a_domain_in_its_own_letters_signs_in_as_every_browser_spells_it(browser, invited, typed):
    telco = make.provider()
    wish = portal_users.PortalUserWish("Ida", invited)
    portal_users.create(make.admin_of(telco), make.at(telco), wish)
    link = re.search(r"/welcome/[\w-]+", make.every(Notice)[-1].body)[0]
    ida = browser()
    assert ida.post(link, {"password": NEW, "again": NEW}).status_code == 303
    assert fields_of(soup(ida.get("/sign-in")), "/sign-in")["email"] == "ida@bücher.example"
    assert enter(browser(), typed, NEW).status_code == 303
