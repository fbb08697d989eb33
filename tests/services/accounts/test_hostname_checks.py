"""Who controls a host name: a TXT record says it, looked up in a real DNS server on this machine (D35)."""

from __future__ import annotations

import datetime as dt

import dns.rcode
import pytest

from app import txt_records
from app.clock import now
from app.models import AuditEntry, Notice, ServerHostname
from app.services.accounts import hostname_checks, hostnames
from app.services.accounts.hostname_checks import is_lost, next_check, outcome
from app.services.accounts.hostnames import HostnameInUse
from app.txt_records import Lookup, TxtAnswer
from app.vocabulary import HostnameCheck
from tests import make

NAME = "texts.example.com"
DAY = dt.timedelta(days=1)


def claim(telco=None, **fields):
    given = {"verified_at": None, "due_at": now()} | fields
    return make.hostname(telco or make.provider(), NAME, **given)


def says(name_server, *values, name=NAME):
    name_server.records[f"_cpaas-portal.{name}"] = list(values)


def check(row):
    telco = make.again(row).provider_id
    node = next(one for one in make.every(make.provider().__class__) if one.id == telco)
    return hostname_checks.check_now(make.admin_of(node), make.at(node), row.id)


def actions():
    return [line.action for line in make.every(AuditEntry)]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (["{token}"], HostnameCheck.VERIFIED),
        (["v=spf1 -all", " {token} "], HostnameCheck.VERIFIED),
        (["{token}x"], HostnameCheck.OTHER_VALUE),
        (["x={token}"], HostnameCheck.OTHER_VALUE),
        (["{TOKEN}"], HostnameCheck.OTHER_VALUE),
        ([""], HostnameCheck.OTHER_VALUE),
        ([], HostnameCheck.MISSING),
    ],
)
def test_a_record_says_the_token_of_this_claim_and_nothing_else(db, name_server, values, found):
    row = claim(token="abcdef0123456789")
    says(name_server, *(value.replace("{token}", row.token).replace("{TOKEN}", "ABCDEF") for value in values))
    assert check(row).last_check is found
    assert (make.again(row).verified_at is not None) is (found is HostnameCheck.VERIFIED)
    assert name_server.asked == [f"_cpaas-portal.{NAME}"]


def test_the_record_stands_under_the_name_itself_and_nowhere_above(db, name_server):
    row = claim()
    says(name_server, row.token, name="example.com")
    assert check(row).last_check is HostnameCheck.MISSING


@pytest.mark.parametrize("rcode", [dns.rcode.SERVFAIL, dns.rcode.REFUSED])
def test_a_dns_that_fails_says_nothing(db, name_server, rcode):
    row = claim()
    name_server.rcode = rcode
    assert check(row).last_check is HostnameCheck.NO_ANSWER


def test_a_dns_that_is_silent_is_not_waited_for_long(db, name_server, monkeypatch):
    monkeypatch.setattr(txt_records, "LONGEST_SECONDS", 0.3)
    name_server.is_silent = True
    assert txt_records.look_up(f"_cpaas-portal.{NAME}").lookup is Lookup.NO_ANSWER


def test_no_transaction_is_open_while_the_dns_is_asked(db, name_server, monkeypatch):
    row, real = claim(), txt_records.look_up

    def looked_up(name):
        assert not db.session().in_transaction()
        return real(name)

    monkeypatch.setattr(txt_records, "look_up", looked_up)
    check(row)
    hostname_checks.check_due()
    assert len(name_server.asked) == 1


def test_of_two_claims_the_one_with_the_record_gets_the_name(db, name_server):
    telco, rival = make.provider(), make.provider()
    ours, theirs = claim(telco), claim(rival)
    says(name_server, ours.token)
    assert check(theirs).last_check is HostnameCheck.OTHER_VALUE
    assert check(ours).last_check is HostnameCheck.VERIFIED
    says(name_server, ours.token, theirs.token)
    assert check(theirs).last_check is HostnameCheck.IN_USE
    assert [row.provider_id for row in db.session.scalars(hostnames.verified())] == [telco.id]
    with pytest.raises(HostnameInUse):
        hostnames.add(make.admin_of(rival), make.at(rival), NAME.upper())


