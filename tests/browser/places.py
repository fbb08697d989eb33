"""Every page of the portal, read from the url map: a new address is walked as soon as it is registered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.routing import BuildError, Rule

from app.vocabulary import Level, LinkPurpose
from tests import make
from tests.browser.full_world import FullWorld
from tests.web.stops import Stop, portal
from tests.web.world import ABOVE, FILL

STRANGER, OPERATOR, RESELLER, READER = "stranger", "operator", "reseller", "reader"
USER = "user"  # at the web client, with a cookie of its own
HALFWAY = "halfway"  # the password was right, the second factor is asked for
# Where a person below the operator signs in.
HOME = {OPERATOR: Level.SYSTEM, RESELLER: Level.RESELLER, READER: Level.PROVIDER}
_NO_PAGES = {"static", "client_api", "receiver", "health", "unity", "media_links"}


@dataclass(frozen=True)
class Place:
    """One page as one person sees it. `status` is what it answers."""

    name: str
    path: str
    who: str = OPERATOR
    status: int = 200

    @property
    def picture(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", f"{self.name} {self.who}".lower()).strip("-")


def inside(app: Flask, world: FullWorld) -> Iterator[Place]:
    """What is behind the sign-in: everything as operator, what is theirs as the two others."""
    for stop in portal(app):
        if stop.method != "GET":
            continue
        for detail, values in _fillings(stop, world):
            name = f"{stop.rule.endpoint} at {stop.level}{detail}"
            path = _address(app, stop.rule, values)
            for who, home in HOME.items():
                is_theirs = home in ABOVE[stop.level] and not (detail == " empty" and who != OPERATOR)
                if is_theirs and not (who == READER and stop.is_changing):
                    yield Place(name, path, who)
    yield Place("refused", f"/group-{world.nodes[Level.GROUP].id}/users/new", READER, 403)
    for who in HOME:
        yield Place("not found", "/no-such-page", who, 404)


def system(app: Flask) -> Iterator[Place]:
    """The lists of the whole portal while there is nothing in it."""
    for stop in portal(app):
        if stop.method == "GET" and stop.level is Level.SYSTEM and not stop.nested:
            path = _address(app, stop.rule, {"scope": make.at(None)})
            yield Place(f"{stop.rule.endpoint} at {stop.level} empty", path)


def outside(app: Flask, world: FullWorld) -> Iterator[Place]:
    """What needs no place in the tree: signing in, one-time links, one's own account, errors."""
    links = {purpose: world.link(purpose) for purpose in LinkPurpose}
    for rule in app.url_map.iter_rules():
        endpoint = rule.endpoint
        is_file = "." in rule.rule.rpartition("/")[2]
        elsewhere = endpoint.partition(".")[0] in _NO_PAGES or "scope" in rule.arguments
        if is_file or elsewhere or "GET" not in (rule.methods or ()):
            continue
        values = {name: _filled(app, rule, name, links, world) for name in rule.arguments}
        for who in (STRANGER, OPERATOR):
            yield Place(endpoint, _address(app, rule, values), who)
        if "token" in values:
            yield Place(f"{endpoint} used up", _address(app, rule, values | {"token": "used"}), STRANGER, 404)
    yield Place("not found", "/no-such-page", STRANGER, 404)
    yield Place("second step", "/sign-in/code", HALFWAY)
    yield Place("client api", "/client/v1/", STRANGER)


def unity(world: FullWorld) -> Iterator[Place]:
    """The web client: signing in, and what a user with long talks and one with nothing see."""
    for name in ("sign-in", "forgotten-password", "forgotten-password-sent"):
        yield Place(f"unity {name}", f"/unity/{name}", STRANGER)
    yield Place("unity list", "/unity/", USER)
    yield Place("unity search", "/unity/?q=o", USER)
    yield Place("unity nothing found", "/unity/?q=nothing-is-so", USER)
    yield Place("unity new", "/unity/new", USER)
    yield Place("unity not found", "/unity/conversations/999999", USER, 404)
    for kind, talk in world.talks.items():
        yield Place(f"unity conversation {kind}", f"/unity/conversations/{talk}", USER)
    yield Place("unity block", f"/unity/conversations/{world.talks['long']}/block", USER)
    yield Place("unity earlier", f"/unity/conversations/{world.talks['long']}?before=99999999", USER)


def shared(world: FullWorld) -> Iterator[Place]:
    """Attachment links: a file of each kind, one too late, and one that nobody gave."""
    for kind, token in world.shared.items():
        yield Place(f"link {kind}", f"/m/{token}", STRANGER, 410 if kind == "expired" else 200)
    yield Place("link unknown", "/m/nobody-gave-this-one-to-anybody", STRANGER, 404)


def _fillings(stop: Stop, world: FullWorld) -> Iterator[tuple[str, dict[str, Any]]]:
    """The ids of an address: once, for lists also where nothing is, for numbers in each of their states."""
    node = {"scope": make.at(world.nodes[stop.level])}
    if not stop.nested:
        yield "", node
        if stop.rule.endpoint == "search.index":
            yield " found", node | {"q": "exa"}  # what is no part of the address becomes its query
        if stop.rule.endpoint == "consent.shorten":
            yield " asked", node | {"days": 30}
        if stop.level in world.empty:
            yield " empty", {"scope": make.at(world.empty[stop.level])}
        return
    known = world.known_ids(stop.level)
    values = {
        name: known.get(name) or FILL[name](world, stop.rule.endpoint, stop.level) for name in stop.nested
    }
    yield "", node | values
    for words, ids in world.variants(stop.rule.endpoint, stop.level):
        yield f" {words}", node | ids


def _filled(app: Flask, rule: Rule, name: str, links: dict[LinkPurpose, str], world: FullWorld) -> Any:
    """A token fits the link of one purpose; the page of any other says that it is used up."""
    if name != "token":
        assert name in FILL, f"teach the walk (tests/web/world.py) to fill {rule}"
        return FILL[name](world, rule.endpoint, Level.SYSTEM)
    browser = app.test_client()
    for token in links.values():
        if browser.get(_address(app, rule, {"token": token})).status_code == 200:
            return token
    raise AssertionError(f"teach the walk (tests/browser/full_world.py) a link for {rule}")


def _address(app: Flask, rule: Rule, values: dict[str, Any]) -> str:
    with app.test_request_context():
        try:
            return app.url_map.bind("localhost").build(rule.endpoint, values, method="GET")
        except BuildError as error:
            raise AssertionError(f"teach the walk (tests/web/world.py) to fill {rule}") from error
