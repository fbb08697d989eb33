"""The History Log in words: who did what to what, from what to what, and when (D25)."""

import datetime as dt
import re

import pytest

from app.models import AuditEntry
from tests import make
from tests.web.browsing import HTMX, soup


@pytest.fixture
def una():
    return make.user(name="Una")


@pytest.fixture
def admin(browser):
    return browser(make.operator(timezone="America/New_York"))


def line(row, **fields):
    given = {"actor": "ada@x.example", "action": "Details changed", "target_kind": row.__tablename__}
    branch = {
        f"{one}_id": getattr(row, f"{one}_id", None) for one in ("provider", "reseller", "group", "user")
    }
    return make.kept(AuditEntry(**{**given, "target_id": row.id, "target": row.name, **branch, **fields}))


def rows(answer):
    return [re.sub(r"\s+", " ", row.get_text(" ", strip=True)) for row in soup(answer).select("tbody tr")]


SAID = {
    "switch": ({"send_alerts": [False, True]}, "Send Alerts: Off → On"),
    "follows": ({"mms": [True, None]}, "MMS: On → as the platform"),
    "empty": ({"account_reference": ["", "A 1"]}, "Account Reference: empty → A 1"),
    "secret": ({"token_secret": ["old-secret", "new-secret"]}, "Token/Secret: •••• → ••••"),
    "enums": ({"product": "agent", "kind": ["trial", "permanent"]}, "Unity Agent Kind: Trial → Permanent"),
    "moment": (
        {"expires_at": ["2027-03-01T04:59:59+00:00", None]},
        "Until: 2027-02-28 @ 23:59:59 → no end",
    ),
    "trial": (
        {"after_a_agent_trial": ["as above", "supervisor"]},
        "After a trial of Unity Agent: As above → Unity Supervisor",
    ),
    "consent": ({"opt_in": ["opted-out", "pending"]}, "User opted-out → Not answered yet"),
    "unknown": ({"some_new_field": 3}, "Some new field: 3"),
    "markup": ({"name": ["<b>", "x"]}, "Name: <b> → x"),
}


@pytest.mark.parametrize(("change", "words"), SAID.values(), ids=SAID)
def test_a_change_is_said_in_words(admin, una, change, words):
    line(una, change=change)
    (said,) = rows(admin.get(f"/user-{una.id}/history/"))
    assert words in said
    assert "new-secret" not in said


def test_a_long_value_is_folded(admin, una):
    line(una, change={"reason": "why " * 40})
    page = soup(admin.get(f"/user-{una.id}/history/"))
    assert page.select_one("td details summary").text == "Reason"


def test_a_line_leads_to_where_the_target_is_now(admin, una):
    number = make.assignment(una)
    person = make.portal_user(None, name="Gone")
    line(una)
    line(una, action="CPaaS number added", target_kind="assignments", target_id=number.id)
    line(person, target_kind="portal_users", target="gone@x.example")
    page = soup(admin.get("/system/history/"))
    links = [link["href"] for link in page.select("tbody a")]
    assert links == [
        "/system/portal-users/",
        f"/user-{una.id}/numbers/{number.id}",
        f"/user-{una.id}/details/",
    ]
    assert all(admin.get(link).status_code == 200 for link in links)


def test_days_are_those_of_the_viewer(admin, una):
    line(una, at=dt.datetime(2027, 3, 2, 4, 30, tzinfo=dt.UTC))  # late on the first in New York
    line(una, at=dt.datetime(2027, 3, 2, 5, 30, tzinfo=dt.UTC))
    path = f"/user-{una.id}/history/"
    (first,) = rows(admin.get(f"{path}?to=2027-03-01"))
    (second,) = rows(admin.get(f"{path}?from=2027-03-02&to=2027-03-02"))
    assert first.startswith("2027-03-01 @ 23:30:00")
    assert second.startswith("2027-03-02 @ 00:30:00")


def test_filters_live_in_the_address_and_nonsense_asks_for_all(admin, una):
    line(una)
    line(una, actor="bob@x.example", action="Signed in")
    path = f"/user-{una.id}/history/"
    assert len(rows(admin.get(f"{path}?person=bob&action=Signed+in", headers=HTMX))) == 1
    assert "Nothing fits" in admin.get(f"{path}?person=nobody").text
    assert len(rows(admin.get(f"{path}?from=soon&to=9999-12-31&action=%00&after=x&person=%00"))) == 2


def test_the_export_holds_what_is_filtered_and_no_formulas(admin, una):
    line(una, target="=1+1", change={"send_alerts": [False, True]})
    line(una, actor="bob@x.example")
    answer = admin.get(f"/user-{una.id}/history/export?person=ada", buffered=True)
    lines = answer.text.splitlines()
    assert answer.mimetype == "text/csv"
    assert lines[0] == '\ufeff"Time","UTC","What","On","By","Details"'
    assert len(lines) == 2
    assert """"'=1+1","ada@x.example","Send Alerts: Off → On\"""" in lines[1]
