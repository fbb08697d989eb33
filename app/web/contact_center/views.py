"""The Contact Center tab: of a group everything, above it a list of what there is and where."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_babel import lazy_gettext as _l

from app.access.policy import Permission
from app.access.scope import Scope
from app.services.contact_center import lists, profiles
from app.vocabulary import Level
from app.web.htmx import render
from app.web.tab import Tab

tab = Tab(
    "contact_center",
    __name__,
    title=_l("Contact Center"),
    levels={Level.SYSTEM, Level.PROVIDER, Level.RESELLER, Level.GROUP},
    needs=Permission.CONTACT_CENTERS_SEE,
)


@tab.get("/", needs=Permission.CONTACT_CENTERS_SEE)
def index(scope: Scope) -> Response:
    return _of_group(scope) if scope.level is Level.GROUP else _below(scope)


def _of_group(scope: Scope) -> Response:
    closed = bool(request.args.get("closed"))
    listed = [(profile, used, profiles.office_now(profile)) for profile, used in lists.profiles(scope)]
    return render(
        "contact_center/group.html",
        fragment="content",
        scope=scope,
        centers=lists.of_group(scope, closed=closed),
        has_closed=closed or lists.has_closed(scope),
        closed=closed,
        profiles=listed,
    )


def _below(scope: Scope) -> Response:
    search, marks = request.args.get("q", ""), {k: request.args.get(k) for k in ("after", "before")}
    show = "streams" if request.args.get("show") == "streams" else "centers"
    found: Any
    lines: Any
    if show == "streams":
        found = lists.streams_below(scope, search, **marks)
        lines = lists.stream_lines(scope, found.items)
    else:
        found = lists.centers_below(scope, search, **marks)
        lines = lists.center_lines(scope, found.items)
    return render(
        "contact_center/below.html",
        fragment="list",
        scope=scope,
        search=search,
        show=show,
        lines=lines,
        page=found,
    )
