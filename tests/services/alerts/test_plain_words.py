"""Names in mails are plain text: no mail program finds anything to press in them."""

from __future__ import annotations

import inspect
import re

import pytest

from app.services.alerts import letters
from app.services.alerts.letters import Ending, Hour, Letter, Letterhead
from app.services.alerts.paper import on_paper
from app.services.alerts.plain_words import LONGEST, plain

# What mail programs make links of, roughly: schemes, host names, addresses.
PRESSED = re.compile(r"\w+://|\b(?:tel|mailto|sms|sip|javascript):\S|\w[.\u3002\uff0e\uff61\u2024]\w|\S@\S")
HOSTILE = [
    "https://evil.example/a?b",
    "HTTP://EVIL.EXAMPLE",
    "evil.example",
    "www.evil.example",
    "ftp://1.2.3.4/x",
    "//evil.example",
    "tel:+12125550142",
    "mailto:ida@evil.example",
    "ida@evil.example",
    "javascript:alert(1)",
    "evil\u3002example",
    "evil\uff0eexample",
    "evil\u2024example",
    "ida\uff20evil.example",
    "Ida\r\n\r\nhttps://evil.example\r\n\r\n",
    "Ida\u2028https://evil.example\u2029",
    "\u202eelpmaxe.live\u202c",
    "e\u200bvil.example",
    "http\u00ad://evil.example",
    "https:\\\\evil.example",
    "{link} {name} {}",
    "<a href='https://evil.example'>Ida</a>",
    "I" * 500,
]
FILLED = {"link": "https://portal.example/x/abc", "address": "https://portal.example/y"}
WRITTEN = [
    function
    for _, function in inspect.getmembers(letters, inspect.isfunction)
    if inspect.signature(function).return_annotation == "Letter" and not function.__name__.startswith("_")
]


@pytest.mark.parametrize("words", HOSTILE, ids=ascii)
def test_nothing_to_press_is_left(words):
    found = plain(words)
    assert not PRESSED.search(found), found
    assert len(found) <= LONGEST
    assert found.isprintable()


@pytest.mark.parametrize(
    "words", ["Ida Smith", "Bücher & Söhne", "St. John", "O'Neil-Ray", "A/B Dental", "李小龍", "👩‍⚕️"]
)
def test_ordinary_names_stay_as_they_are(words):
    assert plain(words) == words


def test_a_name_of_nothing_visible_is_a_dash():
    assert plain("\u200b\u202e \n") == "-"


def given(function, words):
    """Hostile words for everything that people chose, real links for what is a link."""
    has_link = "link" in inspect.signature(function).parameters
    found = {}
    for name, parameter in inspect.signature(function).parameters.items():
        is_link = name == "link" or (
            name == "address"
            and not has_link
            and function.__name__ in {"opted_out", "licences_ending", "number_failed"}
        )
        found[name] = FILLED.get(name, FILLED["link"]) if is_link else words
        if parameter.annotation == "list[Ending]":
            found[name] = [Ending(1, words, words, "desktop", "trial", "2026-11-28 @ 10:00:00")]
        elif parameter.annotation == "Hour":
            found[name] = Hour(1200, 500, [("2001:db8:1:2::/64", 1000), ("", 200)])
        elif parameter.annotation == "int":
            found[name] = 3
    return found


@pytest.mark.parametrize("words", HOSTILE, ids=ascii)
@pytest.mark.parametrize("function", WRITTEN, ids=lambda function: function.__name__)
def test_no_mail_holds_anything_to_press_but_its_own_link(function, words):
    """Subject, text and HTML of every mail; a new mail is in this test as soon as it is written."""
    letter: Letter = function(**given(function, words))
    paper = on_paper(letter.body, Letterhead(name=words, accent="#14713f"))
    body = letter.body
    for link in FILLED.values():
        body = body.replace(link, "")
    assert not PRESSED.search(body.replace("2026-11-28 @ 10:00:00", "")), body
    assert not PRESSED.search(letter.subject)
    assert letter.subject.isprintable()
    assert len(letter.subject) <= 200
    assert not PRESSED.search(paper.sender)
    assert set(re.findall(r'href="([^"]*)"', paper.html)) <= set(FILLED.values())
    assert len(re.findall('class="button"', paper.html)) <= 1
    assert "evil.example" not in paper.html + paper.text
