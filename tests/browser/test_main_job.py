"""The main job, from an empty provider to texts both ways and back to nothing, as one journey."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PICTURES
from tests.browser.listening import Ears
from tests.processes import eventually
from tests.running import PASSWORD, Portal

pytestmark = pytest.mark.browser

NO_RECIPIENT = (
    "CPaaS platforms cannot be added as there are no login users at the system provider level that are "
    "configured to receive alerts. These users will be notified of any issues surrounding CPaaS enablement "
    "and at least one user must be alerted."
)
LAST_RECIPIENT = (
    "This user cannot be {} as they are the only user account configured to receive alerts from the Kakapo "
    "partner portal. These alerts include notifications for any issues relating to CPaaS enablement, so at "
    "least one user must be set as a recipient. Please re-enable this setting, or configure another user to "
    "receive alerts before {} this account."
)
NOT_ON_ACCOUNT = (
    "This number is not assigned to this Inteliquent account, please check the number and try again or check "
    "with the Inteliquent customer portal for more information"
)
PHONE = "2125550142"
NUMBER = "2019920781"


def test_the_main_job(portal: Portal, chromium: Browser, page: Page) -> None:
    keys = portal.sandbox.accounts()["test"]
    sign_in(portal, page, "test@example.com")
    nobody_is_alerted_yet(page)
    switch_alerts(page, on=True)
    the_platform_is_added(portal, page, keys)
    the_last_recipient_stays(portal, page, chromium)
    each_number_has_its_words(page)
    the_number_becomes_active(portal, page)

    client = portal.client("terry@test.example")
    ears = Ears(client, portal.url)
    the_user_is_asked_and_declines(portal, page, client)
    the_user_is_asked_again_and_accepts(portal, page, ears)
    texts_flow_both_ways(portal, chromium, ears, NUMBER)
    redis_is_emptied_and_restarted(portal, chromium, ears)
    the_sender_is_blocked(portal, client)
    messages_and_number_are_deleted(portal, page, client)
    ears.stop()
    every_level_shows_its_numbers(portal, page)


def sign_in(portal: Portal, page: Page, email: str, password: str = PASSWORD) -> None:
    """S6, and step 1."""
    page.goto(portal.url)
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("nav.tabs")).to_be_visible()
    page.wait_for_load_state()


def tab(page: Page, name: str) -> None:
    page.locator("nav.tabs").get_by_role("link", name=name, exact=True).click()
    page.wait_for_load_state()  # what is typed before the scripts are there waits for Enter


def nobody_is_alerted_yet(page: Page) -> None:
    """S3: the form opens with the source's error, without Add Platform, with Cancel."""
    tab(page, "Details")
    page.get_by_role("link", name="Add CPaaS Platform").first.click()
    expect(page.get_by_text(NO_RECIPIENT)).to_be_visible()
    expect(page.get_by_role("button", name="Add Platform")).to_have_count(0)
    page.get_by_role("link", name="Cancel").click()


def switch_alerts(page: Page, *, on: bool, name: str = "Tess Tester") -> None:
    tab(page, "Portal User Accounts")
    page.get_by_role("link", name=name).click()
    page.get_by_label("Send Alerts").set_checked(on)
    page.get_by_role("button", name="Update").click()
    if on:  # otherwise the test goes on to look at the refusal
        page.wait_for_url("**/portal-users/")


def the_platform_is_added(portal: Portal, page: Page, keys: dict[str, str]) -> None:
    """S1, S2, S5, D6: a wrong key is refused at the form, nothing is saved; the right ones are listed."""
    tab(page, "Details")
    page.get_by_role("link", name="Add CPaaS Platform").first.click()
    for label in ("User Confirmation Required", "User Can Block Numbers", "MMS Available (includes SMS)"):
        expect(page.get_by_label(label)).to_be_checked()
    fill_keys(page, {**keys, "outbound_api_key": "not-the-right-key"})
    page.get_by_role("button", name="Add Platform").click()
    expect(page.get_by_text("The carrier refused this Outbound API Key").first).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("CPaaS Platform Assignment"))).to_be_visible()
    picture(page, "platform-refused")
    fill_keys(page, {name: f"  {value} " for name, value in keys.items()})
    page.get_by_role("button", name="Add Platform").click()
    expect(page.get_by_role("link", name="Inteliquent")).to_be_visible()
    assert not any(keys[name] in page.content() for name in ("token_secret", "outbound_api_key"))


