"""The License Details tab: totals and a list at upper levels, the licences themselves at a user."""

from __future__ import annotations

import enum
from typing import TypeVar

from flask import Response, request
from flask_babel import lazy_gettext as _l

from app.access.policy import Permission
from app.access.scope import Scope
from app.services.accounts import licence_lists, licences
from app.services.accounts.licence_lists import Wanted
from app.vocabulary import Level, LicenceKind, LicenceState, Product
from app.web.fields import one_line
from app.web.filters import word
from app.web.htmx import render
from app.web.licences.forms import filter_choices
from app.web.licences.shown import state_in_words
from app.web.tab import Tab

tab = Tab(
    "licences",
    __name__,
    title=_l("License Details"),
    levels={Level.SYSTEM, Level.PROVIDER, Level.RESELLER, Level.GROUP, Level.USER},
    needs=Permission.LICENCES_SEE,
)
E = TypeVar("E", bound=enum.StrEnum)


@tab.get("/", needs=Permission.LICENCES_SEE)
def index(scope: Scope) -> Response:
    if scope.level is Level.USER:
        held = licence_lists.of_one_user(scope)
        counts = [row for row in held if licences.state(row) in _COUNTS]
        return render(
            "licences/user.html",
            fragment="content",
            scope=scope,
            licences=held,
            is_licensed=bool(counts),
            state_in_words=state_in_words,
            may_change=_COUNTS | {LicenceState.EXPIRED},
        )
    wanted = _wanted()
    marks = {k: request.args.get(k) for k in ("after", "before")}
    return render(
        "licences/index.html",
        fragment="list",
        scope=scope,
        page=licence_lists.licences_page(scope, wanted, **marks),
        totals=licence_lists.totals(scope),
        wanted=wanted,
        choices=filter_choices(),
        products=list(Product),
        kinds=list(LicenceKind),
        heads=[{"title": word(kind), "kind": "end"} for kind in LicenceKind],
        state_in_words=state_in_words,
    )


_COUNTS = frozenset({LicenceState.ACTIVE, LicenceState.EXPIRING})


def _wanted() -> Wanted:
    return Wanted(
        search=one_line(request.args.get("q", "")),
        product=_chosen(Product, "product"),
        kind=_chosen(LicenceKind, "kind"),
        state=_chosen(LicenceState, "state"),
    )


def _chosen(words: type[E], name: str) -> E | None:
    """Addresses hold anything: what is not offered asks for all."""
    value = request.args.get(name, "")
    return words(value) if value in set(words) else None
