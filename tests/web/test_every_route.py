"""The walk: every address of the portal and of the client API, filled with real ids, by everybody.

The rightful staff get in; the neighbour at the same level gets 404 for the same request; so does the own
node with a foreign id in it; somebody who only reads gets 403 for every change. A new address is walked as
soon as it is registered, and one that the walk cannot fill fails it.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from typing import Any

import pytest

from app.access.policy import Permission
from app.models import PortalSession
from app.vocabulary import Level
from tests import make
from tests.web.browsing import Browser, UnityClient, WebClient, fields_of, soup
from tests.web.stops import OPEN, Stop, address, client_api, portal, web_client
from tests.web.world import ABOVE, FILL, Branch

BODIES = {
    "client_api.answer": {"accept": True},
    "client_api.read": {"up_to": 1},
    "client_api.count": {"text": "Hi"},
    "client_api.send": {"to": "2125550142", "text": "Hi", "client_ref": "walk"},
}


def go(browser: Browser, stop: Stop, path: str) -> Any:
    """The request as a page would make it: with what its form holds, and with its token."""
    if stop.method == "GET":
        return browser.get(path)
    found: dict[str, Any] = {}
    for place in (path, path.rpartition("/")[0]):
        found = fields_of(soup(browser.get(place)), path) or found
    return browser.request(stop.method, path, data=found | {"remote": make.PHONE})


@pytest.fixture
def world(keys: dict[str, str]) -> tuple[Branch, Branch]:
    return Branch(keys), Branch(keys)


@pytest.fixture
def walk(record_property: Any) -> Iterator[Any]:
    """Notes what was tried and what went wrong; fails at the end with all of it."""
    tried, wrong = [], []

    def note(what: str, answer: Any, *, good: bool) -> None:
        tried.append(what)
        if not good:
            wrong.append(f"{what}: {answer.status_code} {soup(answer).get_text(' ', strip=True)[:70]}")

    yield note
    record_property("tried", f"{len(tried)} cases")
    assert tried
    assert not wrong, "\n".join([f"{len(wrong)} of {len(tried)}", *wrong[:40]])


def test_every_address_is_guarded_or_open_on_purpose(app):
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in OPEN:
            needs = getattr(app.view_functions[rule.endpoint], "needs", None)
            assert isinstance(needs, Permission), f"{rule} names no permission"
    assert {rule.endpoint for rule in app.url_map.iter_rules()} >= OPEN, "the list of open addresses is stale"


def test_the_walk_can_fill_every_address(app):
    for stop in [*portal(app), *client_api(app), *web_client(app)]:
        assert stop.nested <= set(FILL), f"teach the walk (tests/web/world.py) to fill {stop}"


def test_the_rightful_staff_get_in(app, world, undone, walk):
    """Operators, and administrators at the node or above it."""
    here, _ = world
    for stop in portal(app):
        for level in ABOVE[stop.level]:
            with undone():
                answer = go(Browser(app, here.staff[level]), stop, address(app, stop, stop.values(here)))
                refused = answer.status_code in {400, 403, 404, 405} or answer.status_code >= 500
                to_sign_in = "/sign-in" in answer.headers.get("Location", "")
                walk(f"{stop} by staff of {level}", answer, good=not refused and not to_sign_in)


def test_the_neighbour_with_the_same_request_finds_nothing(app, world, undone, walk):
    """At the same level in another branch; also the staff below, who may not look up."""
    here, there = world
    for stop in portal(app):
        strangers = [(level, there.staff[level]) for level in ABOVE[stop.level] if level is not Level.SYSTEM]
        below = [(level, one) for level, one in here.staff.items() if level not in ABOVE[stop.level]]
        for level, person in [*strangers, *below]:
            with undone():
                answer = go(Browser(app, person), stop, address(app, stop, stop.values(here)))
                walk(f"{stop} by {person.email} of {level}", answer, good=answer.status_code == 404)


def test_the_own_node_with_a_foreign_id_finds_nothing(app, world, undone, walk):
    here, there = world
    for stop in portal(app):
        if not stop.nested:
            continue
        for level in ABOVE[stop.level]:
            if level is Level.SYSTEM and stop.level is Level.SYSTEM:
                continue  # everything is the system's own
            with undone():
                path = address(app, stop, stop.values(here, ids=there))
                answer = go(Browser(app, here.staff[level]), stop, path)
                walk(f"{stop} with a foreign id by staff of {level}", answer, good=answer.status_code == 404)


def test_who_only_reads_sees_and_changes_nothing(app, world, undone, walk):
    here, _ = world
    for stop in portal(app):
        for level in ABOVE[stop.level]:
            with undone():
                path = address(app, stop, stop.values(here))
                browser = Browser(app, here.readers[level])
                answer = browser.request(stop.method, path)
                wanted = {403} if stop.is_changing else {200, 204, 303}
                walk(f"{stop} by a reader of {level}", answer, good=answer.status_code in wanted)


def test_who_is_not_signed_in_is_asked_to_sign_in(app, world, undone, walk):
    here, _ = world
    stranger = Browser(app)
    for stop in portal(app):
        with undone():
            answer = stranger.request(stop.method, address(app, stop, stop.values(here)))
            asked = answer.status_code in {302, 303} and "/sign-in" in answer.headers["Location"]
            walk(f"{stop} by a stranger", answer, good=asked)


def test_a_change_without_the_csrf_token_is_refused(app, world, undone, walk):
    here, _ = world
    for stop in portal(app):
        if stop.method == "GET":
            continue
        with undone():
            browser = Browser(app, here.staff[Level.SYSTEM])
            path = address(app, stop, stop.values(here))
            answer = browser.request(stop.method, path, token=False)
            walk(f"{stop} without a token", answer, good=answer.status_code == 400)


def body_of(stop: Stop, values: dict[str, Any], branch: Branch) -> dict[str, Any]:
    body = BODIES.get(stop.rule.endpoint)
    if stop.rule.endpoint == "client_api.send":
        body = {**(body or {}), "number_id": branch.assignment("", Level.USER)}
    if stop.rule.endpoint == "client_api.upload":
        return {"data": uploaded(branch)}
    if stop.rule.endpoint == "client_api.search":
        return {"query_string": {"search": "Hi"}}
    return {"json": body} if body is not None else {}


def uploaded(branch: Branch) -> dict[str, Any]:
    """A form with a file."""
    return {"number_id": branch.assignment("", Level.USER), "file": (io.BytesIO(b"words"), "words.txt")}


def test_a_client_reaches_what_is_its_users_and_nothing_of_the_neighbour(app, world, undone, walk):
    here, there = world
    for stop in client_api(app):
        for who, branch, wanted in (("own", here, range(200, 300)), ("neighbour", there, (404,))):
            if who == "neighbour" and not (
                stop.nested or stop.rule.endpoint in {"client_api.send", "client_api.upload"}
            ):
                continue
            with undone():
                values = stop.values(here)
                more = body_of(stop, values, here)
                caller = UnityClient(app, branch.user)
                path = address(app, stop, values).removeprefix("/client/v1/")
                answer = caller.call(stop.method, path, **more)
                walk(f"{stop} by the {who}", answer, good=answer.status_code in wanted)


def test_a_client_without_a_token_is_told_to_sign_in(app, world, undone, walk):
    here, _ = world
    for stop in client_api(app):
        for token in (None, "made-up"):
            with undone():
                caller = UnityClient(app)
                caller.token = token
                path = address(app, stop, stop.values(here)).removeprefix("/client/v1/")
                answer = caller.call(stop.method, path)
                good = answer.status_code == 401 and answer.mimetype == "application/problem+json"
                walk(f"{stop} with {token}", answer, good=good)


def test_who_has_not_typed_the_password_lately_is_asked_before_secrets_and_deletions(
    app, world, undone, walk
):
    here, _ = world
    for stop in portal(app):
        if app.view_functions[stop.rule.endpoint].fresh is not True:  # type: ignore[attr-defined]
            continue
        with undone():
            browser = Browser(app, here.staff[ABOVE[stop.level][-1]])
            path = address(app, stop, stop.values(here))
            for row in make.every(PortalSession):
                row.confirmed_at -= dt.timedelta(minutes=16)
                make.kept(row)
            answer = browser.request(stop.method, path)
            walk(f"{stop} after a while", answer, good="Confirm that it is you" in answer.text)


TYPED = {
    "unity.answer": {"answer": "yes"},
    "unity.read": {"up_to": "1"},
    "unity.send": {"text": "Hi", "client_ref": "walk"},
    "unity.new": {"text": "Hi", "client_ref": "walk", "to": "2125550142"},
}


OF_A_NUMBER = {"unity.new", "unity.upload"}


def typed(stop: Stop, branch: Branch) -> dict[str, Any]:
    more: dict[str, Any] = {}
    if stop.rule.endpoint in OF_A_NUMBER:
        more = {"number_id": branch.assignment("", Level.USER)}
    if stop.rule.endpoint == "unity.upload":
        more["files"] = (io.BytesIO(b"words"), "words.txt")
    return TYPED.get(stop.rule.endpoint, {}) | more if stop.method == "POST" else {}


def test_a_browser_at_unity_reaches_what_is_its_users_and_nothing_of_the_neighbour(app, world, undone, walk):
    here, there = world
    for stop in web_client(app):
        for who, branch in (("own", here), ("neighbour", there)):
            if who == "neighbour" and not (stop.nested or stop.rule.endpoint in OF_A_NUMBER):
                continue
            if who == "neighbour" and stop.rule.endpoint == "unity.new" and stop.method == "GET":
                continue
            with undone():
                path = address(app, stop, stop.values(here))
                answer = WebClient(app, branch.user).request(stop.method, path, data=typed(stop, here))
                is_in = answer.status_code in {200, 204, 303} and "sign-in" not in answer.headers.get(
                    "Location", "" if stop.rule.endpoint != "unity.sign_out" else "-"
                )
                good = answer.status_code == 404 if who == "neighbour" else is_in
                walk(f"{stop} by the {who}", answer, good=good or stop.rule.endpoint == "unity.sign_out")


def test_a_stranger_at_unity_is_asked_to_sign_in_and_staff_are_strangers(app, world, undone, walk):
    here, _ = world
    for stop in web_client(app):
        for who in (WebClient(app), Browser(app, here.staff[Level.SYSTEM])):
            who.path = WebClient.path  # whose token a form there would carry
            with undone():
                answer = who.request(stop.method, address(app, stop, stop.values(here)))
                asked = answer.status_code == 303 and answer.headers["Location"].startswith("/unity/sign-in")
                walk(f"{stop} by {type(who).__name__}", answer, good=asked)


def test_a_change_at_unity_without_the_csrf_token_is_refused(app, world, undone, walk):
    here, _ = world
    for stop in web_client(app):
        if stop.method == "POST":
            with undone():
                path = address(app, stop, stop.values(here))
                browser = WebClient(app, here.user)
                answer = browser.request(stop.method, path, data=typed(stop, here), token=False)
                walk(f"{stop} without a token", answer, good=answer.status_code == 400)


def test_a_user_at_unity_is_nobody_in_the_portal(app, world, undone, walk):
    here, _ = world
    for stop in portal(app):
        with undone():
            answer = WebClient(app, here.user).get(address(app, stop, stop.values(here)))
            location = answer.headers.get("Location", "")
            walk(
                f"{stop} by a user", answer, good=location.startswith("/sign-in") or answer.status_code == 405
            )