def fill_keys(page: Page, keys: dict[str, str]) -> None:
    page.get_by_label("Account/Key", exact=True).fill(keys["account_key"])
    page.get_by_label("Token/Secret", exact=True).fill(keys["token_secret"])
    page.get_by_label("Outbound API Key", exact=True).fill(keys["outbound_api_key"])


def the_last_recipient_stays(portal: Portal, page: Page, chromium: Browser) -> None:
    """S4, alone and when two try at the same moment."""
    switch_alerts(page, on=False)
    expect(page.get_by_text(LAST_RECIPIENT.format("updated", "updating")).first).to_be_visible()
    delete_portal_user(page)
    expect(page.get_by_text(LAST_RECIPIENT.format("deleted", "deleting")).first).to_be_visible()

    second = invite_a_second_recipient(portal, page, chromium)
    for window, name in ((page, "Tess Tester"), (second, "Sam Second")):
        window.goto(f"{portal.url}/")
        tab(window, "Portal User Accounts")
        window.get_by_role("link", name=name).click()
        window.get_by_label("Send Alerts").set_checked(False)
    for window in (page, second):
        window.evaluate("document.querySelector('#portal-user form').requestSubmit()")
    eventually(lambda: _refused(page) + _refused(second) == 1, 15)
    assert _refused(page) + _refused(second) == 1
    second.context.close()
    page.goto(f"{portal.url}/")
    tab(page, "Portal User Accounts")
    expect(page.get_by_role("row").filter(has_text="Alerts")).to_have_count(1)


def _refused(page: Page) -> int:
    page.wait_for_timeout(50)
    return min(1, page.get_by_text("This user cannot be updated").count())


def delete_portal_user(page: Page) -> None:
    tab(page, "Portal User Accounts")
    page.get_by_role("link", name="Tess Tester").click()
    page.get_by_role("link", name="Delete portal user").click()
    page.get_by_role("button", name=re.compile("^Delete")).last.click()


def invite_a_second_recipient(portal: Portal, page: Page, chromium: Browser) -> Page:
    """S6: invited by mail, through the mailbox; only an accepted invitation counts (S4)."""
    page.goto(f"{portal.url}/")
    tab(page, "Portal User Accounts")
    page.get_by_role("link", name="Add portal user").first.click()
    page.get_by_label("User Name").fill("Sam Second")
    page.get_by_label("Email Address").fill("sam@test.example")
    page.get_by_label("Send Alerts").check()
    page.get_by_role("button", name="Add portal user").click()
    expect(page.get_by_text("Invited")).to_be_visible()
    mail = eventually(lambda: portal.sandbox.mails(to="sam@test.example"), 20)[0]
    link = re.search(r"http://\S+/welcome/\S+", mail["text"])
    assert link is not None
    second = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
    second.goto(link[0])
    second.get_by_label("New password").fill("a second password")
    second.get_by_label("The same password again").fill("a second password")
    second.get_by_role("button", name=re.compile("password", re.IGNORECASE)).click()
    sign_in(portal, second, "sam@test.example", "a second password")
    return second


def open_user(page: Page, name: str = "Terry Test") -> None:
    """By the tree search, as a person in a hurry does."""
    page.keyboard.press("/")
    page.keyboard.type(name.split(maxsplit=1)[0])
    page.locator("#tree-found").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def each_number_has_its_words(page: Page) -> None:
    """S8, S10, D3: each outcome at the carrier has words of its own, and what was typed stays."""
    page.goto(page.url.split("/provider-")[0])
    open_user(page)
    page.get_by_role("link", name="Add CPaaS Number").first.click()
    expect(page.get_by_text("Please note it may take several minutes before this number")).to_be_visible()
    ask_for(page, "2019920789", "MMS & SMS")
    expect(page.get_by_text(NOT_ON_ACCOUNT).first).to_be_visible()
    expect(page.get_by_role("link", name="Inteliquent customer portal").first).to_be_visible()
    expect(page.get_by_label("Number", exact=True)).to_have_value("2019920789")
    picture(page, "number-not-on-account")
    ask_for(page, "2019920790", "SMS")
    expect(page.get_by_text("messaging is switched off").first).to_be_visible()
    expect(page.get_by_role("button", name="Turn on messaging")).to_be_visible()
    ask_for(page, "2019920787", "MMS & SMS")
    expect(page.get_by_text("can only send and receive SMS").first).to_be_visible()
    ask_for(page, "2019920791", "SMS")
    expect(page.get_by_text("still pending at the carrier").first).to_be_visible()