def test_two_claims_that_are_verified_at_once_do_not_both_count(real_database, at_once, name_server):
    rows = [claim(), claim()]
    says(name_server, *(row.token for row in rows))
    at_once(*(lambda row=row: hostname_checks._check(make.admin_of(None), row.id, NAME, row.token)
              for row in rows))  # fmt: skip
    found = sorted(row.last_check for row in make.every(ServerHostname))
    assert found == [HostnameCheck.IN_USE, HostnameCheck.VERIFIED]


def test_the_job_looks_at_claims_and_daily_at_what_is_verified(db, name_server, work, queued):
    row = claim()
    assert hostname_checks.are_due()
    hostname_checks.check_due()
    assert not hostname_checks.are_due()
    assert dt.timedelta(0) < make.again(row).due_at - now() < dt.timedelta(minutes=3)
    says(name_server, row.token)
    assert check(row).verified_at is not None
    assert DAY * 0.9 < make.again(row).due_at - now() <= DAY
    assert actions() == ["Server hostname verified"]


def test_adding_a_name_looks_for_its_record_at_once(db, name_server, work):
    telco = make.provider()
    row = hostnames.add(make.admin_of(telco), make.at(telco), NAME)
    assert work() == ["check_hostnames"]
    assert make.again(row).last_check is HostnameCheck.MISSING


def test_a_missing_record_is_told_and_after_a_week_the_name_counts_no_more(db, name_server):
    telco = make.provider()
    tess = make.portal_user(telco, send_technical_emails=True)
    make.portal_user(telco, send_alerts=True)
    row = make.hostname(telco, NAME)
    for _ in range(2):
        check(row)
    [warning] = make.every(Notice)
    assert (warning.recipient, "missing" in warning.subject) == (tess.email, True)
    assert "/hostnames/" in warning.body, "the page that shows the record"
    assert make.again(row).verified_at is not None

    back = make.again(row).missing_since - hostname_checks.MISSING_FOR
    hostname_checks._note(row, missing_since=back)
    db.session.commit()
    check(row)
    assert make.again(row).verified_at is None
    assert "no longer verified" in make.every(Notice)[-1].subject
    assert actions() == ["Server hostname no longer verified"]
    says(name_server, row.token)
    assert check(row).verified_at is not None


def test_a_record_that_comes_back_forgets_that_it_was_missing(db, name_server):
    row = make.hostname(make.provider(), NAME)
    check(row)
    assert make.again(row).missing_since is not None
    says(name_server, row.token)
    check(row)
    assert make.again(row).missing_since is None


@pytest.mark.parametrize(
    ("days", "found", "lost"),
    [
        (6.9, HostnameCheck.MISSING, False),
        (7, HostnameCheck.MISSING, True),
        (7, HostnameCheck.OTHER_VALUE, True),
        (8, HostnameCheck.NO_ANSWER, False),
        (30, HostnameCheck.NO_ANSWER, True),
    ],
)
def test_a_silent_dns_takes_longer_to_lose_a_name_than_one_that_says_no(days, found, lost):
    assert is_lost(now() - DAY * days, found, now()) is lost


@pytest.mark.parametrize(
    ("age", "is_verified", "after"),
    [
        (dt.timedelta(minutes=5), False, dt.timedelta(minutes=2)),
        (dt.timedelta(hours=5), False, dt.timedelta(minutes=30)),
        (DAY * 5, False, DAY),
        (DAY * 31, False, None),
        (DAY * 400, True, DAY),
    ],
)
def test_a_claim_is_looked_at_often_at_first_then_less_and_not_for_ever(age, is_verified, after):
    at = now()
    due = next_check(at - age, is_verified, at)
    assert due == (at + after if after else None)


def test_quotes_that_a_dns_panel_adds_do_not_matter():
    assert outcome("abc", TxtAnswer(Lookup.FOUND, ('"abc"',))) is HostnameCheck.VERIFIED


def test_a_name_that_was_deleted_meanwhile_is_left_alone(db, name_server):
    row = claim()
    assert hostname_checks._check(make.admin_of(None), row.id + 1, NAME, row.token) is None
