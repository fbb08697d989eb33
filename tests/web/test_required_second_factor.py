"""Where a second factor is required, the first sign-in sets it up, and nothing else opens before."""

from __future__ import annotations

import datetime as dt

import pyotp
import pytest

from app.clock import now
from app.config import BadSetting, from_environment
from app.vocabulary import Level
from tests import make
from tests.web.browsing import HTMX, Browser, fields_of, soup

PAGE = "/account/second-factor"


@pytest.fixture
def olga(db, settings_are):
    settings_are(second_factor_levels=frozenset({Level.SYSTEM}))
    return make.operator()


def signed_in(app, person, query=""):
    browser = Browser(app)
    answer = browser.post(f"/sign-in{query}", {"email": person.email, "password": make.PASSWORD})
    assert answer.status_code == 303
    return browser


def secret_on(page):
    return page.select_one("code").text.replace(" ", "")


def enroll(browser):
    page = soup(browser.get(PAGE))
    code = pyotp.TOTP(secret_on(page)).at(now() - dt.timedelta(seconds=30))
    return browser.post(PAGE, fields_of(page, PAGE) | {"code": code})


def codes_on(answer):
    return [one.text for one in soup(answer).select(".codes code")]


@pytest.mark.parametrize(
    "path",
    ["/system/providers/", "/system/portal-users/", "/account/", "/account/password", "/system/history/",
     "/search/?q=a", "/account/second-factor/kept", "/account/second-factor/codes"],
)  # fmt: skip
def test_nothing_else_opens_until_it_is_set_up(app, olga, path):
    own = signed_in(app, olga)
    answer = own.get(path)
    assert answer.status_code in {303, 404}, path
    assert answer.status_code == 404 or answer.location == PAGE
    assert own.get(path, headers=HTMX).headers.get("HX-Redirect", PAGE) == PAGE


def test_nothing_is_changed_either(app, olga):
    own = signed_in(app, olga)
    answer = own.post("/system/providers/new", {"name": "Sneaky", "account_reference": "x"})
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert own.post("/account/", {"name": "Other"}).location == PAGE
    assert make.again(olga).name == "Ada"


def test_the_first_sign_in_sets_it_up_and_goes_on_to_what_was_asked_for(app, olga):
    own = signed_in(app, olga, "?next=/system/history/")
    assert own.get("/system/history/").location == PAGE
    page = own.get(PAGE)
    assert "Your account needs a second factor" in page.text
    assert len(codes_on(enroll(own))) == 10
    assert own.get("/account/second-factor/kept").location == "/system/history/"
    assert own.get("/system/providers/").status_code == 200


def test_a_reload_shows_the_same_secret_and_then_the_same_codes_until_they_are_kept(app, olga):
    own = signed_in(app, olga)
    first, again = soup(own.get(PAGE)), soup(own.get(PAGE))
    assert secret_on(first) == secret_on(again)
    sent = fields_of(first, PAGE) | {
        "code": pyotp.TOTP(secret_on(first)).at(now() - dt.timedelta(seconds=30))
    }
    codes = codes_on(own.post(PAGE, sent))
    assert codes_on(own.post(PAGE, sent)) == codes
    assert codes_on(own.get(PAGE)) == codes
    own.get("/account/second-factor/kept")
    assert codes_on(own.get(PAGE)) == []


def test_a_wrong_code_keeps_the_secret(app, olga):
    own = signed_in(app, olga)
    page = soup(own.get(PAGE))
    answer = own.post(PAGE, fields_of(page, PAGE) | {"code": "000000x"})
    assert answer.status_code == 422
    assert secret_on(soup(answer)) == secret_on(page)


def test_others_are_not_asked_and_signing_out_is_possible(app, olga):
    assert signed_in(app, make.portal_user(make.provider())).get("/account/").status_code == 200
    own = signed_in(app, olga)
    assert own.post("/sign-out").status_code == 303


def test_who_lost_it_is_reset_by_another_operator_and_sets_it_up_again(app, olga):
    own = signed_in(app, olga)
    enroll(own)
    helper = signed_in(app, make.operator())
    enroll(helper)
    path = f"/system/portal-users/{olga.id}/reset-second-factor"
    assert helper.fill(path).status_code == 303
    assert signed_in(app, olga).get("/system/providers/").location == PAGE


def test_turning_it_off_leads_to_another_one(app, olga):
    own = signed_in(app, olga)
    secret = secret_on(soup(own.get(PAGE)))
    enroll(own)
    assert "you set up another one right after this" in own.get(f"{PAGE}/off").text
    typed = {"password": make.PASSWORD, "code": pyotp.TOTP(secret).at(now())}
    assert own.post(f"{PAGE}/off", typed).status_code == 303
    assert own.get("/system/providers/").location == PAGE


@pytest.mark.parametrize(
    ("given", "levels"),
    [
        (None, {Level.SYSTEM}),
        ("", {Level.SYSTEM}),
        ("none", set()),
        ("operators, Providers", {Level.SYSTEM, Level.PROVIDER}),
        ("resellers,groups", {Level.RESELLER, Level.GROUP}),
    ],
)
def test_the_setting_names_levels_and_is_on_for_operators_by_default(given, levels):
    assert settings_with(given).second_factor_levels == levels


@pytest.mark.parametrize("given", ["yes", "operators,none", "users", ","])
def test_a_setting_that_names_no_level_stops_the_start(given):
    with pytest.raises(BadSetting, match="SECOND_FACTOR_REQUIRED"):
        settings_with(given)


def settings_with(given):
    key = "x9N0WbGgGzWbhgZ6HVjN4Vd0Z8uFhVwXn0pQ7n9Zb3A="
    env = {"LOCAL_RUN": "1", "DATABASE_URL": "postgresql:///portal"}
    env |= {"SECRET_KEY": "x", "ENCRYPTION_KEYS": key}
    return from_environment(env if given is None else env | {"SECOND_FACTOR_REQUIRED": given})
