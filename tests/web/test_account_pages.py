"""My account: details, password, second factor, and the browsers that are signed in."""

from __future__ import annotations

import datetime as dt
import re

import pyotp
import pytest

from app.access.policy import Permission
from app.clock import now
from app.models import AuditEntry, Notice, PortalSession, PortalUser, RecoveryCode
from app.services.accounts import portal_sessions, second_factor
from app.vocabulary import Role
from tests import make
from tests.web.browsing import HTMX, alerts, fields_of, soup

NEW = "a new long password"


def own_pages(app):
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("account.")]


def path_of(rule):
    return rule.rule.replace("<int:session_id>", "1")


def code_of(secret, steps=0):
    return pyotp.TOTP(secret).at(now() + dt.timedelta(seconds=30 * steps))


def stale(person, minutes=16):
    """Signed in, but the password was not typed for a while."""
    for row in make.every(PortalSession, portal_user_id=person.id):
        row.confirmed_at = now() - dt.timedelta(minutes=minutes)
        make.kept(row)


def set_up(browser):
    """Turn the second factor on as a person does; returns the secret and the recovery codes."""
    page = soup(browser.get("/account/second-factor"))
    secret = page.select_one("code").text.replace(" ", "")
    filled = fields_of(page, "/account/second-factor") | {"code": code_of(secret, -1)}
    answer = browser.post("/account/second-factor", filled)
    assert answer.status_code == 200, answer.text
    return secret, [one.text for one in soup(answer).select(".codes code")]


def test_every_own_page_needs_somebody_who_is_signed_in_and_the_token(app, browser):
    assert len(own_pages(app)) >= 7
    for rule in own_pages(app):
        assert app.view_functions[rule.endpoint].needs is Permission.OWN_ACCOUNT
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            answer = browser().request(method, path_of(rule))
            assert answer.status_code in {302, 303}, (rule, answer.status_code)
            assert "/sign-in" in answer.location
            if method == "POST":
                assert browser(make.operator()).request(method, path_of(rule), token=False).status_code == 400


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.READ_ONLY])
def test_everybody_changes_their_own_name_and_timezone_and_times_follow(browser, role):
    """D25; read-only people too."""
    ada = make.portal_user(make.group(), role=role)
    own = browser(ada)
    answer = own.fill("/account/", name=" Ada L ", timezone="Europe/Oslo")
    assert answer.status_code == 303, alerts(answer)
    assert (make.again(ada).name, make.again(ada).timezone) == ("Ada L", "Europe/Oslo")
    [line] = make.every(AuditEntry)
    assert line.change == {"name": ["Ada", "Ada L"], "timezone": ["UTC", "Europe/Oslo"]}


def test_an_edit_of_somebody_else_meanwhile_is_told(browser):
    ada = make.portal_user(make.group())
    own = browser(ada)
    filled = fields_of(soup(own.get("/account/")), "/account/")
    assert own.fill("/account/", name="First").status_code == 303
    answer = own.post("/account/", filled | {"name": "Second"})
    assert answer.status_code == 422
    assert "changed this while you were editing" in alerts(answer)
    assert make.again(ada).name == "First"


def test_a_new_password_asks_for_the_old_one_and_ends_the_other_sessions(browser):
    ada = make.operator()
    here, there = browser(ada), browser(ada)
    typed = {"old": "not it at all", "password": NEW, "again": NEW}
    answer = here.post("/account/password", typed)
    assert (answer.status_code, "This is not your password." in alerts(answer)) == (422, True)
    assert there.get("/account/").status_code == 200
    assert here.post("/account/password", typed | {"old": make.PASSWORD}).status_code == 303
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302
    signed = browser().post("/sign-in", {"email": ada.email, "password": NEW})
    assert signed.status_code == 303


def test_the_list_names_each_browser_and_ends_one_or_all_others(browser):
    ada = make.operator()
    words = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
    portal_sessions.start(ada.id, portal_sessions.Device("192.0.2.7", words))
    own, other = browser(ada), browser(ada)
    page = own.get("/account/").text
    assert "Firefox on Windows" in page
    assert "192.0.2.7" in page
    assert "this one" in page
    first = make.every(PortalSession)[0]
    assert own.post(f"/account/sessions/{first.id}/end").status_code == 303
    assert make.again(first).ended_at is not None
    assert other.get("/account/").status_code == 200
    assert own.post("/account/sessions/end-others").status_code == 303
    assert other.get("/account/").status_code == 302
    assert own.get("/account/").status_code == 200


def test_nobody_ends_the_session_of_somebody_else(browser):
    ada, bob = make.operator(), make.operator()
    portal_sessions.start(ada.id)
    [row] = make.every(PortalSession)
    assert browser(bob).post(f"/account/sessions/{row.id}/end").status_code == 404
    assert make.again(row).ended_at is None


