"""A user's day in the web client, with a phone as the other side: asked, texts, a block, offline and back."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from app.models import Assignment
from app.services.messaging import opt_in
from app.vocabulary import OptIn
from tests import make
from tests.browser.rows import Customer
from tests.browser.unity import NUMBER, PHONE, bubble, picture, say, sign_in, write
from tests.processes import eventually
from tests.running import PASSWORD, Portal

pytestmark = pytest.mark.browser


@pytest.fixture
def page(page_of_client: Page) -> Page:
    return page_of_client


_TO_THE_END = """() => {
  const thread = document.querySelector("#thread");
  return thread.scrollHeight - thread.scrollTop - thread.clientHeight;
}"""


def test_a_users_day(portal: Portal, page: Page, phone: Page) -> None:
    page.set_default_timeout(20_000)
    sign_in(portal, page, "chris@demo.example", PASSWORD)
    picture(page, "list")
    page.locator(".talk", has_text=PHONE).first.click()
    expect(page.get_by_role("heading", name=PHONE)).to_be_visible()
    texts_go_both_ways(page, phone)
    picture(page, "thread")
    a_phone_shows_one_talk_from_head_to_foot(page)
    two_tabs_say_the_same(portal, page, phone)
    news_are_told_while_nobody_looks(page, phone)
    nothing_is_lost_offline(page, phone)
    a_broken_stream_catches_up(portal, page)
    keys_lead_everywhere(page)
    a_list_that_changes_loses_no_press(page)
    stop_and_start(page, phone)
    the_number_is_blocked(page, phone)


def texts_go_both_ways(page: Page, phone: Page) -> None:
    """S18, S20: here by itself; counted while it is typed; sent with Enter; delivered."""
    say(phone, "Do you have a minute?")
    expect(bubble(page, "Do you have a minute?")).to_be_visible()
    page.get_by_label("Message", exact=True).type("Yes, until six.")
    expect(page.locator("#counted")).to_contain_text("1 part, 145 characters left")
    page.get_by_label("Message", exact=True).press("Shift+Enter")
    page.get_by_label("Message", exact=True).type("See you")
    page.get_by_label("Message", exact=True).press("Enter")
    expect(bubble(page, "Yes, until six.")).to_contain_text("Delivered", timeout=30_000)
    expect(bubble(page, "Yes, until six.")).to_have_count(1)
    expect(page.get_by_label("Message", exact=True)).to_have_value("")
    expect(phone.locator(".bubble.in", has_text="Yes, until six.")).to_be_visible()


def a_phone_shows_one_talk_from_head_to_foot(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    head, foot = (page.locator(part).bounding_box() for part in (".pane-head", "#composer"))
    assert head and foot
    assert (head["y"], foot["y"] + foot["height"]) == (0, 844)
    page.set_viewport_size({"width": 1440, "height": 900})


def two_tabs_say_the_same(portal: Portal, page: Page, phone: Page) -> None:
    other = page.context.new_page()
    other.goto(f"{portal.url}/unity/")
    say(phone, "To both of you")
    expect(bubble(page, "To both of you")).to_have_count(1)
    expect(other.locator(".talk", has_text="To both of you")).to_be_visible()
    other.locator(".talk", has_text="To both of you").click()
    write(other, "From the second tab")
    expect(bubble(page, "From the second tab")).to_have_count(1)
    other.close()


# A desktop that allows notifications and remembers them, and a page that is behind others.
_DESKTOP = """() => {
    window.told = [];
    window.Notification = class {
        static permission = "granted";
        static requestPermission = async () => "granted";
        constructor(title, { body }) { told.push([title, body]); }
        addEventListener() {}
    };
    Object.defineProperty(document, "hidden", { get: () => true });
}"""


def news_are_told_while_nobody_looks(page: Page, phone: Page) -> None:
    page.evaluate(_DESKTOP)
    page.locator("summary", has_text="Account of").click()
    page.get_by_role("button", name="Notify me on the desktop").click()
    expect(page.get_by_role("button", name="Desktop notifications are on")).to_be_visible()
    say(phone, "Are you still there?")
    told = [[f"New message: {PHONE}", "Are you still there?"]]
    eventually(lambda: page.evaluate("told") == told, 20)
    page.get_by_role("button", name="Desktop notifications are on").click()
    expect(page.get_by_role("button", name="Notify me on the desktop")).to_be_visible()
    page.keyboard.press("Escape")
    page.evaluate("delete document.hidden")


def nothing_is_lost_offline(page: Page, phone: Page) -> None:
    """What is written meanwhile waits and is sent once; what came meanwhile is there afterwards."""
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_have_text("Offline: reconnecting")
    write(page, "Written in the tunnel")
    expect(page.locator(".bubble.waiting")).to_contain_text("Waiting for the connection")
    say(phone, "Said meanwhile")
    picture(page, "offline")
    answers: list[Any] = []
    page.route("**/messages", lambda route: answers.append((route, route.fetch())))
    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()
    expect(page.locator(".bubble:not(.waiting)", has_text="Written in the tunnel")).to_be_visible()
    expect(page.locator(".bubble.waiting")).to_have_count(0)  # although the answer to it is not here yet
    for route, answer in answers:
        route.fulfill(response=answer)
    page.unroute("**/messages")
    expect(bubble(page, "Said meanwhile")).to_have_count(1)
    expect(bubble(page, "Written in the tunnel")).to_contain_text("Delivered", timeout=30_000)
    expect(bubble(page, "Written in the tunnel")).to_have_count(1)
    expect(phone.locator(".bubble.in", has_text="Written in the tunnel")).to_have_count(1)


def a_broken_stream_catches_up(portal: Portal, page: Page) -> None:
    """The server goes away under the page, and comes back."""
    portal.kill("web")
    expect(page.locator("#offline")).to_be_visible(timeout=20_000)
    eventually(lambda: requests.get(f"{portal.url}/healthz", timeout=5).ok, 60)
    portal.sandbox.inbound(PHONE, NUMBER, "After the restart")
    expect(page.locator("#offline")).to_be_hidden(timeout=30_000)
    expect(bubble(page, "After the restart")).to_have_count(1)


def keys_lead_everywhere(page: Page) -> None:
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.locator("body").press("/")
    expect(page.get_by_label("Search conversations and words")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".talk").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Message", exact=True)).to_be_focused()


# The list is asked for anew, as after each text.
_LIST = "htmx.ajax('GET', '/unity/list', {source: '#talks', target: '#talks'})"
# A click, as soon as a person could: with the first task after the list was exchanged.
_AT_ONCE = """document.addEventListener("htmx:afterSwap", function press(event) {
    if (!event.target.closest("#talks")) return;
    document.removeEventListener("htmx:afterSwap", press);
    setTimeout(() => document.querySelector(".talk").click());
})"""


def a_list_that_changes_loses_no_press(page: Page) -> None:
    """Rows lead on from the moment they are there, and one that is pressed waits until it is let go."""
    message = page.get_by_label("Message", exact=True)
    page.reload()
    expect(message).to_be_focused()
    page.evaluate("isSamePage = true")
    for press in (_press_at_once, _press_while_it_changes):
        message.blur()
        press(page)
        expect(message).to_be_focused()
    assert page.evaluate("window.isSamePage")


def _press_at_once(page: Page) -> None:
    page.evaluate(_AT_ONCE)
    page.evaluate(_LIST)


def _press_while_it_changes(page: Page) -> None:
    page.locator(".talk").first.hover()
    page.mouse.down()
    page.evaluate(_LIST)
    page.mouse.up()


def stop_and_start(page: Page, phone: Page) -> None:
    """D11: STOP takes the composer's place, START gives it back, and the focus stays where somebody works."""
    say(phone, "STOP")
    expect(page.locator("#marks")).to_contain_text("opted out")
    expect(page.get_by_label("Message", exact=True)).to_have_count(0)
    expect(page.locator(".talk", has_text=PHONE).first).to_contain_text("Opted out")
    page.get_by_label("Search conversations and words").focus()
    page.set_viewport_size({"width": 1440, "height": 400})
    page.evaluate("document.querySelector('#thread').scrollTop = 0")
    say(phone, "START")
    expect(page.locator("#marks")).not_to_contain_text("opted out")
    expect(page.get_by_label("Message", exact=True)).to_be_visible()
    expect(page.get_by_label("Search conversations and words")).to_be_focused()
    assert page.evaluate(_TO_THE_END) > 80, "who reads on is not taken away from where they read"
    page.set_viewport_size({"width": 1440, "height": 900})


