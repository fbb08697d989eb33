"""Every page of the portal at every level, as people meet it: axe, width, keyboard, console, no JavaScript.

PICTURES=<folder> keeps a picture of each, at 1440 and 390 px, in both themes. PAGES=<word> walks only the
pages with this word in their name, such as `numbers.show` or `group`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.clock import now
from app.db import end_read
from app.services.accounts import client_tokens
from tests import make
from tests.browser import places, walking
from tests.browser.full_world import FullWorld
from tests.browser.places import Place
from tests.browser.serving import Served
from tests.browser.sifting import Sieve
from tests.browser.walking import Walk
from tests.scratch import delete_everything

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def walk(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """One portal, walked once; the tests below each ask for one kind of fault."""
    pictures = Path(os.environ.get("PICTURES") or tmp_path_factory.mktemp("pictures"))
    pictures.mkdir(parents=True, exist_ok=True)
    try:
        with app.app_context(), Served(app) as portal:
            first = make.operator(name="Olga Operator")
            done = Walk(portal.url, {}, pictures, all_pictures="PICTURES" in os.environ)
            done.cookies[places.OPERATOR] = portal.sign_in(first.email)
            sieve = Sieve(portal.url, done.cookies)
            done.go(sieve(chosen(places.system(app))))

            world = FullWorld({})
            people = {places.RESELLER: world.staff, places.READER: world.readers}
            for who, staff in people.items():
                done.cookies[who] = portal.sign_in(staff[places.HOME[who]].email)
            end_read()  # what was read before those signed in is no ground to write on
            careful = make.operator(totp_secret="JBSWY3DPEHPK3PXP", totp_confirmed_at=now())
            done.cookies[places.HALFWAY] = portal.sign_in(careful.email)
            token = client_tokens._start_with_browser(world.user.id).token
            done.cookies[places.USER] = portal.client_cookies(app, token)
            everything = [*places.inside(app, world), *places.outside(app, world)]
            everything += [*places.unity(world), *places.shared(world)]
            done.go(sieve(chosen(everything)))
            done.looked_at["asked for"] = sieve.asked
            for place, words in sieve.troubles:
                done.note(walking.ANSWER, place, [words])
            yield done
    finally:
        with app.app_context():
            delete_everything()


def chosen(found: Iterable[Place]) -> list[Place]:
    return [place for place in found if os.environ.get("PAGES", "") in place.name]


def nothing_of(walk: Walk, kind: str) -> None:
    """Fails with all faults of this kind, one a line."""
    found = sorted({str(fault) for fault in walk.faults if fault.kind == kind})
    if found:
        pytest.fail("\n".join([f"{len(found)} faults", *found[:80]]), pytrace=False)


def test_every_page_answers(walk: Walk, record_property: Any) -> None:
    record_property("tried", ", ".join(f"{count} {what}" for what, count in walk.looked_at.items()))
    assert walk.looked_at["asked for"] > 200 or "PAGES" in os.environ
    nothing_of(walk, walking.ANSWER)


def test_axe_finds_nothing(walk: Walk) -> None:
    """WCAG 2.2 AA and best practices, light and dark, confirmations in their dialog included."""
    nothing_of(walk, walking.AXE)


def test_nothing_is_cut_off_or_wider_than_the_window(walk: Walk) -> None:
    """At 1440, 390 and 360 px."""
    nothing_of(walk, walking.FIT)


def test_the_console_stays_empty(walk: Walk) -> None:
    """No script error, nothing that the content policy forbids, no file that is not there."""
    nothing_of(walk, walking.NOISE)


def test_the_keyboard_reaches_everything(walk: Walk) -> None:
    """Tab goes to everything in order and is seen there; / is the tree search; Escape closes a dialog."""
    nothing_of(walk, walking.KEYBOARD)


def test_without_javascript(walk: Walk) -> None:
    """Every page renders; every form says where it goes and has a button; nothing visible is dead."""
    nothing_of(walk, walking.BARE)
