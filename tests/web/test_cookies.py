"""Cookies that nobody else can plant: `__Host-` with https (RFC 6265bis, 4.1.3.2), plain names without."""

from __future__ import annotations

import datetime as dt
from http.cookies import SimpleCookie

import pytest
from flask import Response

from app.web import cookies
from tests import make
from tests.machines import machine
from tests.web.browsing import alone, fields_of, soup

PUBLIC = "https://portal.example.com"


@pytest.fixture
def secure(app, real_database):
    """A machine that people reach by https."""
    with machine(app, public_url=PUBLIC, media_url=PUBLIC) as made:
        yield made


def given(answer):
    return {
        name: one for line in answer.headers.getlist("Set-Cookie") for name, one in SimpleCookie(line).items()
    }


def enter(app, path, base_url, **typed):
    """Signed in with the form, and the cookies that were set on the way."""
    browser = app.test_client()
    page = alone(app, browser.get, path=path, base_url=base_url)
    token = soup(page).find("input", attrs={"name": "csrf_token"})["value"]
    form = {**fields_of(soup(page), path), **typed, "csrf_token": token}
    answer = alone(
        app, browser.post, path=path, data=form, base_url=base_url, headers={"Referer": f"{base_url}{path}"}
    )
    assert answer.status_code == 303, answer.text
    return browser, {**given(page), **given(answer)}


def people():
    make.operator(email="olga@example.com")
    una = make.user(client_password_hash=make.people.password_hash())
    return [
        ("/sign-in", "portal_session", "/system/numbers/", {"email": "olga@example.com"}),
        ("/unity/sign-in", "unity_session", "/unity/", {"user_id": una.broadworks_id}),
    ]


def test_with_https_each_cookie_is_of_this_host_alone(secure):
    for path, name, page, typed in people():
        browser, found = enter(secure, path, PUBLIC, **typed, password=make.PASSWORD)
        assert set(found) == {f"__Host-{name}", "__Host-known_device"}
        for cookie in found.values():
            assert (cookie["path"], cookie["domain"], cookie["samesite"]) == ("/", "", "Lax")
            assert cookie["secure"]
            assert cookie["httponly"]
        assert alone(secure, browser.get, path=page, base_url=PUBLIC).status_code == 200


def test_with_https_a_cookie_by_a_plain_name_lets_nobody_in(secure):
    """A neighbor below the same domain, or somebody on the way, can set those."""
    for path, name, page, typed in people():
        browser, _found = enter(secure, path, PUBLIC, **typed, password=make.PASSWORD)
        sealed = browser.get_cookie(f"__Host-{name}", domain="portal.example.com").value
        other = secure.test_client()
        other.set_cookie(name, sealed, domain="portal.example.com")
        assert alone(secure, other.get, path=page, base_url=PUBLIC).status_code in {302, 303}
        other.set_cookie(f"__Host-{name}", sealed, domain="portal.example.com")
        assert alone(secure, other.get, path=page, base_url=PUBLIC).status_code == 200


def test_with_https_both_still_do_not_mix(secure):
    """One browser sends both cookies everywhere; which of them counts, the address says."""
    (path, _, page, typed), (client_path, _, client_page, client_typed) = people()
    staff, _found = enter(secure, path, PUBLIC, **typed, password=make.PASSWORD)
    user, _found = enter(secure, client_path, PUBLIC, **client_typed, password=make.PASSWORD)
    assert alone(secure, staff.get, path=client_page, base_url=PUBLIC).status_code in {302, 303}
    assert alone(secure, user.get, path=page, base_url=PUBLIC).status_code in {302, 303}


def test_on_ones_own_machine_names_are_plain(app, real_database):
    for path, name, page, typed in people():
        browser, found = enter(app, path, "http://localhost", **typed, password=make.PASSWORD)
        assert set(found) == {name, "known_device"}
        assert not found[name]["secure"]
        assert alone(app, browser.get, path=page).status_code == 200


@pytest.mark.parametrize(
    ("public", "name"), [(PUBLIC, "__Host-known_device"), ("http://localhost", "known_device")]
)
def test_other_cookies_follow_the_same_rules(app, settings_are, public, name):
    settings_are(public_url=public)
    answer = Response()
    with app.test_request_context(headers={"Cookie": f"{name}=sealed"}):
        assert cookies.name("known_device") == name
        assert cookies.read("known_device") == "sealed"
        assert cookies.read("another") == ""
        cookies.set_cookie(answer, "known_device", "sealed", lasts=dt.timedelta(days=30))
    cookie = given(answer)[name]
    assert (cookie["path"], cookie["samesite"], cookie["max-age"]) == ("/", "Lax", str(30 * 86_400))
    assert cookie["httponly"]
    assert bool(cookie["secure"]) == public.startswith("https")
    with app.test_request_context():
        cookies.drop(answer, "known_device")
    assert answer.headers.getlist("Set-Cookie")[-1].startswith(f"{name}=;")


def test_no_cookie_is_set_past_the_one_place():
    """Only app/web/cookies.py names cookies, so no other one can lack a rule."""
    from scripts.launcher.settings import ROOT  # noqa: PLC0415

    for path in (ROOT / "app").rglob("*.py"):
        if path.name != "cookies.py":
            text = path.read_text()
            assert ".set_cookie(" not in text.replace("cookies.set_cookie(", ""), path
            assert "request.cookies" not in text, path
