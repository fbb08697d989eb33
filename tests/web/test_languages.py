"""Every text of a page comes from a catalogue; English needs none."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from bs4 import BeautifulSoup, Comment, Doctype
from flask import Flask

from app.vocabulary import AssignmentState, Level, OptIn
from app.web import languages
from scripts import words
from tests import make
from tests.web.browsing import Browser, soup

MADE_UP = {"Accept-Language": "eo"}
ATTRIBUTES = ("aria-label", "title", "placeholder", "alt", "data-label")
# What no catalogue translates: addresses, names of things, and what comes from Babel itself.
DATA = re.compile(r"\S+@\S+|\bUTC\b|\bInteliquent\b|\bMMS & SMS\b|\bSMS\b|\bUnity [A-Z]\w+|••••\S*")
FROM_BABEL = "select[name=timezone] option, select[name=language] option"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """All texts of the pages, as translators get them."""
    path = tmp_path_factory.mktemp("words") / "messages.pot"
    words.extract(path)
    return read_po(io.BytesIO(path.read_bytes()))


@pytest.fixture
def made_up(app: Flask, db: Any, template: Catalog, tmp_path: Path, monkeypatch: Any) -> Iterator[None]:
    """A language in which every text stands between ⟦ and ⟧."""
    catalogue = Catalog(locale="eo")
    for message in template:
        if message.id:
            said = message.id if isinstance(message.id, tuple) else (message.id,)
            marked = tuple(f"⟦{text}⟧" for text in said)
            catalogue.add(message.id, marked if len(said) > 1 else marked[0], context=message.context)
    folder = tmp_path / "eo" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as compiled:
        write_mo(compiled, catalogue)
    monkeypatch.setattr(app.extensions["babel"], "translation_directories", [str(tmp_path)])
    languages.babel.domain_instance.cache.clear()
    yield
    languages.babel.domain_instance.cache.clear()


def untranslated(page: BeautifulSoup) -> list[str]:
    """What people read on a page that no catalogue has had in its hands."""
    for part in page.select(f"script, style, {FROM_BABEL}"):
        part.extract()
    shown = [text for text in page.find_all(string=True) if not isinstance(text, Comment | Doctype)]
    said = [tag[name] for tag in page.find_all(True) for name in ATTRIBUTES if tag.has_attr(name)]
    return [left for line in ["\n".join(shown), *said] for left in _outside(line)]


def _outside(text: str) -> list[str]:
    """The words that stand between no brackets."""
    while (inner := re.sub(r"⟦[^⟦⟧]*⟧", "", text)) != text:
        text = inner
    return re.findall(r"[^\W\d_][^\n]*", DATA.sub("", text))


@pytest.fixture
def places(made_up: None) -> dict[str, str]:
    """Typical pages, of nodes whose names have no letters."""
    telco = make.provider(name="7001")
    una = make.user(make.group(make.reseller(telco, name="7002"), name="7003"), name="7004")
    platform = make.platform(telco)
    make.licence(una)
    running = make.assignment(una, on=platform, opt_in=OptIn.OPTED_IN, friendly_name="")
    make.assignment(una, on=platform, state=AssignmentState.FAILED)
    make.block(running)
    make.message(running)
    person = make.portal_user(telco, name="7005", send_alerts=True)
    top, user, number = "/system", f"/user-{una.id}", f"/user-{una.id}/numbers/{running.id}"
    home = f"/provider-{telco.id}"
    return {
        "providers": f"{top}/providers/",
        "no reseller": f"{top}/providers/?q=nothing",
        "portal users": f"{home}/portal-users/",
        "portal user": f"{home}/portal-users/{person.id}",
        "no longer a portal user": f"{home}/portal-users/{person.id}/delete",
        "details": f"{home}/details/",
        "platform": f"{home}/platforms/{platform.id}",
        "platform in use": f"{home}/platforms/{platform.id}/delete",
        "numbers": f"{top}/numbers/",
        "no numbers": f"{top}/numbers/?q=nothing",
        "user": f"{user}/details/",
        "adding a number": f"{user}/add-number/",
        "client password": f"{user}/client-password/",
        "number": number,
        "number to delete": f"{number}/delete",
        "messages to delete": f"{number}/messages/delete",
        "history": f"{top}/history/",
        "search": f"{top}/search/?q=700",
        "not found": "/user-999999/details/",
    }


@pytest.fixture
def operator(app: Flask, places: dict[str, str]) -> Browser:
    return Browser(app, make.operator(name="7000"))


def test_no_page_says_a_word_that_no_catalogue_has(operator, places):
    found = {}
    for name, path in places.items():
        page = soup(operator.get(path, headers=MADE_UP))
        assert page.html["lang"] == "eo", name
        assert "⟦" in page.text, name
        if left := untranslated(page):
            found[name] = sorted(set(left))
    # A search that finds nothing repeats what was typed.
    assert {name: left for name, left in found.items() if not set(left) <= {"nothing"}} == {}


def test_forms_with_errors_and_what_rules_say_are_translated(app, operator, places):
    stranger = Browser(app)
    refused = [
        stranger.get("/sign-in", headers=MADE_UP),
        stranger.post("/sign-in", {"email": "", "password": ""}, headers=MADE_UP),
        stranger.post("/sign-in", {"email": "who@example.com", "password": "wrong"}, headers=MADE_UP),
        operator.post("/system/portal-users/new", {}, headers=MADE_UP),
        operator.post("/system/providers/new", {}, headers=MADE_UP),
        operator.post(places["adding a number"], {"number": "12"}, headers=MADE_UP),
    ]
    assert "⟦The e-mail address or the password is wrong.⟧" in soup(refused[2]).text
    assert "⟦Enter a ten-digit US number, for example 2015550123.⟧" in soup(refused[5]).text
    for answer in refused:
        assert untranslated(soup(answer)) == []


def test_what_was_done_is_said_in_the_language_too(operator, places):
    operator.post("/system/providers/new", {"name": "7100", "account_reference": ""}, headers=MADE_UP)
    toasts = soup(operator.get("/system/history/", headers=MADE_UP)).select_one("#toasts")
    assert toasts is not None and "⟦7100 was added.⟧" in toasts.text


@pytest.mark.parametrize("asked", [{}, {"Accept-Language": "tlh, xx-YY;q=0.5"}, {"Accept-Language": ";;q="}])
def test_a_language_that_nobody_has_translated_is_english(app, made_up, asked):
    page = soup(Browser(app).get("/sign-in", headers=asked))
    assert page.html["lang"] == "en"
    assert page.h1.text == "Sign in"


def test_the_persons_own_choice_comes_before_the_browsers(app, made_up, monkeypatch):
    monkeypatch.setattr(languages, "language_of_viewer", lambda: "eo")
    assert soup(Browser(app).get("/sign-in", headers={"Accept-Language": "en"})).html["lang"] == "eo"
    monkeypatch.setattr(languages, "language_of_viewer", lambda: "tlh")
    assert soup(Browser(app).get("/sign-in", headers={"Accept-Language": "en"})).html["lang"] == "en"


def test_every_level_has_a_word(app):
    with app.test_request_context():
        for level in Level:
            assert app.jinja_env.filters["word"](level)
