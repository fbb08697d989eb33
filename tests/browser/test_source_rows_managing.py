"""S15 to S17 in a browser, with the texts of the specification to the letter."""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import expect

from app.models import Assignment, Message, OptInEvidence
from app.vocabulary import OptIn
from tests import make
from tests.browser.rows import Customer, Desk
from tests.processes import eventually
from tests.running import ClientApi, Portal

pytestmark = pytest.mark.browser

COLUMNS = ["User/Media Stream", "CPaaS Number", "Friendly Name", "Messaging Type", "End Date"]
# 13:00:30 and 10:16:21 in New York, where the people of these tests are.
OPTED_OUT_AT = dt.datetime(2021, 6, 15, 17, 0, 30, tzinfo=dt.UTC)
OPTED_IN_AT = dt.datetime(2021, 6, 15, 14, 16, 21, tzinfo=dt.UTC)


def evidence(portal: Portal, number: int) -> list[OptIn]:
    with portal.app():
        return [row.state for row in make.every(OptInEvidence, assignment_id=number)]


def texts(portal: Portal, number: int) -> list[str | None]:
    """The words of all texts of a number that are still there."""
    with portal.app():
        return [row.text for row in make.every(Message, assignment_id=number) if row.text]


def test_s15_cpaas_numbers_lists_what_is_there_and_below(portal: Portal, desk: Desk) -> None:
    customer = Customer.new(portal, "Rows Fifteen")
    customer.platform()
    customer.number("3105551778", friendly_name="SMS only", mms=False)
    customer.number("3105551780", friendly_name="100% My_MMS Number")
    ended = dt.datetime(2021, 6, 15, 17, 0, 30, tzinfo=dt.UTC)
    customer.number("3105551799", state="ended", release_requested_at=ended, ended_at=ended)
    levels = ("provider", "reseller", "group", "user")
    for node in ["system", *(f"{level}-{getattr(customer, level)}" for level in levels)]:
        desk.at(node, "history")
        desk.tab("CPaaS Numbers")
        if node == "system":
            desk.page.goto(f"{desk.page.url}?q=3105551")
        heads = desk.page.get_by_role("columnheader").all_inner_texts()
        assert [head.strip(" ↑↓") for head in heads if head.strip(" ↑↓") in COLUMNS] == COLUMNS
        desk.reads("Wildcards are automatically added when searching.")
        for number, name, kind in (
            ("3105551778", "SMS only", "SMS"),
            ("3105551780", "100% My_MMS Number", "MMS & SMS"),
        ):
            row = desk.row(number)
            for words in ("Robin Rows Fifteen", name, kind, "Active Assignment"):
                expect(row).to_contain_text(words)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("5552", ["3105552778", "3105552780"]),  # in the middle: the wildcards are added
        ("*2778", ["3105552778"]),  # a star is one
        ("31*780", ["3105552780"]),
        ("100%", ["3105552780"]),  # a percent sign and an underscore are not
        ("y_m", ["3105552780"]),
        ("1%5", []),
        ("robin", ["3105552778", "3105552780"]),  # the holder, in any case
    ],
)
def test_s15_wildcards_are_added(portal: Portal, desk: Desk, typed: str, found: list[str]) -> None:
    customer = _searched(portal)
    desk.at(f"provider-{customer.provider}", "numbers")
    with desk.page.expect_response(lambda answer: "q=" in answer.url):
        desk.page.locator("main").get_by_role("searchbox").fill(typed)
    for number in ("3105552778", "3105552780"):
        expect(desk.row(number)).to_have_count(1 if number in found else 0)


def test_s15_a_click_on_a_number_goes_to_its_holder(portal: Portal, desk: Desk) -> None:
    customer = _searched(portal)
    desk.at(f"provider-{customer.provider}", "numbers").follow("3105552778")
    expect(desk.page.get_by_role("heading", level=1)).to_have_text("Robin Rows Search")


_SEARCHED: dict[Portal, Customer] = {}


def _searched(portal: Portal) -> Customer:
    """One customer with two numbers, for all that is looked for."""
    if portal not in _SEARCHED:
        customer = _SEARCHED[portal] = Customer.new(portal, "Rows Search")
        customer.platform()
        customer.number("3105552778", friendly_name="SMS only")
        customer.number("3105552780", friendly_name="100% My_MMS Number")
    return _SEARCHED[portal]


def test_s16_the_opt_in_state_is_shown_and_can_be_reset(portal: Portal, desk: Desk) -> None:
    """Declined, reset, asked again at the client's next start, accepted: and every step is kept."""
    customer = Customer.new(portal, "Rows Sixteen")
    customer.platform()
    number = customer.number("3105553778", opt_in=OptIn.OPTED_OUT, opt_in_at=OPTED_OUT_AT)
    page = (f"user-{customer.user}", f"numbers/{number}")
    desk.at(*page)
    desk.reads("User Opt-In State", "User opted-out 2021-06-15 @ 13:00:30")
    assert ClientApi(portal.url, customer.user_id, make.PASSWORD).session["prompts"] == []

    desk.press("Reset Opt-In State")
    desk.reads("Not answered yet")
    expect(desk.button("Reset Opt-In State")).to_have_count(0)
    client = ClientApi(portal.url, customer.user_id, make.PASSWORD)
    [prompt] = client.session["prompts"]
    assert prompt["number_id"] == number
    client.call("POST", f"numbers/{number}/opt-in", accept=True)
    assert evidence(portal, number) == [OptIn.PENDING, OptIn.OPTED_IN]
    desk.at(*page)
    expect(desk.page.get_by_role("table", name="Evidence of the answers")).to_contain_text(customer.user_id)

    other = customer.number("3105553806", opt_in=OptIn.OPTED_IN, opt_in_at=OPTED_IN_AT)
    desk.at(f"user-{customer.user}", f"numbers/{other}")
    desk.reads("User opted-in 2021-06-15 @ 10:16:21")


def test_s17_saved_messages_are_deleted_from_the_page(portal: Portal, desk: Desk) -> None:
    """Those of this number only; deleting the number deletes all of its messages."""
    customer = Customer.new(portal, "Rows Seventeen")
    customer.platform()
    number, other = customer.number("2019920785"), customer.number("2019920786")
    _texted(portal, number, other)
    desk.at(f"user-{customer.user}", f"numbers/{number}")
    desk.reads("2 saved messages")
    desk.confirm("Delete saved messages")
    desk.reads("No saved messages.")
    assert texts(portal, number) == []
    assert len(texts(portal, other)) == 2

    desk.at(f"user-{customer.user}", f"numbers/{other}")
    desk.confirm("Delete number")
    assert texts(portal, other) == []
    ended = desk.page.locator("#number-state").get_by_text("Ended", exact=True)
    eventually(lambda: desk.at(f"user-{customer.user}", f"numbers/{other}") and ended.count(), 60)
    desk.misses("Active Assignment")


def _texted(portal: Portal, *numbers: int) -> None:
    with portal.app():
        for number in numbers:
            [row] = make.every(Assignment, id=number)
            make.message(row)
            make.message(row, remote="+12125550143")
