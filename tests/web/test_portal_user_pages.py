"""Portal User Accounts: the list at a glance, and two administrators at one account (S4, S6)."""

import datetime as dt
import re
import smtplib

import pytest

from app import mail
from app.clock import now
from app.models import Notice, PortalSession, PortalUser
from app.services.alerts import notices
from tests import make
from tests.web.browsing import alerts, fields_of, soup


@pytest.fixture
def telco():
    return make.provider()


@pytest.fixture
def admin(browser, telco):
    return browser(make.portal_user(telco, name="Admin"))


def row(answer, name):
    (found,) = [one for one in soup(answer).select("tbody tr") if one.th.get_text(strip=True) == name]
    return found.get_text(" ", strip=True)


def test_the_list_says_how_each_account_is(admin, telco):
    make.portal_user(telco, name="Ines", accepted_at=None, send_alerts=True)
    make.portal_user(telco, name="Dan", is_enabled=False, last_sign_in_at=now())
    page = admin.get(f"/provider-{telco.id}/portal-users/")
    assert "Alerts Invited since 20" in row(page, "Ines")
    assert "Send the invitation again" in row(page, "Ines")
    assert "Disabled" in row(page, "Dan")
    assert "Enable" in row(page, "Dan")
    assert "Active never" in row(page, "Admin")
    assert "Disable" not in row(page, "Admin").split()


def test_somebody_is_disabled_and_enabled_from_the_list(admin, telco):
    dan = make.portal_user(telco, name="Dan")
    path = f"/provider-{telco.id}/portal-users/"
    assert admin.post(f"{path}{dan.id}/disable").status_code == 303
    assert not make.again(dan).is_enabled
    assert "Dan can no longer sign in." in admin.get(path).text
    admin.post(f"{path}{dan.id}/enable")
    assert make.again(dan).is_enabled


def test_the_last_who_is_alerted_cannot_be_disabled_from_the_list_either(admin, telco):
    make.platform(telco)
    last = make.portal_user(telco, name="Last", send_alerts=True)
    path = f"/provider-{telco.id}/portal-users/"
    admin.post(f"{path}{last.id}/disable")
    assert make.again(last).is_enabled
    assert "This user cannot be updated as they are the only user account" in admin.get(path).text


def test_the_second_of_two_administrators_is_told_and_may_insist(admin, telco):
    dan = make.portal_user(telco, name="Dan")
    path = f"/provider-{telco.id}/portal-users/{dan.id}"
    stale = fields_of(soup(admin.get(path)), path)
    assert admin.fill(path, name="Daniel").status_code == 303
    told = admin.post(path, stale | {"send_invoices": "y"})
    assert told.status_code == 422
    assert "name is now “Daniel”" in alerts(told)
    again = fields_of(soup(told), path)
    assert (again["name"], again["send_invoices"]) == ("Dan", "y")
    assert not make.again(dan).send_invoices
    assert admin.post(path, again).status_code == 303
    assert make.again(dan).name == "Dan"


def test_the_own_role_stays(admin, telco):
    (me,) = make.every(PortalUser)
    path = f"/provider-{telco.id}/portal-users/{me.id}"
    refused = admin.fill(path, role="read-only")
    assert "Somebody else has to change the role" in alerts(refused)


def test_a_mail_that_did_not_arrive_is_shown_at_the_person_with_send_again(admin, telco, monkeypatch):
    def refuses(_message):
        raise smtplib.SMTPRecipientsRefused({"x": (550, b"5.1.1 No such mailbox")})

    monkeypatch.setattr(mail.mail, "send", refuses)
    path = f"/provider-{telco.id}/portal-users/"
    admin.fill(f"{path}new", name="Ida", email="ida@bücher.example")
    notices.drain()
    ida = make.every(PortalUser, name="Ida")[0]
    listed = row(admin.get(path), "Ida")
    assert "ida@bücher.example" in listed
    assert "Invitation: not delivered" in listed
    assert "does not accept this address" in listed
    assert "550 5.1.1 No such mailbox" in listed
    page = soup(admin.get(f"{path}{ida.id}"))
    assert "Invitation to ida@bücher.example: not delivered." in page.get_text(" ", strip=True)
    assert page.select(f'form[action="{path}{ida.id}/invite"]')
    assert page.select_one("[name=email]")["value"] == "ida@bücher.example"
    history = admin.get(f"/provider-{telco.id}/history/").text
    assert "Mail could not be delivered" in history


