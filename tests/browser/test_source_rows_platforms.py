"""S1 to S7 in a browser, with the texts of the specification to the letter."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.rows import Customer, Desk
from tests.running import Portal

pytestmark = pytest.mark.browser

SWITCHES = ("User Confirmation Required", "User Can Block Numbers", "MMS Available (includes SMS)")
NOTIFICATIONS = (
    "Send Technical Emails",
    "Send Alerts",
    "Send Invoices & Receipts",
    "Send License Expiry Alerts",
)
INTRO = (
    "Configure the Unity cloud and clients to integrate with a CPaaS platform for MMS/SMS and WhatsApp "
    "messaging. MMS includes SMS messaging, but when sending an MMS-compliant URL the message will be "
    "converted to MMS rather than sending an SMS with a URL. MMS is only available when the 'from' and "
    "'to' numbers are both American numbers"
)
WHERE_THE_KEY_IS = (
    "Click on the Message Broker API link from the Inteliquent main page. There may be an Outbound API Key "
    "already shown, if not click the Generate API Key button to create a new key."
)
NO_RECIPIENT = (
    "CPaaS platforms cannot be added as there are no login users at the system provider level that are "
    "configured to receive alerts. These users will be notified of any issues surrounding CPaaS "
    "enablement and at least one user must be alerted."
)
NOT_UPDATED = (
    "This user cannot be updated as they are the only user account configured to receive alerts from "
    "the Kakapo partner portal. These alerts include notifications for any issues relating to CPaaS "
    "enablement, so at least one user must be set as a recipient. Please re-enable this setting, or "
    "configure another user to receive alerts before updating this account."
)
NOT_DELETED = (
    "This user cannot be deleted as they are the only user account configured to receive alerts from "
    "the Kakapo partner portal. These alerts include notifications for any issues relating to CPaaS "
    "enablement, so at least one user must be set as a recipient. Please re-enable this setting, or "
    "configure another user to receive alerts before deleting this account."
)


def type_keys(desk: Desk, keys: dict[str, str]) -> None:
    desk.fill(
        {
            "Account/Key": keys["account_key"],
            "Token/Secret": keys["token_secret"],
            "Outbound API Key": keys["outbound_api_key"],
        }
    )


def alert(desk: Desk, customer: Customer, *, on: bool) -> None:
    """Switch Send Alerts of the provider's one administrator."""
    desk.at(f"provider-{customer.provider}", "portal-users").follow("Stella Staff")
    desk.fill({"Send Alerts": on})
    desk.press("Update")


def test_s01_details_of_a_provider_lists_its_platforms_and_offers_to_add_one(
    portal: Portal, desk: Desk
) -> None:
    customer = Customer.new(portal, "Rows One")
    desk.at(f"provider-{customer.provider}")
    expect(desk.link("Add CPaaS Platform").first).to_be_visible()
    expect(desk.link("Inteliquent")).to_have_count(0)
    customer.platform()
    desk.at(f"provider-{customer.provider}")
    expect(desk.row("Inteliquent")).to_have_count(1)
    desk.follow("Add CPaaS Platform")
    desk.reads("Rows One CPaaS Platform Assignment")


def test_s02_the_form_of_a_platform(portal: Portal, desk: Desk) -> None:
    """Its texts, its fields, its buttons; the switches start on; blanks around a pasted key are dropped."""
    customer = Customer.new(portal, "Rows Two")
    alert(desk, customer, on=True)
    desk.at(f"provider-{customer.provider}").follow("Add CPaaS Platform")
    desk.reads("Rows Two CPaaS Platform Assignment", INTRO, WHERE_THE_KEY_IS)
    expect(desk.field("CPaaS Platform").locator("option:checked")).to_have_text("Inteliquent")
    for label in ("Account/Key", "Token/Secret", "Outbound API Key"):
        expect(desk.field(label)).to_have_value("")
    for label in SWITCHES:
        expect(desk.field(label)).to_be_checked()
    expect(desk.link("Cancel")).to_be_visible()

    keys = portal.sandbox.accounts()["test"]
    type_keys(desk, {name: f"  {value}\t" for name, value in keys.items()})
    desk.fill({"User Can Block Numbers": False})
    desk.press("Add Platform")
    expect(desk.row("Inteliquent")).to_have_count(1)
    assert customer.keys() == [(keys["account_key"], keys["token_secret"], keys["outbound_api_key"])]

    desk.follow("Inteliquent")
    for label, is_on in zip(SWITCHES, (True, False, True), strict=True):
        expect(desk.field(label)).to_be_checked(checked=is_on)
    for shown in (desk.button("Update"), desk.link("Cancel"), desk.link("Delete Platform")):
        expect(shown).to_be_visible()
    assert not any(keys[name] in desk.page.content() for name in ("token_secret", "outbound_api_key"))


