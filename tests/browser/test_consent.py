"""The texts to people are counted while they are typed; a shorter time for texts names its loss first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.clock import now
from app.models import Provider
from tests import make
from tests.browser.serving import Served

pytestmark = pytest.mark.browser


@pytest.fixture
def portal(app: Flask, real_database: Any) -> Iterator[Served]:
    with Served(app) as served:
        yield served


def test_lengths_and_losses_follow_what_is_typed(portal: Served, page: Page) -> None:
    number = make.assignment()
    [telco] = make.every(Provider, id=number.provider_id)
    for _ in range(3):
        make.message(number, created_at=now() - dt.timedelta(days=45))
    page.context.add_cookies(portal.sign_in(make.portal_user(telco).email))
    page.goto(f"{portal.url}/{make.at(telco)}/consent/")

    page.get_by_label("Answer to HELP").press_sequentially("Ask {number} – ")
    expect(page.locator("#count-help_text")).to_contain_text("UCS-2 because of –")
    expect(page.locator("#count-stop_text")).to_be_empty()
    page.get_by_label("Answer to HELP").fill("Ask {who}")
    expect(page.locator("#count-help_text")).to_contain_text("{who} is not known")
    page.get_by_label("Answer to HELP").fill("Ask {number}.")
    page.get_by_role("button", name="Update").first.click()
    expect(page.get_by_text("The texts were saved.")).to_be_visible()

    page.get_by_label("Days that texts are kept").press_sequentially("30")
    expect(page.locator("#loss")).to_have_text(
        "Would erase the words and media of 3 messages older than 30 days."
    )
    page.get_by_role("button", name="Update").last.click()
    expect(page.get_by_text("Erases the words and media of 3 messages")).to_be_visible()
    assert make.again(telco).retention_days is None
    page.get_by_role("button", name="Erase and keep for 30 days").click()
    expect(page.get_by_text("Old texts are being erased.")).to_be_visible()
    stored = make.again(telco)
    assert (stored.retention_days, stored.help_text) == (30, "Ask {number}.")