def the_number_is_blocked(page: Page, phone: Page) -> None:
    """S23: asked first; later texts are not shown; taken back."""
    page.get_by_role("link", name="Block").click()
    expect(page.get_by_role("dialog")).to_contain_text(f"Block {PHONE}?")
    page.get_by_role("dialog").get_by_role("button", name="Block").click()
    expect(page.locator("#marks")).to_contain_text("You blocked this sender")
    say(phone, "Can you hear me?")
    page.wait_for_timeout(500)
    page.reload()
    expect(bubble(page, "Can you hear me?")).to_have_count(0)
    page.get_by_role("button", name="Unblock").click()
    expect(page.locator("#marks")).not_to_contain_text("You blocked this sender")


@pytest.mark.parametrize("answer", ["Yes", "No"])
def test_the_question_for_a_new_number(portal: Portal, page: Page, answer: str) -> None:
    """S22, D7: at once for a number that is new, and not again once it is answered."""
    customer = Customer.new(portal, f"Unity {answer}")
    customer.platform()
    sign_in(portal, page, customer.user_id)
    digits = {"Yes": "2019920710", "No": "2019920711"}[answer]
    number_id = customer.number(digits, opt_in=OptIn.PENDING)
    with portal.app():
        opt_in.ask(number_id)
    expect(page.get_by_role("heading", name=f"Activate SMS for {digits}?")).to_be_visible()
    picture(page, f"prompt-{answer.lower()}")
    page.get_by_role("button", name=answer, exact=True).click()
    expect(page.locator(".prompt")).to_have_count(0)
    with portal.app():
        [held] = make.every(Assignment, id=number_id)
        assert held.opt_in is {"Yes": OptIn.OPTED_IN, "No": OptIn.OPTED_OUT}[answer]
