"""A key is changed at one machine after the other, and nobody notices it (D6)."""

from __future__ import annotations

import datetime as dt
import secrets
from contextlib import contextmanager
from http.cookies import SimpleCookie

import pytest
from cryptography.fernet import Fernet

from app.config import BadSetting, from_environment
from app.models import Platform
from app.services.accounts import client_tokens, tokens
from tests import make
from tests.machines import machine
from tests.web.browsing import fields_of, soup

OLD, NEW = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
FIRST, SECOND = Fernet.generate_key().decode(), Fernet.generate_key().decode()
# The order of docs/deployment.md: known everywhere, then first everywhere, then the old one is gone.
STEPS = [(OLD, ()), (OLD, (NEW,)), (NEW, (OLD,)), (NEW, ())]
ENCRYPTING = [(FIRST,), (FIRST, SECOND), (SECOND, FIRST), (SECOND,)]
BOTH_WAYS = [*zip(range(3), range(1, 4), strict=True), *zip(range(1, 4), range(3), strict=True)]


@contextmanager
def two_machines(app, *settings):
    with machine(app, **settings[0]) as one, machine(app, **settings[1]) as other:
        yield one, other


def keys(step):
    secret, fallbacks = STEPS[step]
    return {"secret_key": secret, "secret_key_fallbacks": fallbacks}


class Jar:
    """A browser whose requests a load balancer hands to any machine."""

    def __init__(self):
        self.cookies = {}

    def ask(self, app, path, **data):
        sent = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        client = app.test_client(use_cookies=False)
        more = {"headers": {"Cookie": sent} if sent else {}}
        answer = client.post(path, data=data, **more) if data else client.get(path, **more)
        for line in answer.headers.getlist("Set-Cookie"):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return answer


@pytest.mark.parametrize(("one", "next_one"), BOTH_WAYS)
def test_a_sign_in_goes_on_from_machine_to_machine(app, real_database, one, next_one):
    """The form comes from one machine, is sent to the other, and the page behind it is asked of both."""
    make.operator(email="olga@example.com")
    una = make.user(client_password_hash=make.people.password_hash())
    with two_machines(app, keys(one), keys(next_one)) as machines:
        for here, there in (machines, machines[::-1]):
            browser = Jar()
            typed = {"email": "olga@example.com", "password": make.PASSWORD}
            form = filled(browser.ask(here, "/sign-in"))
            assert browser.ask(there, "/sign-in", **form | typed).status_code == 303
            for place in (here, there, here):
                assert browser.ask(place, "/system/numbers/").status_code == 200
            # A form of the page itself: signing out
            form = filled(browser.ask(here, "/account/"), "/sign-out")
            assert browser.ask(there, "/sign-out", **form).status_code in {302, 303}
            client = Jar()
            typed = {"user_id": una.broadworks_id, "password": make.PASSWORD}
            form = filled(client.ask(here, "/unity/sign-in"), "/unity/sign-in")
            assert client.ask(there, "/unity/sign-in", **form | typed).status_code == 303
            for place in (here, there):
                assert client.ask(place, "/unity/").status_code == 200


def test_without_the_order_people_are_signed_out(app, real_database):
    """Why the order is needed: a key that one machine has never heard of."""
    make.operator(email="olga@example.com")
    with two_machines(app, keys(0), keys(3)) as (here, there):
        browser = Jar()
        typed = {"email": "olga@example.com", "password": make.PASSWORD}
        form = filled(browser.ask(here, "/sign-in"))
        assert browser.ask(here, "/sign-in", **form | typed).status_code == 303
        assert browser.ask(there, "/system/numbers/").status_code == 302


def filled(answer, action="/sign-in"):
    page = soup(answer)
    token = page.find("input", attrs={"name": "csrf_token"}) or page.find(
        "meta", attrs={"name": "csrf-token"}
    )
    given = token.get("value") or token.get("content")
    return {**{name: value or "" for name, value in fields_of(page, action).items()}, "csrf_token": given}


@pytest.mark.parametrize(("one", "next_one"), BOTH_WAYS)
def test_a_refresh_that_is_repeated_at_the_other_machine_gives_the_same_pair(
    app, real_database, one, next_one
):
    una = make.user()
    with two_machines(app, keys(one), keys(next_one)) as (here, there):
        with here.app_context():
            pair = client_tokens._start(una.id)
            first = client_tokens.refresh(pair.refresh_token)
        with there.app_context():
            again = client_tokens.refresh(pair.refresh_token)
            assert client_tokens.signed_in(first.token) is not None
        assert (again.token, again.refresh_token) == (first.token, first.refresh_token)


@pytest.mark.parametrize(("one", "next_one"), BOTH_WAYS)
def test_secrets_and_sealed_forms_are_read_at_both_machines(app, real_database, one, next_one):
    given = [{"encryption_keys": ENCRYPTING[step]} for step in (one, next_one)]
    with two_machines(app, *given) as machines:
        for here, there in (machines, machines[::-1]):
            with here.app_context():
                make.platform(account_key="of-the-carrier")
                sealed = tokens.sealed("code", {"of": 7})
                reencrypt(here)
            with there.app_context():
                assert set(account_keys()) == {"of-the-carrier"}
                assert tokens.unsealed("code", sealed, dt.timedelta(minutes=5)) == {"of": 7}


def told_by(app):
    with app.app_context():
        return app.test_cli_runner().invoke(args=["reencrypt"])


def account_keys():
    return sorted(one.account_key for one in make.every(Platform))


def reencrypt(app):
    done = told_by(app)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_old_key_can_go_after_everything_was_written_anew(app, real_database):
    with machine(app, encryption_keys=(FIRST,)) as before, before.app_context():
        for number in range(7):
            make.platform(account_key=f"key-{number}")
        make.operator(totp_secret="of-a-phone")
    with machine(app, encryption_keys=(SECOND, FIRST)) as during:
        told = reencrypt(during)
        assert "platforms.account_key: 7 written, 0 cannot be read" in told
        assert "portal_users.totp_secret: 1 written, 0 cannot be read" in told
        assert "platforms.account_key: 0 written" in reencrypt(during), "what has the first key is left alone"
    with machine(app, encryption_keys=(SECOND,)) as after, after.app_context():
        assert account_keys() == [f"key-{number}" for number in range(7)]


def test_a_key_that_is_missing_is_told_and_nothing_is_lost(app, real_database):
    with machine(app, encryption_keys=(FIRST,)) as before, before.app_context():
        make.platform(account_key="kept")
    with machine(app, encryption_keys=(SECOND,)) as without:
        done = told_by(without)
        assert done.exit_code == 1
        assert "platforms.account_key: 0 written, 1 cannot be read" in done.output
    with machine(app, encryption_keys=(FIRST,)) as again, again.app_context():
        assert account_keys() == ["kept"]


def test_blanks_between_keys_are_no_part_of_them():
    given = {
        "LOCAL_RUN": "1",
        "DATABASE_URL": "postgresql:///portal",
        "SECRET_KEY": NEW,
        "ENCRYPTION_KEYS": f" {SECOND} , {FIRST}\n",
    }
    assert from_environment(given).encryption_keys == (SECOND, FIRST)
    with pytest.raises(BadSetting, match="ENCRYPTION_KEYS"):
        from_environment(given | {"ENCRYPTION_KEYS": f"{FIRST} {SECOND}"})
