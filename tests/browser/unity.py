"""What people do in the web client, and with the phone on the other side."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests import make
from tests.running import Portal

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


def say(phone: Page, text: str) -> None:
    phone.locator("#text").fill(text)
    phone.get_by_role("button", name="Send").click()
    expect(phone.locator(".bubble", has_text=text).last).to_be_visible()
