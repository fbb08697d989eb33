"""The handset in a real browser: it follows by itself and keeps what is being typed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser


@pytest.fixture
def browser_page(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page()
    yield page
    page.close()


def test_an_answer_appears_while_the_next_text_is_being_typed(api, receiver, browser_page):
    api.register(receiver.url)
    browser_page.goto(f"{api.sandbox.url}/handset/")
    browser_page.fill("#my-number", "2125550142")
    browser_page.fill("#their-number", "2019920781")
    browser_page.fill("#text", "Are you open?")
    browser_page.click("text=Send")
    expect(browser_page.locator(".bubble.out .status")).to_have_text("delivered to webhook")
    expect(browser_page.locator("#text")).to_have_value("")

    browser_page.fill("#text", "half a sen")
    api.send("12019920781", "12125550142", "Until six")

    expect(browser_page.locator(".bubble.in p")).to_have_text("Until six")
    expect(browser_page.locator("#text")).to_have_value("half a sen")
    expect(browser_page.locator("#conversations a")).to_have_count(1)


def test_a_refusal_is_said_and_the_text_stays(sandbox, browser_page):
    browser_page.goto(f"{sandbox.url}/handset/")
    browser_page.fill("#their-number", "2125550142")
    browser_page.fill("#text", "To myself")
    browser_page.click("text=Send")

    expect(browser_page.locator("#problem")).to_contain_text("cannot text itself")
    expect(browser_page.locator("#text")).to_have_value("To myself")
