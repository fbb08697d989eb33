"""S8 to S12 in a browser, with the texts of the specification to the letter."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from app.models import Assignment, User
from tests import make
from tests.browser.rows import Customer, Desk
from tests.running import Portal

pytestmark = pytest.mark.browser

TITLE = "CPaaS Number Assignment"
INTRO = "Configure a CPaaS number to be linked to this user account"
PATIENCE = "Please note it may take several minutes before this number is provisioned in Inteliquent"
NOT_ON_ACCOUNT = (
    "This number is not assigned to this Inteliquent account, please check the number and try again or "
    "check with the Inteliquent customer portal for more information"
)
USER_INTRO = (
    "Use the tabs to manage this user. The user id must match the user id in Broadworks, otherwise any "
    "permanent licenses assigned will not be consumed."
)
USER_FIELDS = (
    "User ID / MAC Address",
    "User / Computer Name",
    "Timezone",
    "Language",
    "External Reference",
)


def held(portal: Portal, customer: Customer) -> list[Assignment]:
    with portal.app():
        return make.every(Assignment, provider_id=customer.provider)


def test_s08_a_number_is_added_from_the_page_of_a_user(portal: Portal, desk: Desk) -> None:
    """Without a platform the button is absent; Platform is asked for only where there are two."""
    customer = Customer.new(portal, "Rows Eight")
    desk.at(f"user-{customer.user}")
    expect(desk.link("Add CPaaS Number")).to_have_count(0)
    desk.reads(
        "CPaaS numbers cannot be added yet: this provider has no CPaaS platform. An operator or an "
        "administrator at provider level can add one."
    )

    customer.platform()
    desk.at(f"user-{customer.user}").follow("Add CPaaS Number")
    desk.reads(TITLE, INTRO, PATIENCE)
    for label in ("Number", "Friendly Name", "Messaging Type", "User Can Block Numbers"):
        expect(desk.field(label)).to_be_visible()
    expect(desk.field("Platform")).to_have_count(0)
    desk.fill({"Number": "2019920782"})
    desk.press("Add number")
    desk.page.wait_for_url("**/numbers/*")
    desk.at(f"user-{customer.user}")
    expect(desk.row("2019920782").get_by_role("cell", name="2019920782", exact=True)).to_be_visible()

    customer.platform("demo")
    desk.at(f"user-{customer.user}").follow("Add CPaaS Number")
    expect(desk.field("Platform").locator("option")).to_have_count(2)


def test_s09_both_settings_follow_the_platform_unless_set(portal: Portal, desk: Desk) -> None:
    """MMS is offered only where the platform has it; the platform's own value is followed again."""
    customer = Customer.new(portal, "Rows Nine")
    platform = customer.platform(user_can_block=False)
    number = customer.number("2019920783")
    page = f"user-{customer.user}"

    desk.at(page).follow("Add CPaaS Number")
    assert sorted(desk.field("Messaging Type").locator("option").all_inner_texts()) == ["MMS & SMS", "SMS"]
    expect(desk.field("Messaging Type").locator("option:checked")).to_have_text("MMS & SMS")
    expect(desk.field("User Can Block Numbers")).not_to_be_checked()

    for messaging, can_block, kept in (("SMS", True, (False, True)), ("MMS & SMS", False, (None, None))):
        desk.at(page, f"numbers/{number}")
        desk.fill({"Messaging Type": messaging, "User Can Block Numbers": can_block})
        desk.press("Update")
        [row] = held(portal, customer)
        assert (row.mms, row.user_can_block) == kept, "the value of the platform is followed, not copied"

    desk.at(f"provider-{customer.provider}", f"platforms/{platform}")
    desk.fill({"MMS Available (includes SMS)": False})
    desk.press("Update")
    desk.at(page).follow("Add CPaaS Number")
    assert desk.field("Messaging Type").locator("option").all_inner_texts() == ["SMS"]
    desk.at(page)
    expect(desk.row("2019920783").get_by_role("cell", name="SMS", exact=True)).to_be_visible()


def test_s10_a_number_that_is_not_on_the_account_is_refused(portal: Portal, desk: Desk) -> None:
    customer = Customer.new(portal, "Rows Ten")
    customer.platform()
    desk.at(f"user-{customer.user}").follow("Add CPaaS Number")
    typed = {"Number": "2019920789", "Friendly Name": "My MMS Number", "Messaging Type": "MMS & SMS"}
    desk.fill(typed)
    desk.press("Add number")
    desk.reads(NOT_ON_ACCOUNT)
    link = desk.link("Inteliquent customer portal").first
    assert str(link.get_attribute("href")).startswith("http")
    expect(desk.field("Number")).to_have_value("2019920789")
    expect(desk.field("Friendly Name")).to_have_value("My MMS Number")
    assert held(portal, customer) == []


def test_s11_the_carrier_gets_a_webhook_that_leads_to_us(portal: Portal, desk: Desk) -> None:
    """The leading 1 is the carrier's affair: ten digits are typed and read, an eleventh does no harm."""
    customer = Customer.new(portal, "Rows Eleven")
    customer.platform()
    assert portal.sandbox.webhooks("test", "2019920784") == []
    desk.at(f"user-{customer.user}").follow("Add CPaaS Number")
    desk.fill({"Number": "1 (201) 992-0784"})
    desk.press("Add number")
    expect(desk.page.locator("#number-state").get_by_text("Active", exact=True)).to_be_visible(timeout=60_000)
    desk.reads("2019920784")
    desk.misses("12019920784")
    [hook] = portal.sandbox.webhooks("test", "2019920784")
    assert hook["webhookUrl"].startswith(f"{portal.url}/receiver/inteliquent/")


def test_s12_the_user_id_matches_broadworks_and_is_unique(portal: Portal, desk: Desk) -> None:
    """In the whole cloud, in any case; whoever has it already is not named."""
    customer, other = Customer.new(portal, "Rows Twelve"), Customer.new(portal, "Somebody Else")
    desk.at(f"user-{customer.user}")
    desk.reads(USER_INTRO)
    for label in USER_FIELDS:
        expect(desk.field(label)).to_be_visible()
    desk.fill({"External Reference": "HR-12", "Language": "Spanish", "Timezone": "America/Chicago"})
    desk.press("Update")
    desk.at(f"user-{customer.user}")
    expect(desk.field("External Reference")).to_have_value("HR-12")
    expect(desk.field("Language").locator("option:checked")).to_have_text("Spanish")

    desk.fill({"User ID / MAC Address": other.user_id.upper()})
    desk.press("Update")
    desk.reads("This user id is already in use.")
    desk.misses("Somebody Else")
    expect(desk.field("User ID / MAC Address")).to_have_value(other.user_id.upper())
    with portal.app():
        assert make.every(User, id=customer.user)[0].broadworks_id == customer.user_id
