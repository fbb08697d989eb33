"""The README is true as far as a test can tell."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.launcher import welcome

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_inside_the_repository_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
    dead = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert dead == []


def test_every_sign_in_that_the_readme_uses_is_printed() -> None:
    used = set(re.findall(r"[\w.]+@(?:example\.com|demo\.example|test\.example)", PAGES[0].read_text()))
    made_by_hand = {"sam@test.example"}
    assert used - made_by_hand <= welcome.STAFF.keys() | welcome.CLIENTS.keys()


def test_the_docs_speak_of_the_product_alone() -> None:
    for page in PAGES:
        assert "../shared" not in page.read_text()
