"""What the tree search finds, grouped by kind; Enter goes to the first."""

from __future__ import annotations

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.access.policy import Permission
from app.access.scope import Scope, place_of
from app.phone import ten_digits
from app.services.accounts import finding
from app.services.provisioning import queries
from app.vocabulary import Level
from app.web.htmx import go, render
from app.web.navigation import url_of
from app.web.tab import Tab

tab = Tab(
    "search", __name__, title="", levels=set(Level) - {Level.USER, Level.STREAM}, needs=Permission.NODES_SEE
)

_MOST = 8
_KINDS = {
    Level.PROVIDER: _l("Providers"),
    Level.RESELLER: _l("Resellers"),
    Level.GROUP: _l("Groups"),
    Level.USER: _l("Users"),
    Level.STREAM: _l("Media streams"),
}


@tab.get("/", needs=Permission.NODES_SEE)
def index(scope: Scope) -> Response:
    search = request.args.get("q", "").strip()
    groups = _found(scope, search)
    if request.args.get("go") == "first" and groups:
        return go(next(iter(groups.values()))[0]["url"])
    return render(
        "search/index.html",
        fragment="results",
        scope=scope,
        search=search,
        is_short=0 < len(search) < finding.SHORT,
        groups=groups,
        most=_MOST,
    )


def _found(scope: Scope, search: str) -> dict[str, list[dict[str, str]]]:
    groups = {
        str(_KINDS[level]): [
            {
                "title": hit.title,
                "beside": " \u203a ".join(hit.path),
                "url": url_of(hit.scope, request.args.get("tab", "")),
            }
            for hit in hits
        ]
        for level, hits in finding.found(scope, search, _MOST).items()
    }
    if any(character.isdigit() for character in search):
        numbers = queries.numbers_page(
            scope, queries.Wanted(search=search, life=queries.Life.ALL), limit=_MOST
        ).items
        groups[_("CPaaS Numbers")] = [
            {
                "title": ten_digits(row.number),
                "beside": row.holder_name,
                "url": url_for("numbers.show", scope=place_of(row), assignment_id=row.id),
            }
            for row in numbers
        ]
    return {kind: found for kind, found in groups.items() if found}