def test_s03_without_an_alert_recipient_no_platform_is_added(portal: Portal, desk: Desk) -> None:
    """The form opens with the error; Add Platform is absent, Cancel stays; a direct POST reads the same."""
    customer = Customer.new(portal, "Rows Three")
    desk.at(f"provider-{customer.provider}").follow("Add CPaaS Platform")
    desk.reads(NO_RECIPIENT)
    expect(desk.button("Add Platform")).to_have_count(0)
    expect(desk.link("Cancel")).to_be_visible()

    token = desk.page.locator("input[name=csrf_token]").first.input_value()
    keys = portal.sandbox.accounts()["test"]
    answer = desk.page.request.post(
        desk.page.url, form={"csrf_token": token, "carrier": "inteliquent", **keys}
    )
    assert answer.status == 422
    assert NO_RECIPIENT in " ".join(answer.text().split())
    assert customer.keys() == []


def test_s04_the_last_alert_recipient_stays(portal: Portal, desk: Desk) -> None:
    """While a platform exists the account can be neither saved without Send Alerts, disabled, nor deleted."""
    customer = Customer.new(portal, "Rows Four")
    alert(desk, customer, on=True)
    customer.platform()
    alert(desk, customer, on=False)
    desk.reads("Update Stella Staff", NOT_UPDATED)

    desk.at(f"provider-{customer.provider}", "portal-users").follow("Stella Staff")
    desk.fill({"May Sign In": False})
    desk.press("Update")
    desk.reads(NOT_UPDATED)

    desk.at(f"provider-{customer.provider}", "portal-users").follow("Stella Staff")
    desk.confirm("Delete portal user")
    desk.reads(NOT_DELETED)
    desk.at(f"provider-{customer.provider}", "portal-users")
    expect(desk.row("Stella Staff")).to_contain_text("Alerts")


def test_s05_keys_are_tried_at_the_carrier(portal: Portal, desk: Desk) -> None:
    """On create and on update, both kinds of them: any issue is shown, nothing is saved."""
    customer = Customer.new(portal, "Rows Five")
    alert(desk, customer, on=True)
    keys = portal.sandbox.accounts()["test"]
    desk.at(f"provider-{customer.provider}").follow("Add CPaaS Platform")
    for wrong, words in (("token_secret", "Token/Secret"), ("outbound_api_key", "Outbound API Key")):
        type_keys(desk, {**keys, wrong: "not-the-right-key"})
        desk.press("Add Platform")
        expect(desk.page.get_by_role("alert")).to_contain_text(words)
        assert customer.keys() == []
    type_keys(desk, keys)
    desk.press("Add Platform")
    kept = customer.keys()
    assert len(kept) == 1

    desk.follow("Inteliquent")
    desk.fill({"Outbound API Key": "not-the-right-key", "MMS Available (includes SMS)": False})
    desk.press("Update")
    expect(desk.page.get_by_role("alert")).to_contain_text("Outbound API Key")
    assert customer.keys() == kept
    desk.at(f"provider-{customer.provider}").follow("Inteliquent")
    expect(desk.field("MMS Available (includes SMS)")).to_be_checked()


def test_s06_portal_users_have_four_switches_that_start_off(portal: Portal, desk: Desk) -> None:
    customer = Customer.new(portal, "Rows Six")
    desk.at(f"provider-{customer.provider}", "portal-users").follow("Add portal user")
    desk.reads("Notifications")
    for label in NOTIFICATIONS:
        expect(desk.field(label)).not_to_be_checked()
    address = f"sam@{customer.provider}.rows.example"
    desk.fill({"User Name": "Sam Six", "Email Address": address, "Timezone": "America/Chicago"})
    desk.fill({"Send Alerts": True, "Send Invoices & Receipts": True})
    desk.press("Add portal user")
    expect(desk.row("Sam Six")).to_contain_text("Invited")

    desk.follow("Sam Six")
    expect(desk.field("Email Address")).to_have_value(address)
    for label in NOTIFICATIONS:
        expect(desk.field(label)).to_be_checked(checked=label in {"Send Alerts", "Send Invoices & Receipts"})


def test_s07_a_provider_may_have_several_platforms(portal: Portal, desk: Desk) -> None:
    """From then on the form of a number asks which one."""
    customer = Customer.new(portal, "Rows Seven")
    alert(desk, customer, on=True)
    for account in ("test", "demo"):
        desk.at(f"provider-{customer.provider}").follow("Add CPaaS Platform")
        type_keys(desk, portal.sandbox.accounts()[account])
        desk.press("Add Platform")
    expect(desk.row("Inteliquent")).to_have_count(2)
    desk.at(f"user-{customer.user}").follow("Add CPaaS Number")
    expect(desk.field("Platform").locator("option")).to_have_count(2)
