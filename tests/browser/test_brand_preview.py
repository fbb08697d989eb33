"""Branding as a person meets it: the preview follows what is typed, and the page follows what is saved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.models import Branding
from tests import make
from tests.browser.serving import Served

pytestmark = pytest.mark.browser
GREEN = "rgb(20, 113, 63)"  # #14713f


@pytest.fixture
def portal(app: Flask, real_database: Any) -> Iterator[Served]:
    with Served(app) as served:
        yield served


def fill_of(page: Page, selector: str) -> str:
    return str(page.locator(selector).first.evaluate("el => getComputedStyle(el).backgroundColor"))


def test_the_preview_follows_and_saving_changes_the_whole_page(portal: Served, page: Page) -> None:
    telco = make.provider(name="Demo Telecom")
    page.context.add_cookies(portal.sign_in(make.portal_user(telco).email))
    page.goto(f"{portal.url}/{make.at(telco)}/branding/")
    before = fill_of(page, "form .btn-primary")

    page.get_by_label("Name", exact=False).first.fill("Telco Texts")
    expect(page.locator("#preview .brand").first).to_have_text("Telco Texts")
    page.get_by_label("Accent Colour").first.fill("#ffd400")
    expect(page.locator("#preview .field-error")).to_contain_text("the nearest tone that can be read")
    page.get_by_label("Pick: Accent Colour").fill("#14713f")
    expect(page.get_by_label("Accent Colour").first).to_have_value("#14713f")
    expect(page.locator("#preview.brand-14713f")).to_be_visible()
    expect(page.locator("#preview .btn").first).to_have_css("background-color", GREEN)
    assert fill_of(page, "form .btn-primary") == before, "the page itself waits until it is saved"

    logo = {"name": "logo.png", "mimeType": "image/png", "buffer": make.picture(size=(300, 80))}
    page.get_by_label("Logo").set_input_files(logo)  # type: ignore[arg-type]
    page.wait_for_function("document.querySelector('#preview .brand img').src.startsWith('data:image/png')")
    page.get_by_role("button", name="Update").click()
    expect(page.get_by_text("The branding was saved.")).to_be_visible()
    row = make.every(Branding)[0]
    expect(page.locator(".side .brand img")).to_have_attribute("src", f"/brand/{row.logo_digest}.png")
    assert page.locator(".side .brand img").evaluate("img => img.naturalWidth") == 300
    assert fill_of(page, "form .btn-primary") == GREEN
    assert page.title().endswith("Telco Texts")


def test_a_menu_names_all_tabs_where_they_do_not_fit(portal: Served, page: Page) -> None:
    telco = make.provider(name="Demo Telecom")
    page.context.add_cookies(portal.sign_in(make.portal_user(telco).email))
    page.goto(f"{portal.url}/{make.at(telco)}/branding/")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator(".tabs-bar .tabs [aria-current]")).to_be_in_viewport(ratio=1)
    page.get_by_label("All tabs").click()
    page.get_by_role("link", name="Server Hostnames").last.click()
    expect(page.get_by_role("heading", name="Server Hostnames")).to_be_visible()
    expect(page.locator(".tabs-bar .tabs [aria-current]")).to_be_in_viewport()
