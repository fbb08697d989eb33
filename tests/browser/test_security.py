"""Second factor and the question for the password, clicked through."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.clock import now
from app.models import PortalSession, PortalUser
from tests import make
from tests.browser.serving import Served

pytestmark = pytest.mark.browser


@pytest.fixture
def served(app: Flask, real_database: Any) -> Iterator[Served]:
    with Served(app) as portal:
        yield portal


def sign_in(served: Served, page: Page, email: str) -> None:
    page.goto(f"{served.url}/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(make.PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_a_second_factor_from_the_picture_to_the_recovery_code(served, page):
    ada = make.operator(name="Ada")
    sign_in(served, page, ada.email)
    page.get_by_text("Ada", exact=True).click()
    page.get_by_role("link", name="My account").click()
    page.get_by_role("link", name="Set up a second factor").click()
    expect(page.get_by_alt_text(re.compile("QR code"))).to_have_js_property("complete", True)
    secret = page.locator(".steps code").inner_text().replace(" ", "")
    page.get_by_label("Code").fill("nonsense")
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("alert")).to_contain_text("does not fit")
    page.get_by_label("Code").fill(pyotp.TOTP(secret).at(now()))
    page.get_by_role("button", name="Turn on").click()
    expect(page.locator(".codes code")).to_have_count(10)
    recovery = page.locator(".codes code").first.inner_text()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("10 left")).to_be_visible()
    page.locator("header details.menu summary").click()
    page.get_by_role("button", name="Sign out").first.click()
    sign_in(served, page, ada.email)
    page.get_by_label("Code").fill(recovery)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/system/"))


def test_a_dialog_asks_for_the_password_first_and_then_goes_on(served, page):
    ada, bob = make.operator(), make.operator(name="Bob")
    sign_in(served, page, ada.email)
    for row in make.every(PortalSession):
        row.confirmed_at = now() - dt.timedelta(minutes=16)
        make.kept(row)
    page.goto(f"{served.url}/system/portal-users/{bob.id}")
    page.get_by_role("link", name="Delete portal user").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Confirm that it is you")
    dialog.get_by_label("Your password").fill("not this one")
    dialog.get_by_role("button", name="Continue").click()
    expect(dialog.get_by_role("alert")).to_contain_text("This is not your password.")
    dialog.get_by_label("Your password").fill(make.PASSWORD)
    dialog.get_by_role("button", name="Continue").click()
    expect(dialog).to_contain_text("Delete Bob?")
    dialog.get_by_role("button", name="Delete portal user").click()
    expect(page.get_by_text("Bob was deleted.")).to_be_visible()
    assert make.every(PortalUser, name="Bob") == []
