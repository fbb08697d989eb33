"""Who is mailed about licences that end, and about numbers whose set-up failed (S6)."""

import datetime as dt

import pytest

from app.db import transactional
from app.jobs import schedule
from app.models import Notice
from app.services.accounts import licence_expiry
from app.services.provisioning import failures
from app.vocabulary import LicenceKind, Product, Role
from tests import make

MORNING = dt.datetime(2027, 3, 1, 6, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def una():
    return make.user(name="Una", broadworks_id="una@x.example")


@pytest.fixture
def today(monkeypatch):
    """`today(at)` holds the time still where it is asked for a day."""

    def hold(at):
        monkeypatch.setattr(licence_expiry, "now", lambda: at)

    hold(MORNING)
    return hold


def above(user, **fields):
    (provider,) = make.every(type(make.provider()), id=user.provider_id)
    return make.portal_user(provider, **{"send_licence_expiry_alerts": True, **fields})


def ending(user, days, **fields):
    given = {"kind": LicenceKind.UNTIL, "expires_at": MORNING + days * DAY}
    return make.licence(user, **{**given, **fields})


def mailed():
    licence_expiry.mail_due()
    return [(one.recipient, one.subject) for one in make.every(Notice)]


@pytest.mark.parametrize("days", [30, 7, 1, 0])
def test_a_licence_is_mailed_about_on_four_days(today, una, days):
    person = above(una)
    ending(una, days)
    assert licence_expiry.are_due()
    assert mailed() == [(person.email, "1 Unity licence will end")]
    assert not licence_expiry.are_due()


@pytest.mark.parametrize("days", [31, 29, 8, 6, 2, -1])
def test_and_on_no_other(today, una, days):
    above(una)
    ending(una, days)
    assert not licence_expiry.are_due()
    assert mailed() == []


def test_one_mail_a_day_holds_all_and_tomorrow_is_another_day(today, una):
    person = above(una, timezone="America/New_York")
    ending(una, 7)
    ending(una, 1, product=Product.AGENT, kind=LicenceKind.TRIAL)
    ending(make.user(make.every(type(make.group()), id=una.group_id)[0], name="Bob"), 7)
    assert len(mailed()) == len(mailed()) == 1
    (letter,) = make.every(Notice)
    assert (
        "Tomorrow:\n- Una (una @ x. example): Unity Agent, trial, until 2027-03-02 @ 01:00:00" in letter.body
    )
    assert (
        "In 7 days:\n- Una (una @ x. example): Unity Desktop, until 2027-03-08 @ 01:00:00\n- Bob"
        in letter.body
    )
    assert f"/provider-{una.provider_id}/licences/" in letter.body
    assert letter.recipient == person.email
    today(MORNING + DAY)
    assert len(mailed()) == 2
    assert "Unity Agent" in make.every(Notice)[1].body
    assert "Desktop" not in make.every(Notice)[1].body


def test_a_long_list_ends_with_a_count(today):
    sales = make.group()
    person = make.portal_user(sales, send_licence_expiry_alerts=True)
    for _ in range(52):
        ending(make.user(sales), 7)
    assert mailed() == [(person.email, "52 Unity licences will end")]
    assert "... and 2 more." in make.every(Notice)[0].body


SILENT = {
    "switched off": {"send_licence_expiry_alerts": False},
    "disabled": {"is_enabled": False},
    "invited": {"accepted_at": None},
}


@pytest.mark.parametrize("fields", SILENT.values(), ids=SILENT)
def test_who_did_not_ask_or_cannot_sign_in_is_not_mailed(today, una, fields):
    above(una, **fields)
    make.portal_user(None, send_licence_expiry_alerts=True)
    make.portal_user(make.provider(), send_licence_expiry_alerts=True)
    ending(una, 7)
    assert mailed() == []


def test_the_group_the_reseller_and_the_provider_are_mailed_each(today, una):
    (sales,) = make.every(type(make.group()), id=una.group_id)
    (north,) = make.every(type(make.reseller()), id=una.reseller_id)
    people = [above(una), *(make.portal_user(one, send_licence_expiry_alerts=True) for one in (north, sales))]
    ending(una, 7)
    ending(una, 7, product=Product.AGENT, ended_at=MORNING)
    assert {to for to, _subject in mailed()} == {one.email for one in people}


def test_the_clock_finds_it(app, today, una, queued):
    above(una)
    ending(una, 1)
    schedule.sweep(app)
    assert ("mail_expiries", {}) in queued()


def test_a_failed_set_up_is_mailed_once_to_those_who_get_technical_emails(una):
    number = make.assignment(una)
    person = above(una, send_technical_emails=True, role=Role.READ_ONLY)
    above(una)
    make.portal_user(None, send_technical_emails=True)
    tell = transactional(failures.tell)
    for failure in ("first", "first", "second"):
        tell(make.again(number), "The carrier refused.", failure)
    mails = make.every(Notice)
    assert [one.recipient for one in mails] == [person.email] * 2
    assert "The carrier refused." in mails[0].body
    assert f"/user-{una.id}/numbers/{number.id}" in mails[0].body
