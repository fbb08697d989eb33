"""The License Details tab: a user's licences, and totals with a list above (D28)."""

import datetime as dt

import pytest

from app.clock import now
from app.models import Licence
from app.services.accounts import licences
from app.vocabulary import LicenceKind, Product
from app.web.licences import shown as licence_words
from tests import make
from tests.web.browsing import HTMX, alerts, soup

DAY = dt.timedelta(days=1)


@pytest.fixture
def una():
    return make.user(name="Una")


@pytest.fixture
def admin(browser):
    return browser(make.operator())


def text(answer):
    return soup(answer).get_text(" ", strip=True)


def test_a_licence_is_granted_changed_and_ended(admin, una):
    page = f"/user-{una.id}"
    assert "No licences yet" in text(admin.get(f"{page}/licences/"))
    day = (now() + 5 * DAY).date()
    answer = admin.fill(f"{page}/licence/new", product="agent", kind="until", last_day=day.isoformat())
    assert answer.status_code == 303
    shown = text(admin.get(f"{page}/licences/"))
    assert "Unity Agent" in shown
    assert "Expires in" in shown
    (row,) = make.every(Licence)
    assert admin.fill(f"{page}/licence/{row.id}", kind="permanent", last_day="").status_code == 303
    assert make.again(row).expires_at is None
    question = admin.get(f"{page}/licence/{row.id}/end")
    assert "the user's last licence" in text(question)
    assert admin.fill(f"{page}/licence/{row.id}/end").status_code == 303
    assert "Ended" in text(admin.get(f"{page}/licences/"))


def test_the_question_says_what_stops(admin, una):
    desktop, agent = make.licence(una), make.licence(una, product=Product.AGENT)
    ask = lambda row: text(admin.get(f"/user-{una.id}/licence/{row.id}/end"))  # noqa: E731
    assert "The user keeps Unity Agent" in ask(desktop)
    admin.fill(f"/user-{una.id}/licence/{desktop.id}/end")
    make.assignment(una)
    assert "are then kept for 30 days at most" in ask(agent)


@pytest.mark.parametrize(
    ("timezone", "words"),
    [("UTC", "Expires today"), ("Asia/Tokyo", "Expires in 1 day"), ("America/Los_Angeles", "Expires today")],
)
def test_days_are_those_of_the_calendar_where_the_viewer_is(browser, monkeypatch, una, timezone, words):
    half_past_ten = dt.datetime(2027, 3, 31, 10, 30, tzinfo=dt.UTC)
    for module in (licences, licence_words):
        monkeypatch.setattr(module, "now", lambda: half_past_ten)
    make.licence(una, kind=LicenceKind.UNTIL, expires_at=half_past_ten + dt.timedelta(hours=6))
    shown = text(browser(make.operator(timezone=timezone)).get(f"/user-{una.id}/licences/"))
    assert words in shown


def test_what_is_wrong_stands_at_its_field(admin, una):
    make.licence(una)
    path = f"/user-{una.id}/licence/new"
    assert "already holds a licence" in alerts(admin.fill(path, product="desktop", kind="permanent"))
    assert "Enter the last day" in alerts(admin.fill(path, product="agent", kind="trial"))
    assert "for example 2027-03-31" in alerts(admin.fill(path, kind="until", last_day="soon"))


def test_the_second_of_two_administrators_is_told_and_may_insist(admin, una):
    row = make.licence(una, kind=LicenceKind.UNTIL, expires_at=now() + 40 * DAY)
    path = f"/user-{una.id}/licence/{row.id}"
    stale = {"kind": "permanent", "last_day": "", "revision": "1"}
    assert admin.fill(path, kind="trial").status_code == 303
    told = admin.post(path, stale)
    assert told.status_code == 422
    assert "changed this while you were editing" in alerts(told)
    assert make.again(row).kind is LicenceKind.TRIAL
    assert soup(told).find(attrs={"name": "revision"})["value"] == "2"
    assert admin.post(path, stale | {"revision": "2"}).status_code == 303


def test_upper_levels_count_and_list_what_is_below(admin, una):
    make.licence(una)
    make.licence(make.user(name="Stranger"), product=Product.RECEPTION)
    group = f"/group-{una.group_id}/licences/"
    page = soup(admin.get(group))
    counts = page.find("table", attrs={"aria-label": "Licences in use"}).get_text(" ", strip=True)
    assert "Unity Desktop 1 0 0 1" in counts
    assert page.select_one(f'#list a[href="/user-{una.id}/licences/"]')
    assert "Stranger" not in page.get_text()
    assert "Stranger" in text(admin.get("/system/licences/?product=reception"))
    assert "No licence fits" in text(admin.get(f"{group}?state=expired&q=una", headers=HTMX))
    assert admin.get(f"{group}?state=nonsense&kind=%00&after=x").status_code == 200