def test_a_visit_is_noted_once_a_minute(browser):
    ada = make.operator()
    own = browser(ada)
    [row] = make.every(PortalSession)
    seen = now() - dt.timedelta(seconds=40)
    row.last_seen_at = seen
    make.kept(row)
    own.get("/account/")
    assert make.again(row).last_seen_at == seen
    row.last_seen_at = now() - dt.timedelta(minutes=2)
    make.kept(row)
    own.get("/account/")
    assert make.again(row).last_seen_at > now() - dt.timedelta(seconds=30)


def test_a_session_ends_twelve_hours_after_signing_in(browser):
    ada = make.operator()
    own = browser(ada)
    [row] = make.every(PortalSession)
    assert dt.timedelta(hours=11.9) < row.expires_at - now() < dt.timedelta(hours=12.1)
    row.expires_at = now()
    make.kept(row)
    assert own.get("/account/").status_code == 302


def test_the_second_factor_counts_once_a_code_was_typed(browser):
    ada = make.operator()
    own = browser(ada)
    page = own.get("/account/second-factor")
    assert "no-store" in page.headers["Cache-Control"]
    assert soup(page).select_one("img.qr")["src"].startswith("data:image/svg+xml")
    assert make.again(ada).totp_secret is None
    setup = fields_of(soup(page), "/account/second-factor")
    refused = own.post("/account/second-factor", setup | {"code": "000000"})
    assert refused.status_code == 422
    again = fields_of(soup(refused), "/account/second-factor")
    assert again["setup"] == setup["setup"], "the same picture as before"
    secret, codes = set_up(own)
    assert len(set(codes)) == 10
    assert make.again(ada).totp_confirmed_at is not None
    page = own.get("/account/").text
    assert "10 left" in page
    assert all(code not in page for code in codes), "shown once"
    stored = " ".join(row.code_digest for row in make.every(RecoveryCode))
    assert all(code.replace("-", "") not in stored for code in codes)
    assert secret not in page


def test_a_second_one_cannot_be_put_in_its_place(browser):
    ada = make.operator()
    own = browser(ada)
    setup = fields_of(soup(own.get("/account/second-factor")), "/account/second-factor")
    secret, _ = set_up(own)
    assert own.get("/account/second-factor").status_code == 200  # the recovery codes, until they are kept
    own.get("/account/second-factor/kept")
    assert own.get("/account/second-factor").status_code == 303
    mine = second_factor.begin(make.admin_of(None))
    for token in (setup["setup"], mine.token):
        answer = own.post("/account/second-factor", {"setup": token, "code": code_of(mine.secret)})
        assert answer.status_code == 422
    assert make.again(ada).totp_secret == secret


def test_turning_it_off_asks_for_password_and_code(browser):
    ada = make.operator()
    own = browser(ada)
    secret, codes = set_up(own)
    for typed in (
        {"password": make.PASSWORD, "code": "000000"},
        {"password": "wrong", "code": code_of(secret)},
        {"password": make.PASSWORD, "code": code_of(secret, -1)},  # used when it was set up
    ):
        assert own.post("/account/second-factor/off", typed).status_code == 422
        assert make.again(ada).totp_secret == secret
    assert (
        own.post("/account/second-factor/off", {"password": make.PASSWORD, "code": codes[0]}).status_code
        == 303
    )
    assert (make.again(ada).totp_secret, make.every(RecoveryCode)) == (None, [])


def test_new_recovery_codes_replace_the_old_ones(browser):
    ada = make.operator()
    own = browser(ada)
    _, before = set_up(own)
    answer = own.fill("/account/second-factor/codes")
    after = [one.text for one in soup(answer).select(".codes code")]
    assert len(after) == 10
    assert not set(before) & set(after)
    assert not second_factor.accepts(ada.id, before[0])
    assert second_factor.accepts(ada.id, after[0])


# --- the password again, before secrets and deletions ------------------------------------------------


def ask(answer):
    return "Confirm that it is you" in answer.text


def test_a_stale_session_is_asked_in_a_dialog_and_goes_on_to_what_was_asked_for(browser):
    node = make.provider()
    ada, bob = make.portal_user(node), make.portal_user(node)
    own, bob_id = browser(ada), bob.id
    path = f"/provider-{node.id}/portal-users/{bob_id}/delete"
    assert not ask(own.get(path))
    stale(ada)
    dialog = own.get(path, headers=HTMX)
    assert ask(dialog)
    carried = fields_of(soup(dialog), path)
    wrong = own.post(path, carried | {"own_password": "wrong one"}, headers=HTMX)
    assert (wrong.status_code, ask(wrong)) == (422, True)
    answer = own.post(path, carried | {"own_password": make.PASSWORD}, headers=HTMX)
    assert (answer.status_code, answer.location) == (303, path)
    assert make.every(PortalUser, id=bob_id), "nothing was deleted by confirming"
    assert "Delete" in own.get(path, headers=HTMX).text
    assert own.post(path).status_code == 303
    assert not make.every(PortalUser, id=bob_id)


