"""The frame around every page: path, tabs, tree."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import Flask, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.access import policy
from app.access.policy import Actor
from app.access.scope import Scope
from app.email_address import spelled
from app.services.accounts import tree
from app.services.accounts.tree import Place
from app.services.provisioning import closing
from app.services.provisioning.closing import Closing
from app.vocabulary import Level
from app.web.filters import word
from app.web.htmx import wants_fragment
from app.web.session import actor
from app.web.tab import TABS, Tab

# Pages that belong to no tab, by their blueprint: they have a heading of their own.
_APART: dict[str, str | LazyString] = {"account": _l("My account"), "search": _l("Search")}


@dataclass(frozen=True)
class Frame:
    """What portal.html needs besides the page itself."""

    crumbs: list[tuple[str, str]]
    heading: str
    kind: str
    tabs: list[dict[str, Any]]
    tree: list[dict[str, Any]]
    me: dict[str, str]
    search_url: str
    tab: str
    closed: Closing | None


def register(app: Flask) -> None:
    """Templates get `nav` and `may(permission)`; a fragment is rendered without the frame."""
    app.context_processor(_context)


def home() -> str:
    """The first page of the person who is signed in."""
    return url_of(actor().scope)


def url_of(scope: Scope, tab_name: str = "") -> str:
    """The tab of a node that has this name, so that people stay where they look; else its first tab."""
    tabs = _bar(scope.level)
    tab = next((tab for tab in tabs if tab.name == tab_name), tabs[0])
    return url_for(f"{tab.name}.index", scope=scope)


@cache
def _bar(level: Level) -> list[Tab]:
    return [tab for tab in TABS if tab.is_on_bar and level in tab.levels]


def without_frame() -> None:
    """For error pages: nothing is read any more, since reading may be what failed."""
    request.frameless = True  # type: ignore[attr-defined]


def _context() -> dict[str, Any]:
    if hasattr(request, "frameless") or not current_user.is_authenticated:
        return {}
    found: dict[str, Any] = {"may": _may}
    if not wants_fragment():
        found["nav"] = _frame()
    return found


def _may(name: str) -> bool:
    """Whether the page may offer it, here."""
    return policy.may(actor(), policy.Permission(name), (request.view_args or {}).get("scope"))


def _frame() -> Frame:
    who, account = actor(), current_user.account
    scope = (request.view_args or {}).get("scope", who.scope)
    path = tree.path(who.scope, scope)
    current = next((tab.under or tab.name for tab in TABS if tab.name == request.blueprint), "")
    # The search page has no tab: links lead on to the one that people came from.
    kept = request.args.get("tab", "") if current == "search" else current
    apart = str(_APART.get(request.blueprint or "", ""))
    crumbs = [(_title(place), url_of(place.scope, kept)) for place in path]
    return Frame(
        crumbs=[*crumbs, (apart, "")] if apart else crumbs,
        heading=apart or _title(path[-1]),
        kind=scope.level if scope.level is not Level.SYSTEM and not apart else "",
        tabs=[] if apart else _tabs(who, scope, current),
        tree=[_branch(tree.grown(path), None if apart else scope, kept)],
        me={"name": account.name, "email": spelled(account.email), "sign_out_url": url_for("auth.sign_out")},
        search_url=url_for("search.index", scope=who.scope),
        tab=kept,
        closed=closing.closing_of(who, scope) if path[-1].closed_at else None,
    )


def _tabs(who: Actor, scope: Scope, current: str) -> list[dict[str, Any]]:
    return [
        {"title": tab.title, "url": url_for(f"{tab.name}.index", scope=scope), "current": tab.name == current}
        for tab in _bar(scope.level)
        if policy.may(who, tab.needs)
    ]


def list_of(scope: Scope) -> str:
    """The address of the list of what is below a place."""
    name = {Level.SYSTEM: "providers", Level.PROVIDER: "resellers", Level.RESELLER: "groups"}
    return url_for(f"{name.get(scope.level, 'users')}.index", scope=scope)


def _title(place: Place) -> str:
    """The name of a node; the root has none of its own."""
    return word(Level.SYSTEM) if place.scope.level is Level.SYSTEM else place.title


def _branch(place: Place, current: Scope | None, tab_name: str) -> dict[str, Any]:
    return {
        "title": _title(place),
        "url": url_of(place.scope, tab_name),
        "current": place.scope == current,
        "level": place.scope.level,
        "children": [_branch(child, current, tab_name) for child in place.children],
        "is_closed": place.closed_at is not None,
        "more": list_of(place.scope) if place.has_more else "",
    }
