"""Files in the web client, with a phone as the other side."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.browser.unity import PHONE, bubble, picture, say, sign_in, write
from tests.running import PASSWORD, Portal

pytestmark = pytest.mark.browser


@pytest.fixture
def page(page_of_client: Page) -> Page:
    return page_of_client


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
    what_waited_and_is_refused_comes_back_with_its_files(portal, page, tmp_path)
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


def what_waited_and_is_refused_comes_back_with_its_files(portal: Portal, page: Page, folder: Path) -> None:
    """Of two files one is removed elsewhere meanwhile; what was written since stays, too."""
    page.locator("#add-files").set_input_files([photo(folder, "stays.png"), photo(folder, "goes.png")])
    expect(page.locator(".added")).to_have_count(2)
    goes = page.locator(".added", has_text="goes.png").locator("[name=attachment_ids]").input_value()
    tokens = json.loads(page.locator("body").get_attribute("hx-headers") or "{}")
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()
    write(page, "Two pictures")
    expect(page.locator(".bubble.waiting")).to_contain_text("Two pictures")
    page.get_by_label("Message", exact=True).fill("Written since")
    assert page.request.delete(f"{portal.url}/unity/files/{goes}", headers=tokens).ok
    page.context.set_offline(False)
    expect(page.locator("#text-error")).to_contain_text("A file is not there any more")
    expect(page.get_by_label("Message", exact=True)).to_have_value("Two pictures\nWritten since")
    expect(page.locator(".added")).to_contain_text(["stays.png"])
    expect(page.locator(".bubble.waiting")).to_have_count(0)
    page.get_by_label("Message", exact=True).press("Enter")
    expect(bubble(page, "Two pictures").locator("img")).to_be_visible()


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
