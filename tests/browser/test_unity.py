"""A user's day in the web client, with a phone as the other side: asked, texting, blocking, offline and back."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from app.services.messaging import opt_in
from tests import make
from tests.browser.conftest import PICTURES
from tests.browser.rows import Customer
from tests.processes import eventually
from tests.running import Portal

pytestmark = [pytest.mark.browser, pytest.mark.any_database]
NUMBER, PHONE = "2019920780", "2125550142"


@pytest.fixture
def customer(portal: Portal) -> Customer:
    """Somebody with a platform at the carrier."""
    new = Customer.new(portal, "Unity")
    new.platform()
    return new


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


def received(portal: Portal, of: str = PHONE) -> list[str]:
    """What the phone got."""
    answer = requests.get(f"{portal.sandbox.url}/control/state", timeout=10).json()
    return [one["text"] for one in answer.get("messages", []) if str(one.get("to", "")).endswith(of)]
