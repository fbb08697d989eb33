"""A CSV of numbers in a browser: uploaded, checked before one's eyes, added, looked at later (S8, S10)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.running import PASSWORD, Portal

pytestmark = pytest.mark.browser
SECONDS = 60_000
FILE = """user id;number;friendly name;type
fay@demo.example;2019920708;Front desk;MMS & SMS
fay@demo.example;2019920709;;
fay@demo.example;2019920708;The same again;SMS
nobody@demo.example;2019920710;;SMS
fay@demo.example;2019920789;Not ours;SMS
"""


def test_numbers_from_a_file_with_the_outcome_of_each_row(portal: Portal, page: Page) -> None:
    page.goto(f"{portal.url}/sign-in")
    page.get_by_label("E-mail address").fill("provider@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="CPaaS Numbers").first.click()
    page.get_by_role("link", name="Add many numbers").click()
    expect(page.get_by_text("No uploads yet")).to_be_visible()
    _look(page, "form")
    page.get_by_label("CSV file").set_input_files(
        {"name": "new numbers.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    )
    page.get_by_role("button", name="Check rows").click()

    # The page follows the check by itself, and can be left and come back to.
    page.get_by_role("link", name="Add many numbers").first.click()
    page.get_by_role("link", name="new numbers.csv").click()
    expect(page.get_by_role("button", name="Add 2 numbers")).to_be_visible(timeout=SECONDS)
    rows = page.locator("#list")
    expect(rows.get_by_text("2019920708 is in row 1 already.")).to_be_visible()
    expect(rows.get_by_text("There is no user with this id here.")).to_be_visible()
    expect(rows.get_by_text("This number is not assigned to this Inteliquent account")).to_be_visible()
    _look(page, "checked")
    page.get_by_label("Outcome").select_option(label="Refused")
    expect(rows.locator("tbody tr")).to_have_count(3)

    page.get_by_role("button", name="Add 2 numbers").click()
    expect(page.get_by_text("2 numbers were added. 3 rows were left out")).to_be_visible(timeout=SECONDS)
    _look(page, "done")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download result").click()
    result = Path(download.value.path()).read_text()
    assert "1,fay@demo.example,2019920708,Front desk,MMS & SMS,Added," in result
    page.get_by_role("link", name="Add many numbers").first.click()
    _look(page, "uploads")


def _look(page: Page, name: str) -> None:
    """PICTURES=<folder> keeps a picture of each step, wide and narrow, light and dark."""
    if "PICTURES" not in os.environ:
        return
    for width in (1440, 390):
        for theme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=theme)
            page.screenshot(path=f"{os.environ['PICTURES']}/bulk-{name}-{width}-{theme}.png", full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})
