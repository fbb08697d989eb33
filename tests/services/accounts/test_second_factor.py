"""Codes of an app (RFC 6238) and recovery codes: what is taken, and how often."""

from __future__ import annotations

import datetime as dt

import pyotp
import pytest

from app.clock import now
from app.errors import NotFound
from app.models import AuditEntry, Notice, PortalSession, RecoveryCode
from app.services.accounts import portal_sessions, second_factor, sign_in, tokens
from app.services.accounts.lockout import Locked
from app.services.accounts.second_factor import AlreadyOn, OwnSecondFactor, SetupTooOld, WrongSetupCode
from app.services.accounts.sign_in import TooLate, WrongCode
from app.services.audit.record import Action
from tests import make

# RFC 6238, appendix B, SHA-1: the last six digits.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RFC = {59: "287082", 1111111109: "081804", 1234567890: "005924", 2000000000: "279037"}


def actor_of(person):
    return portal_sessions.signed_in(portal_sessions.start(person.id)).actor


def code(secret, steps=0):
    return pyotp.TOTP(secret).at(now() + dt.timedelta(seconds=30 * steps))


@pytest.fixture
def clock(monkeypatch):
    """Time stands still at the middle of a half minute, and can be moved."""
    at = [now().replace(second=15, microsecond=0)]
    for module in (second_factor, tokens):
        monkeypatch.setattr(module, "now", lambda: at[0])

    def move(**by):
        at[0] += dt.timedelta(**by)

    move.at = at
    return move


def ada_with(node=None, **fields):
    secret = pyotp.random_base32()
    return make.portal_user(node, totp_secret=secret, totp_confirmed_at=now(), **fields), secret


@pytest.mark.parametrize(("at", "expected"), RFC.items())
def test_the_codes_are_those_of_the_standard(clock, at, expected):
    clock.at[0] = dt.datetime.fromtimestamp(at, dt.UTC)
    ada = make.portal_user(totp_secret=RFC_SECRET, totp_confirmed_at=now())
    assert second_factor.accepts(ada.id, expected)


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_half_a_minute_off(clock, steps, taken):
    ada, secret = ada_with()
    typed = pyotp.TOTP(secret).at(clock.at[0] + dt.timedelta(seconds=30 * steps))
    assert second_factor.accepts(ada.id, f"{typed[:3]} {typed[3:]}") is taken


def test_a_code_is_taken_once_and_none_before_it(clock):
    ada, secret = ada_with()
    app = pyotp.TOTP(secret)
    late, this = app.at(clock.at[0] - dt.timedelta(seconds=30)), app.at(clock.at[0])
    assert second_factor.accepts(ada.id, this)
    assert not second_factor.accepts(ada.id, this)
    assert not second_factor.accepts(ada.id, late)
    clock(seconds=30)
    assert second_factor.accepts(ada.id, app.at(clock.at[0]))


def test_a_code_typed_twice_at_once_lets_one_in(real_database, at_once):
    ada, secret = ada_with()
    typed = code(secret)
    assert sorted(at_once(*[lambda: second_factor.accepts(ada.id, typed)] * 2)) == [False, True]


def test_the_code_that_set_it_up_does_not_sign_in(clock):
    ada = make.portal_user()
    setup = second_factor.begin(actor_of(ada))
    typed = pyotp.TOTP(setup.secret).at(clock.at[0])
    second_factor.turn_on(actor_of(ada), setup.token, typed)
    assert not second_factor.accepts(ada.id, typed)


def test_a_setup_is_ones_own_lasts_half_an_hour_and_needs_a_right_code(clock):
    ada, bob = actor_of(make.portal_user()), actor_of(make.portal_user())
    setup = second_factor.begin(ada)
    right = pyotp.TOTP(setup.secret).at(clock.at[0])
    with pytest.raises(WrongSetupCode):
        second_factor.turn_on(ada, setup.token, "000000" if right != "000000" else "111111")
    for token in (setup.token[:-5] + "AAAAA", "", "made up"):
        with pytest.raises(SetupTooOld):
            second_factor.turn_on(ada, token, right)
    with pytest.raises(SetupTooOld):
        second_factor.turn_on(bob, setup.token, right)
    clock(minutes=31)
    with pytest.raises(SetupTooOld):
        second_factor.turn_on(ada, setup.token, pyotp.TOTP(setup.secret).at(clock.at[0]))