def ask_for(page: Page, number: str, messaging_type: str) -> None:
    page.get_by_label("Number", exact=True).fill(number)
    page.get_by_label("Messaging Type").select_option(label=messaging_type)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_role("button", name="Add number").click()


def the_number_becomes_active(portal: Portal, page: Page) -> None:
    """S11, D2: Provisioning, then Active, without a reload; the carrier's list shows the webhook."""
    portal.sandbox.fault("slow", "configureAuthorization", times=1, seconds=2)
    page.get_by_label("Friendly Name").fill("Front office")
    ask_for(page, "(201) 992-0781", "MMS & SMS")
    expect(page.get_by_text("Provisioning").first).to_be_visible()
    page.evaluate("window.stillTheSamePage = true")
    expect(page.locator("#number-state").get_by_text("Active", exact=True)).to_be_visible(timeout=20_000)
    assert page.evaluate("window.stillTheSamePage") is True
    [hook] = portal.sandbox.webhooks("test", NUMBER)
    assert hook["webhookUrl"].startswith(f"{portal.url}/receiver/inteliquent/")


def the_user_is_asked_and_declines(portal: Portal, page: Page, client: object) -> None:
    """S22, D7, D8: the prompt comes at the start; "No" mails whoever has Send Alerts, once."""
    fresh = portal.client("terry@test.example")
    [prompt] = fresh.session["prompts"]
    assert "Activate SMS for 2019920781?" in prompt["text"]
    for _ in range(2):
        number = fresh.call("POST", f"numbers/{prompt['number_id']}/opt-in", accept=False)
        assert number["opt_in"] == "opted-out"

    def about_it() -> list[dict[str, str]]:
        return [mail for mail in portal.sandbox.mails() if "declined SMS for 2019920781" in mail["subject"]]

    eventually(about_it, 20)
    assert len(about_it()) == 1
    page.reload()
    expect(page.get_by_text(re.compile(r"User opted-out"))).not_to_have_count(0)


def the_user_is_asked_again_and_accepts(portal: Portal, page: Page, ears: Ears) -> None:
    """S16: Reset Opt-In State, and the client asks at its next start."""
    page.get_by_role("button", name="Reset Opt-In State").click()
    expect(page.get_by_text("Not answered yet").first).to_be_visible()
    fresh = portal.client("terry@test.example")
    [prompt] = fresh.session["prompts"]
    fresh.call("POST", f"numbers/{prompt['number_id']}/opt-in", accept=True)
    page.reload()
    expect(page.get_by_text(re.compile(r"User opted-in")).first).to_be_visible()
    picture(page, "number")


def texts_flow_both_ways(portal: Portal, chromium: Browser, ears: Ears, number: str) -> None:
    """S18, S20, D13: here within a second; queued, sent, delivered; the phone shows the answer."""
    client = portal.client("terry@test.example")
    held = client.number(number[-4:])
    phone = chromium.new_context().new_page()
    phone.goto(f"{portal.sandbox.url}/handset/")
    phone.get_by_label("My number").fill(PHONE)
    phone.get_by_label("Text to").fill(number)
    phone.locator("#text").fill("Are you open on Friday? 🎈")
    began = time.time()
    phone.get_by_role("button", name="Send").click()
    event = ears.wait_for("message.created", text="Are you open on Friday? 🎈")
    assert event.at - began < 1.0, f"{event.at - began:.2f} s"

    sent = client.send(held["id"], PHONE, "Yes, until six.", "journey-1")
    assert sent["state"] == "queued"
    assert client.send(held["id"], PHONE, "Yes, until six.", "journey-1")["id"] == sent["id"]
    ears.wait_for("message.updated", 20, id=sent["id"], state="delivered")
    assert [state for state in ears.states(sent["id"]) if state != "sending"] == [
        "queued",
        "sent",
        "delivered",
    ]
    expect(phone.locator(".bubble.in", has_text="Yes, until six.")).to_be_visible(timeout=5_000)
    phone.screenshot(path=str(PICTURES / "handset.png"))
    phone.context.close()


