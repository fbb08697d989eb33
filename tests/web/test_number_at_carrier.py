"""The page of a number asks the carrier once it stands, and tells its answer, or that there is none."""

from __future__ import annotations

import pytest

from app.carriers.base import CarrierUnavailable
from app.clock import now
from app.services.provisioning import lookup
from tests import make
from tests.web.browsing import HTMX, Browser, soup


@pytest.fixture
def page(app, keys):
    """The block for a number of the account that has these keys."""

    def look(number, *, headers=HTMX, **wrong):
        una = make.user()
        platform = make.platform(una, **(keys | wrong))
        row = make.assignment(una, on=platform, number=number)
        return Browser(app, make.operator()).get(f"/{make.at(una)}/numbers/{row.id}/carrier", headers=headers)

    return look


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("+12019920781", "State at the carrier In service Messaging MMS & SMS"),
        ("+12019920787", "State at the carrier In service Messaging SMS"),
        ("+12019920790", "State at the carrier In service Messaging Switched off"),
        ("+12019920791", "State at the carrier Pending"),
        ("+12019920789", "The carrier says that this number is not on the account."),
    ],
)
def test_it_says_what_the_carrier_says(page, number, words):
    answer = page(number)
    assert answer.status_code == 200
    assert words in soup(answer).get_text(" ", strip=True)
    assert "<html" not in answer.text


def test_without_javascript_it_is_a_page(page):
    assert "<html" in page("+12019920781", headers={}).text


def test_a_carrier_that_says_no_is_told_in_its_place(page):
    answer = page("+12019920781", token_secret="not-the-right-one")
    assert answer.status_code == 200
    assert soup(answer).select_one(".notice.warn")


def test_a_carrier_that_is_away_is_no_word_about_changes_and_can_be_asked_again(page, monkeypatch):
    def away(*_asked):
        raise CarrierUnavailable

    monkeypatch.setattr(lookup, "ask_about", away)
    block = soup(page("+12019920781")).select_one("#at-carrier")
    assert "The carrier did not answer, so what it knows of this number is not shown." in block.get_text()
    assert "changed" not in block.get_text()
    again = block.find("a", string="Try again")
    assert again["hx-target"] == "#at-carrier"
    assert again["hx-get"] == again["href"]
    assert again["href"].endswith("/carrier")


def test_the_page_itself_does_not_wait_for_the_carrier(app, keys):
    una = make.user()
    row = make.assignment(una, on=make.platform(una, **keys))
    answer = Browser(app, make.operator()).get(f"/{make.at(una)}/numbers/{row.id}")
    waiting = soup(answer).select_one("[hx-trigger=load]")
    assert waiting["hx-get"].endswith(f"/numbers/{row.id}/carrier")
    assert waiting.select_one(".skeleton")


def test_about_a_deleted_number_nobody_is_asked(app):
    una = make.user()
    row = make.assignment(una, release_requested_at=now())
    answer = Browser(app, make.operator()).get(f"/{make.at(una)}/numbers/{row.id}/carrier", headers=HTMX)
    assert answer.status_code == 200
    assert "This number was deleted here." in answer.text
    assert "Try again" not in answer.text
