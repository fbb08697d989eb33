"""What there is to look at: every place is asked for over HTTP, and what was seen already is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Any

import requests

from tests.browser.places import Place

_CONTENT = re.compile(r"<main.*?</main>", re.DOTALL)
_TOKEN = re.compile(r'<input[^>]* name="csrf_token"[^>]*>')
_SEARCH = re.compile(r'<form[^>]* role="search".*?<input[^>]* type="search"[^>]* name="(\w+)"', re.DOTALL)
_NEXT = re.compile(r'class="pager".*?<a [^>]*href="([^"]+)"', re.DOTALL)


@dataclass
class Sieve:
    """Keeps what differs from everything before: a page is the same where its content is the same."""

    url: str
    cookies: dict[str, list[Any]]
    troubles: list[tuple[str, str]] = field(default_factory=list)
    asked: int = 0
    _contents: set[str] = field(default_factory=set)
    _frames: set[str] = field(default_factory=set)

    def __call__(self, places: Iterable[Place]) -> list[Place]:
        """The places to look at, also those that are found on the way."""
        waiting, kept = list(places), []
        while waiting:
            with ThreadPoolExecutor(4) as pool:
                answers = list(pool.map(self._ask, waiting))
            self.asked += len(waiting)
            found = [
                new
                for place, answer in zip(waiting, answers, strict=True)
                for new in self._sift(place, answer)
            ]
            kept += [place for place, _ in found]
            waiting = [further for _, more in found for further in more]
        return kept

    def _ask(self, place: Place) -> requests.Response:
        cookies = {one["name"]: one["value"] for one in self.cookies.get(place.who, [])}
        return requests.get(f"{self.url}{place.path}", cookies=cookies, timeout=30)

    def _sift(self, place: Place, answer: requests.Response) -> Iterator[tuple[Place, list[Place]]]:
        was_led_on = bool(answer.history)
        if answer.status_code != place.status and not (was_led_on and answer.ok):
            self.troubles.append((place.name, f"{answer.status_code} for {place.who} at {place.path}"))
        if not answer.headers.get("content-type", "").startswith("text/html"):
            return
        found = _CONTENT.search(answer.text)
        content = _TOKEN.sub("", found[0] if found else answer.text)
        if content in self._contents and place.who in self._frames:
            return
        self._contents.add(content)
        self._frames.add(place.who)
        reached = answer.url.removeprefix(self.url)
        yield replace(place, path=reached, status=answer.status_code), list(_beyond(place, content))


def _beyond(place: Place, content: str) -> Iterator[Place]:
    """What a list can be besides: searched in vain, and its next page."""
    if "?" in place.path or place.status != 200 or place.name.startswith("components"):
        return
    if search := _SEARCH.search(content):
        yield replace(place, name=f"{place.name} no result", path=f"{place.path}?{search[1]}=nothing-is-so")
    if further := _NEXT.search(content):
        yield replace(place, name=f"{place.name} next page", path=unescape(further[1]))
