"""Ten wrong passwords or codes in a row, and what follows."""

from __future__ import annotations

import datetime as dt

import pytest

from app.clock import now
from app.errors import NotFound
from app.models import AuditEntry, Notice
from app.services.accounts import lockout, one_time_links, sign_in
from app.services.accounts.lockout import Locked
from app.services.accounts.sign_in import WrongSignIn
from app.services.audit.record import Action
from app.vocabulary import LinkPurpose
from tests import make

NEW = "another long password"


def miss(address, times=1):
    for _ in range(times):
        with pytest.raises(WrongSignIn):
            sign_in.sign_in(address, "wrong password")


def test_the_tenth_wrong_password_in_a_row_locks_and_tells_the_person_once():
    ada = make.portal_user(make.group())
    miss(ada.email, 9)
    for password in ("wrong password", make.PASSWORD, "wrong password"):
        with pytest.raises(Locked):
            sign_in.sign_in(ada.email, password)
    assert make.again(ada).locked_until > now() + dt.timedelta(minutes=14)
    [mail] = make.every(Notice)
    assert mail.recipient == ada.email
    assert "locked" in mail.subject
    assert [line.action for line in make.every(AuditEntry)] == [Action.ACCOUNT_LOCKED]


def test_a_sign_in_between_begins_the_count_anew():
    ada = make.portal_user()
    miss(ada.email, 9)
    sign_in.sign_in(ada.email, make.PASSWORD)
    miss(ada.email, 9)
    assert make.again(ada).locked_until is None


def test_after_a_quarter_of_an_hour_it_opens_and_counts_to_ten_again():
    ada = make.portal_user()
    miss(ada.email, 9)
    with pytest.raises(Locked):
        sign_in.sign_in(ada.email, "wrong password")
    ada = make.again(ada)
    ada.locked_until = now() - dt.timedelta(seconds=1)
    make.kept(ada)
    miss(ada.email, 9)
    assert sign_in.sign_in(ada.email, make.PASSWORD).token


@pytest.mark.parametrize(
    "fields", [None, {"is_enabled": False}, {"accepted_at": None}, {"password_hash": None}]
)
def test_an_address_that_cannot_sign_in_is_locked_alike(db, fields):
    """Nobody learns from a lock who has an account."""
    address = "somebody@example.com"
    if fields is not None:
        make.portal_user(email=address, **fields)
    miss(address, 9)
    for password in ("wrong password", make.PASSWORD):
        with pytest.raises(Locked):
            sign_in.sign_in(f" {address.upper()}", password)
    assert make.every(Notice) == [] or fields == {"password_hash": None}
    miss("somebody.else@example.com")


def test_without_redis_people_with_an_account_are_still_locked(db, stopped_redis):
    ada = make.portal_user()
    miss("nobody@example.com", 12)
    miss(ada.email, 9)
    with pytest.raises(Locked):
        sign_in.sign_in(ada.email, "wrong password")


def test_tries_at_the_same_time_all_count(real_database, at_once):
    ada = make.portal_user()
    outcomes = at_once(*[lambda: sign_in.sign_in(ada.email, "wrong password")] * 4)
    assert all(isinstance(one, WrongSignIn) for one in outcomes), outcomes
    assert make.again(ada).failed_sign_ins == 4


def locked(node=None):
    return make.portal_user(node, locked_until=now() + dt.timedelta(minutes=9), failed_sign_ins=3)


def test_a_new_password_by_mail_ends_the_lock():
    ada = locked()
    token = one_time_links._issue(LinkPurpose.PASSWORD_RESET, portal_user_id=ada.id)
    make.kept(ada)
    one_time_links.use(token, LinkPurpose.PASSWORD_RESET, NEW)
    assert sign_in.sign_in(ada.email, NEW).token


def test_an_administrator_of_the_very_node_unlocks():
    telco = make.provider()
    ada, below = locked(telco), locked(make.reseller(telco))
    lockout.unlock(make.admin_of(telco), make.at(telco), ada.id)
    assert sign_in.sign_in(ada.email, make.PASSWORD).token
    with pytest.raises(NotFound):
        lockout.unlock(make.admin_of(telco), make.at(telco), below.id)
    assert Action.ACCOUNT_UNLOCKED in [line.action for line in make.every(AuditEntry)]