def test_what_cannot_be_mailed_is_refused_in_the_form_and_nothing_is_lost(admin, telco):
    path = f"/provider-{telco.id}/portal-users/new"
    refused = admin.fill(path, name="Jürgen", email="jürgen@example.com")
    assert refused.status_code == 422
    assert "Mail cannot be sent to this address" in alerts(refused)
    assert fields_of(soup(refused), path)["email"] == "jürgen@example.com"


def test_a_new_address_waits_on_the_page_until_it_is_confirmed_by_a_press(admin, telco, browser):
    dan = make.portal_user(telco, name="Dan", email="dan@example.com")
    path = f"/provider-{telco.id}/portal-users/"
    assert admin.fill(f"{path}{dan.id}", email="dan@bücher.example").status_code == 303
    listed = row(admin.get(path), "Dan")
    assert "on its way to dan@bücher.example" in admin.get(path).text or "dan@bücher.example" in listed
    assert "dan@example.com" in listed
    assert "not confirmed yet" in listed
    page = soup(admin.get(f"{path}{dan.id}"))
    assert page.select(f'form[action="{path}{dan.id}/new-address/cancel"]')
    assert page.select(f'form[action="{path}{dan.id}/new-address/send-again"]')

    link = re.search(r"/new-address/[\w-]+", "".join(one.body or "" for one in make.every(Notice)))[0]
    stranger = browser()
    opened = stranger.get(link)
    assert "dan@bücher.example" in opened.text
    assert make.again(dan).email == "dan@example.com", "mail scanners open links"
    assert stranger.post(link).headers["Location"].startswith("/sign-in")
    assert make.again(dan).email == "dan@xn--bcher-kva.example"
    assert stranger.get(link).status_code == 404
    assert "not confirmed" not in row(admin.get(path), "Dan")


def test_the_limit_for_mails_is_a_sentence(admin, telco):
    ida = make.portal_user(telco, name="Ida", accepted_at=None)
    path = f"/provider-{telco.id}/portal-users/"
    for _ in range(12):
        admin.post(f"{path}{ida.id}/invite")
    assert "Too many mails went to this address. Try again in an hour." in admin.get(path).text


def test_a_users_address_asks_for_the_password_and_other_details_do_not(browser, telco):
    una = make.user(make.group(make.reseller(telco)), email="una@example.com")
    person = make.portal_user(telco)
    admin = browser(person)
    for session in make.every(PortalSession, portal_user_id=person.id):
        session.confirmed_at -= dt.timedelta(minutes=16)
        make.kept(session)
    path = f"/user-{una.id}/details/"
    assert admin.fill(path, name="Una Two", email="UNA@example.com").status_code == 303
    asked = admin.fill(path, email="other@example.com")
    assert "Confirm that it is you" in asked.text
    assert make.again(una).email == "UNA@example.com"
    carried = fields_of(soup(asked), path)
    assert admin.post(path, carried | {"own_password": "wrong"}).status_code == 422
    assert admin.post(path, carried | {"own_password": make.PASSWORD}).status_code == 303
    assert make.again(una).email == "other@example.com"


def test_a_mail_to_a_user_that_did_not_arrive_is_shown_at_the_user(browser, telco, monkeypatch):
    def refuses(_message):
        raise smtplib.SMTPRecipientsRefused({"x": (550, b"No such mailbox")})

    monkeypatch.setattr(mail.mail, "send", refuses)
    una = make.user(make.group(make.reseller(telco)), email="una@example.com")
    admin = browser(make.portal_user(telco))
    admin.post(f"/user-{una.id}/client-password/link")
    notices.drain()
    page = soup(admin.get(f"/user-{una.id}/details/")).get_text(" ", strip=True)
    assert "Link to set the client password to una@example.com: not delivered." in page