def redis_is_emptied_and_restarted(portal: Portal, chromium: Browser, ears: Ears) -> None:
    """D24: losing Redis loses speed, not a message."""
    client = portal.client("terry@test.example")
    number_id = client.number("0781")["id"]
    portal.flush_redis()
    portal.restart_redis()
    first = client.send(number_id, PHONE, "Sent around the restart", "journey-2")
    portal.sandbox.inbound(PHONE, NUMBER, "Did you get this?")
    eventually(lambda: client.state(first["id"]) == "delivered", 60)
    thread = client.call("GET", f"numbers/{number_id}/messages?with={PHONE}&limit=2")["items"]
    assert {one["text"] for one in thread} == {"Sent around the restart", "Did you get this?"}
    eventually(lambda: any(one.kind == "resync" for one in ears.heard), 30)
    ears.heard.clear()
    portal.sandbox.inbound(PHONE, NUMBER, "Live again")
    ears.wait_for("message.created", 20, text="Live again")


def the_sender_is_blocked(portal: Portal, client: object) -> None:
    """S23, D9: later texts of a blocked number are not handed over."""
    unity = portal.client("terry@test.example")
    number_id = unity.number("0781")["id"]
    before = unity.call("GET", f"numbers/{number_id}/messages")["items"]
    assert unity.call("PUT", f"numbers/{number_id}/blocks/{PHONE}")["blocked"] is True
    answer = portal.sandbox.inbound(PHONE, NUMBER, "Can you hear me?")
    assert [one["status"] for one in answer["deliveries"]] == [200]
    assert unity.call("GET", f"numbers/{number_id}/messages")["items"] == before


def messages_and_number_are_deleted(portal: Portal, page: Page, client: object) -> None:
    """S17, D4: messages erased, webhook gone at the carrier, assignment end-dated."""
    unity = portal.client("terry@test.example")
    number_id = unity.number("0781")["id"]
    page.reload()
    expect(page.get_by_text("1 text not handed over: 1 from blocked numbers")).to_be_visible()
    page.get_by_role("link", name="Delete saved messages").click()
    page.get_by_role("button", name="Delete messages").click()
    expect(page.get_by_text("No saved messages.")).to_be_visible()
    assert unity.call("GET", f"numbers/{number_id}/messages")["items"] == []

    page.get_by_role("link", name="Delete number").click()
    page.get_by_role("button", name="Delete number").click()
    expect(page.locator("#number-state").get_by_text("Ended", exact=True)).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Active Assignment")).to_have_count(0)
    assert portal.sandbox.webhooks("test", NUMBER) == []
    assert unity.call("GET", "numbers")["items"] == []


def every_level_shows_its_numbers(portal: Portal, page: Page) -> None:
    """S15 and the History Log, from the user up to the whole system."""
    page.context.clear_cookies()
    sign_in(portal, page, "operator@example.com")
    open_user(page, "Chris Tutt")
    levels = page.locator("nav.crumbs a").all()
    addresses = [page.url, *[f"{portal.url}{one.get_attribute('href')}" for one in reversed(levels)]]
    assert len(addresses) == 5
    for address in addresses:
        page.goto(address)
        tab(page, "CPaaS Numbers")
        expect(page.get_by_role("row").filter(has_text="2019920780")).to_contain_text("Active Assignment")
    page.get_by_role("searchbox", name=re.compile("Search numbers")).fill("*992*0778")
    expect(page.get_by_role("row").filter(has_text="2019920780")).to_have_count(0)
    expect(page.get_by_role("row").filter(has_text="2019920778")).to_have_count(1)
    page.goto(f"{portal.url}/provider-1/numbers/")
    picture(page, "portal", Path(os.environ["README_PICTURE"]) if "README_PICTURE" in os.environ else None)
    page.goto(portal.url)
    tab(page, "History Log")
    for words in ("CPaaS platform added", "CPaaS number ended", "User opted out", "Saved messages deleted"):
        expect(page.get_by_role("cell", name=words).first).to_be_visible()


def picture(page: Page, name: str, also: Path | None = None) -> None:
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=str(PICTURES / f"{name}.png"))
    if also is not None:
        page.screenshot(path=str(also))
