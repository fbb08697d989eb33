"""A user's day in the web client, with a phone as the other side: asked, texts, a block, offline and back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from app.models import Assignment
from app.services.messaging import opt_in
from app.vocabulary import OptIn
from tests import make
from tests.browser.rows import Customer
from tests.processes import eventually
from tests.running import PASSWORD, Portal

pytestmark = [pytest.mark.browser, pytest.mark.any_database]
NUMBER, PHONE = "2019920780", "2125550142"


def sign_in(portal: Portal, page: Page, user_id: str, password: str = make.PASSWORD) -> None:
    page.goto(f"{portal.url}/unity/")
    page.get_by_label("User ID").fill(user_id)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Messages", exact=True)).to_be_visible()
    expect(page.locator("#offline")).to_be_hidden()


def write(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_label("Message", exact=True).press("Enter")


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A window whose connection may break: that is written to the console, and nothing else may be."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    window, errors = context.new_page(), []
    window.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    window.on("pageerror", lambda error: errors.append(str(error)))
    yield window
    context.close()
    expected = (
        "net::ERR_",
        "htmx:sendError",
        "htmx:sseError",
        "htmx:afterRequest",
        "htmx:oobErrorNoTarget",  # news of a conversation that was left meanwhile
        "status of 422",
        "status of 50",
    )
    assert [line for line in errors if not any(part in line for part in expected)] == []


@pytest.fixture
def phone(portal: Portal, chromium: Browser) -> Iterator[Page]:
    """The other side: the handset, texting with the number."""
    handset = chromium.new_context().new_page()
    handset.goto(f"{portal.sandbox.url}/handset/")
    handset.get_by_label("My number").fill(PHONE)
    handset.get_by_label("Text to").fill(NUMBER)
    yield handset
    handset.context.close()


def picture(page: Page, name: str) -> None:
    """In both themes, wide and narrow, where somebody wants to look."""
    if folder := os.environ.get("PICTURES"):
        before = page.viewport_size
        for width, height in ((1440, 900), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            for theme in ("light", "dark"):
                page.evaluate("theme => document.documentElement.dataset.bsTheme = theme", theme)
                page.screenshot(path=str(Path(folder) / f"unity-{name}-{width}-{theme}.png"))
        assert before is not None
        page.set_viewport_size(before)


def bubble(page: Page, text: str) -> Any:
    return page.locator(".bubble", has_text=text)


def test_a_users_day(portal: Portal, page: Page, phone: Page) -> None:
    page.set_default_timeout(20_000)
    sign_in(portal, page, "chris@demo.example", PASSWORD)
    picture(page, "list")
    page.locator(".talk", has_text=PHONE).first.click()
    expect(page.get_by_role("heading", name=PHONE)).to_be_visible()
    texts_go_both_ways(page, phone)
    picture(page, "thread")
    two_tabs_say_the_same(portal, page, phone)
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
    expect(page.locator("#marks")).to_contain_text("texted STOP")
    expect(page.get_by_label("Message", exact=True)).to_have_count(0)
    expect(page.locator(".talk", has_text=PHONE).first).to_contain_text("STOP")
    page.get_by_label("Search conversations and words").focus()
    say(phone, "START")
    expect(page.locator("#marks")).not_to_contain_text("texted STOP")
    expect(page.get_by_label("Message", exact=True)).to_be_visible()
    expect(page.get_by_label("Search conversations and words")).to_be_focused()


def the_number_is_blocked(page: Page, phone: Page) -> None:
    """S23: asked first; later texts are not shown; taken back."""
    page.get_by_role("link", name="Block").click()
    expect(page.get_by_role("dialog")).to_contain_text(f"Block {PHONE}?")
    page.get_by_role("dialog").get_by_role("button", name="Block").click()
    expect(page.locator("#marks")).to_contain_text("You blocked this number")
    say(phone, "Can you hear me?")
    page.wait_for_timeout(500)
    page.reload()
    expect(bubble(page, "Can you hear me?")).to_have_count(0)
    page.get_by_role("button", name="Unblock").click()
    expect(page.locator("#marks")).not_to_contain_text("You blocked this number")


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


def test_pictures_go_both_ways(portal: Portal, page: Page, phone: Page, tmp_path: Path) -> None:
    """S18, S21, D15 to D17: chosen, dropped or pasted; MMS or a link; from our store only."""
    page.set_default_timeout(20_000)
    sign_in(portal, page, "chris@demo.example", PASSWORD)
    say(phone, "Send me the plan")
    page.locator(".talk", has_text=PHONE).first.click()
    a_picture_leaves_as_mms(page, phone, photo(tmp_path, "plan.png"))
    a_file_that_no_mms_carries_leaves_as_a_link(page, phone, tmp_path)
    one_is_pasted_and_taken_back(page)
    a_picture_arrives(page, phone, photo(tmp_path, "reply.jpg"))
    nothing_leaves_before_its_file_is_there(page, photo(tmp_path, "slow.png"))
    the_first_text_of_a_conversation_takes_files_too(page, photo(tmp_path, "first.png"))


def photo(folder: Path, name: str) -> Path:
    image = Image.radial_gradient("L").resize((640, 400)).convert("RGB")
    image.save(folder / name)
    return folder / name


def a_picture_leaves_as_mms(page: Page, phone: Page, plan: Path) -> None:
    page.locator("#add-files").set_input_files(plan)
    expect(page.locator(".added")).to_contain_text("plan.png")
    expect(page.locator("#counted")).to_contain_text("Goes as MMS")
    picture(page, "attached")
    write(page, "Here it is")
    shown = bubble(page, "Here it is").locator("img")
    expect(shown).to_have_js_property("complete", True)
    assert shown.evaluate("image => image.naturalWidth") == 480
    expect(bubble(page, "Here it is")).to_contain_text("Delivered", timeout=30_000)
    expect(page.locator(".added")).to_have_count(0)
    expect(phone.locator(".bubble.in", has_text="Here it is").locator("img")).to_be_visible()


def a_file_that_no_mms_carries_leaves_as_a_link(page: Page, phone: Page, folder: Path) -> None:
    """The phone follows the link without signing in, to a page that shows what it is."""
    odd = folder / "drawing.dwg"
    odd.write_bytes(b"AC1032\x00\x00 a drawing")
    page.locator("#add-files").set_input_files(odd)
    expect(page.locator("#counted")).to_contain_text("Goes as SMS with a link: MMS cannot carry a file")
    page.get_by_role("button", name="Send").click()
    sent = page.locator(".bubble.own", has_text="drawing.dwg")
    expect(sent).to_contain_text("Sent as a link: MMS cannot carry a file of this kind: drawing.dwg")
    link = phone.locator(".bubble.in a", has_text="/m/").last
    expect(link).to_be_visible(timeout=30_000)
    with phone.context.expect_page() as opened:
        link.click()
    page_of_file = opened.value
    expect(page_of_file.get_by_text("drawing.dwg").first).to_be_visible()
    with page_of_file.expect_download() as download:
        page_of_file.get_by_role("link", name="Download").click()
    assert Path(download.value.path()).read_bytes() == odd.read_bytes()
    page_of_file.close()


def one_is_pasted_and_taken_back(page: Page) -> None:
    page.get_by_label("Message", exact=True).focus()
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.items.add(new File(["words"], "notes.txt", {type: "text/plain"}));
          const paste = new ClipboardEvent("paste", {clipboardData: data, bubbles: true});
          document.activeElement.dispatchEvent(paste);
        }"""
    )
    expect(page.locator(".added")).to_contain_text("notes.txt")
    page.reload()
    expect(page.locator(".added")).to_contain_text("notes.txt")
    page.get_by_role("button", name="Remove notes.txt").click()
    expect(page.locator(".added")).to_have_count(0)


