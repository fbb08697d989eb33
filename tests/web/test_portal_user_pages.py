"""Portal User Accounts: the list at a glance, and two administrators at one account (S4, S6)."""

import pytest

from app.clock import now
from app.models import PortalUser
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