def test_what_was_typed_goes_on_after_the_question_and_no_secret_comes_back(browser):
    """D6."""
    ada = make.operator()
    own = browser(ada)
    page = soup(own.get("/account/second-factor"))
    secret = page.select_one("code").text.replace(" ", "")
    typed = fields_of(page, "/account/second-factor") | {"code": code_of(secret)}
    stale(ada)
    question = own.post("/account/second-factor", typed)
    assert (question.status_code, ask(question)) == (422, True)
    assert make.again(ada).totp_secret is None
    assert typed["code"] not in fields_of(soup(question), "/account/second-factor").values()
    carried = fields_of(soup(question), "/account/second-factor")
    answer = own.post("/account/second-factor", carried | {"own_password": make.PASSWORD})
    assert answer.status_code == 200
    assert make.again(ada).totp_secret == secret


def test_an_answer_that_comes_when_it_is_no_longer_needed_still_carries_the_request_on(browser):
    ada = make.operator()
    own = browser(ada)
    stale(ada)
    carried = fields_of(soup(own.get("/account/second-factor")), "/account/second-factor")
    stale(ada, minutes=0)
    answer = own.post("/account/second-factor", carried | {"own_password": "anything"})
    assert (answer.status_code, answer.location) == (303, "/account/second-factor")


def test_what_is_carried_serves_one_person_and_one_address_only(browser):
    node = make.provider()
    ada, bob, cy = (make.portal_user(node) for _ in range(3))
    own = browser(ada)
    stale(ada)
    there = f"/provider-{node.id}/portal-users/{cy.id}/delete"
    question = own.post(there)
    carried = fields_of(soup(question), there)
    stale(ada)
    other = f"/provider-{node.id}/portal-users/{bob.id}/delete"
    answer = own.post(other, carried | {"own_password": make.PASSWORD})
    assert ask(answer)
    assert len(make.every(PortalUser)) == 3
    theirs = browser(bob)
    stale(bob)
    assert ask(theirs.post(there, carried | {"own_password": make.PASSWORD}))
    assert len(make.every(PortalUser)) == 3


def test_ten_wrong_passwords_at_the_question_lock_the_account(browser):
    ada = make.operator()
    own = browser(ada)
    stale(ada)
    carried = fields_of(soup(own.get("/account/second-factor")), "/account/second-factor")
    for _ in range(10):
        answer = own.post("/account/second-factor", carried | {"own_password": "wrong one"})
    assert "Too many wrong tries" in alerts(answer)
    answer = own.post("/account/second-factor", carried | {"own_password": make.PASSWORD})
    assert answer.status_code == 422


def test_deletions_and_secrets_ask_for_the_password(app):
    """Every address that deletes, closes, ends or shows what secrets are, is guarded so."""
    words = re.compile(r"(delete|close|/end|reset-second-factor|reset-password|unlock|platforms/)")
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        is_portal = hasattr(view, "fresh") and "POST" in rule.methods
        if is_portal and words.search(rule.rule) and not rule.rule.endswith(("/progress", "/retry")):
            assert view.fresh, f"{rule.rule} does not ask who it is"


def test_a_fresh_address_can_be_answered(app):
    """The question is sent to the same address, by POST."""
    for rule in app.url_map.iter_rules():
        if getattr(app.view_functions[rule.endpoint], "fresh", False):
            assert "POST" in rule.methods, rule


# --- what an administrator does for somebody --------------------------------------------------------------


def test_an_administrator_sees_who_is_locked_and_helps(browser):
    node = make.provider()
    ada = make.portal_user(node)
    bob = make.portal_user(
        node,
        name="Bob",
        locked_until=now() + dt.timedelta(minutes=9),
        totp_secret="A" * 32,
        totp_confirmed_at=now(),
    )
    own, people = browser(ada), f"/provider-{node.id}/portal-users"
    page = own.get(f"{people}/").text
    assert "Locked" in page
    for action in ("unlock", "reset-password", "reset-second-factor"):
        assert f"{people}/{bob.id}/{action}" in page
        assert own.post(f"{people}/{bob.id}/{action}").status_code == 303
    assert make.again(bob).locked_until is None
    assert make.again(bob).totp_secret is None
    subjects = {mail.subject for mail in make.every(Notice, recipient=bob.email)}
    assert subjects == {
        "Set a new password for the CPaaS portal",
        "Your second factor for the CPaaS portal was removed",
    }
    assert "Locked" not in own.get(f"{people}/").text