def a_picture_arrives(page: Page, phone: Page, reply: Path) -> None:
    """By itself, without a reload, and not from where it came."""
    phone.get_by_label("Pictures").set_input_files(reply)
    say(phone, "And here is mine")
    shown = bubble(page, "And here is mine").locator("img")
    expect(shown).to_be_visible(timeout=30_000)
    assert shown.get_attribute("src", timeout=1_000).startswith("/unity/files/")
    picture(page, "pictures")


def nothing_leaves_before_its_file_is_there(page: Page, slow: Path) -> None:
    """Enter is pressed while the file is on its way: the words wait for it."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/unity/files", hold)
    page.locator("#add-files").set_input_files(slow)
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    write(page, "With a slow file")
    expect(page.get_by_label("Message", exact=True)).to_have_value("With a slow file")
    expect(bubble(page, "With a slow file")).to_have_count(0)
    held.pop().continue_()
    expect(page.locator(".added")).to_contain_text("slow.png")
    page.unroute("**/unity/files")
    page.get_by_label("Message", exact=True).press("Enter")
    expect(bubble(page, "With a slow file").locator("img")).to_be_visible()


def the_first_text_of_a_conversation_takes_files_too(page: Page, first: Path) -> None:
    """Enter in the field of the number sends, and takes no file away."""
    page.get_by_role("link", name="New conversation").click()
    page.locator("#add-files").set_input_files(first)
    expect(page.locator(".added")).to_contain_text("first.png")
    page.get_by_label("Message", exact=True).fill("The first one")
    picture(page, "new")
    page.get_by_label("To", exact=True).fill("2125550166")
    page.get_by_label("To", exact=True).press("Enter")
    expect(bubble(page, "The first one").locator("img")).to_be_visible()


def say(phone: Page, text: str) -> None:
    phone.locator("#text").fill(text)
    phone.get_by_role("button", name="Send").click()
    expect(phone.locator(".bubble", has_text=text).last).to_be_visible()