def test_what_is_on_is_not_replaced():
    ada, _ = ada_with()
    setup = second_factor.begin(actor_of(ada))
    with pytest.raises(AlreadyOn):
        second_factor.turn_on(actor_of(ada), setup.token, code(setup.secret))


def test_the_secret_is_not_readable_in_the_database(db):
    """D6."""
    _, secret = ada_with()
    assert secret not in str(db.session.connection().exec_driver_sql("SELECT * FROM portal_users").all())


def with_codes(node=None):
    ada = make.portal_user(node)
    setup = second_factor.begin(actor_of(ada))
    return ada, setup.secret, second_factor.turn_on(actor_of(ada), setup.token, code(setup.secret, -1))


def test_a_recovery_code_is_used_once_however_it_is_typed_and_by_its_owner_only():
    (ada, _, codes), (bob, _, _) = with_codes(), with_codes()
    assert not second_factor.accepts(bob.id, codes[0])
    assert second_factor.accepts(ada.id, f" {codes[0].upper().replace('-', ' ')} ")
    assert not second_factor.accepts(ada.id, codes[0])
    assert second_factor.codes_left(ada.id) == 9


def test_a_recovery_code_typed_twice_at_once_lets_one_in(real_database, at_once):
    ada, _, codes = with_codes()
    assert sorted(at_once(*[lambda: second_factor.accepts(ada.id, codes[0])] * 2)) == [False, True]


def test_signing_in_takes_two_steps_and_the_first_alone_starts_no_session():
    ada, secret = ada_with()
    entry = sign_in.sign_in(ada.email, make.PASSWORD)
    assert (entry.token, bool(entry.pending), make.every(PortalSession)) == ("", True, [])
    assert make.again(ada).last_sign_in_at is None
    assert portal_sessions.signed_in(entry.pending) is None
    done = sign_in.enter_code(entry.pending, code(secret))
    assert portal_sessions.signed_in(done.token).id == ada.id


def test_the_code_of_somebody_else_is_refused():
    (ada, _), (_, theirs) = ada_with(), ada_with()
    entry = sign_in.sign_in(ada.email, make.PASSWORD)
    with pytest.raises(WrongCode):
        sign_in.enter_code(entry.pending, code(theirs))


def test_the_second_step_ends_after_five_minutes_and_with_the_password(monkeypatch):
    ada, secret = ada_with()
    for made_up in ("", "made up", tokens.sealed("something else", [ada.id, "x"])):
        with pytest.raises(TooLate):
            sign_in.enter_code(made_up, code(secret))
    entry = sign_in.sign_in(ada.email, make.PASSWORD)
    with monkeypatch.context() as later:
        later.setattr(tokens, "now", lambda: now() + dt.timedelta(minutes=5, seconds=5))
        with pytest.raises(TooLate):
            sign_in.enter_code(entry.pending, code(secret))
    ada = make.again(ada)
    ada.password_hash = "changed"
    make.kept(ada)
    with pytest.raises(TooLate):
        sign_in.enter_code(entry.pending, code(secret))


def test_wrong_codes_lock_and_right_passwords_between_do_not_help():
    ada, secret = ada_with()
    for _ in range(9):
        entry = sign_in.sign_in(ada.email, make.PASSWORD)
        with pytest.raises(WrongCode):
            sign_in.enter_code(entry.pending, "wrong")
    for typed in ("wrong", code(secret)):
        with pytest.raises(Locked):
            sign_in.enter_code(entry.pending, typed)


def test_an_administrator_of_the_very_node_resets_it_and_the_person_is_told():
    telco = make.provider()
    ada, _ = ada_with(telco)
    below, _ = ada_with(make.reseller(telco))
    token = portal_sessions.start(ada.id)
    second_factor.reset(make.admin_of(telco), make.at(telco), ada.id)
    assert sign_in.sign_in(ada.email, make.PASSWORD).token
    assert portal_sessions.signed_in(token) is None
    assert make.every(RecoveryCode) == []
    assert [mail.recipient for mail in make.every(Notice)] == [ada.email]
    assert make.every(AuditEntry)[0].action == Action.SECOND_FACTOR_RESET
    for person in (ada, below):
        with pytest.raises(NotFound):
            second_factor.reset(make.admin_of(telco), make.at(telco), person.id)


def test_nobody_resets_their_own():
    ada, _ = ada_with(telco := make.provider())
    with pytest.raises(OwnSecondFactor):
        second_factor.reset(actor_of(ada), make.at(telco), ada.id)
