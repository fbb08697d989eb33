"""The Security Events tab of operators: what was refused to whom, from where and how often."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.access.policy import Permission, may
from app.access.scope import EVERYTHING, Scope
from app.clock import now
from app.config import settings
from app.services.accounts import portal_users
from app.services.security import events
from app.services.security.events import Filters
from app.vocabulary import ActorKind, Level, SecurityEventKind
from app.web.csv_file import csv_file
from app.web.fields import one_line
from app.web.filters import moment, utc, word, zone
from app.web.htmx import render
from app.web.navigation import url_of
from app.web.session import actor
from app.web.tab import Tab

tab = Tab(
    "security_events",
    __name__,
    title=_l("Security Events"),
    levels={Level.SYSTEM},
    needs=Permission.SECURITY_SEE,
)


@tab.get("/", needs=Permission.SECURITY_SEE)
def index(scope: Scope) -> Response:
    filters = _filters()
    page = events.events_page(filters, after=request.args.get("after"), before=request.args.get("before"))
    return render(
        "security_events/index.html",
        fragment="list",
        scope=scope,
        page=page,
        filters=filters,
        typed=request.args,
        kinds=sorted(((one.value, word(one)) for one in SecurityEventKind), key=lambda pair: pair[1]),
        accounts=_accounts(page.items),
        name_of=_name,
        days=settings().security_events_days,
        is_alert_read=bool(portal_users.alert_recipients(EVERYTHING)),
    )


@tab.get("/export.csv", needs=Permission.SECURITY_SEE)
def export(scope: Scope) -> Response:
    """What the filters let through, ISO 8601 beside the viewer's time."""
    filters = _filters()
    head = [_("First"), _("Last"), "UTC", _("Event"), _("Account"), _("Address"), _("Count"), _("Route")]

    def rows() -> Iterator[list[list[str]]]:
        yield [head]
        for batch in events.events_in_batches(filters):
            yield [_cells(row) for row in batch]

    return csv_file(rows(), f"security-events-{now().date()}.csv")


def _cells(row: Any) -> list[str]:
    return [
        moment(row.first_at),
        moment(row.last_at),
        utc(row.last_at),
        word(row.kind),
        _name(row),
        row.address or _("other addresses"),
        str(row.count),
        row.last_route,
    ]


def _name(row: Any) -> str:
    """An account, or in words that it is none."""
    if row.actor_kind is ActorKind.UNKNOWN:
        return _("unknown sign-in name %(digest)s", digest=row.actor) if row.actor else _("no sign-in name")
    if row.actor_kind is ActorKind.SEVERAL:
        return _("more accounts")
    return str(row.actor) or _("not signed in")


def _accounts(rows: list[Any]) -> dict[int, str]:
    """The address of the account of each row that has one, by the row's id."""
    places = events.places_of(rows)
    found = {}
    for row in rows:
        if row.actor_kind is ActorKind.CLIENT and row.actor_id is not None:
            found[row.id] = url_of(Scope(Level.USER, row.actor_id))
        elif row.actor_kind is ActorKind.STAFF and row.actor_id in places:
            found[row.id] = _account(places[row.actor_id], row.actor_id)
    return found


def _account(place: Scope, portal_user_id: int) -> str:
    """Who may not change it sees it in the list."""
    if may(actor(), Permission.PORTAL_USERS_CHANGE):
        return url_for("portal_users.edit", scope=place, portal_user_id=portal_user_id)
    return url_for("portal_users.index", scope=place)


def _filters() -> Filters:
    """Addresses hold anything: what makes no sense asks for all."""
    kind = request.args.get("kind", "")
    return Filters(
        kind=SecurityEventKind(kind) if kind in set(SecurityEventKind) else None,
        actor=one_line(request.args.get("actor", "")),
        address=one_line(request.args.get("address", "")),
        since=_midnight("from"),
        until=_midnight("to", days=1),
    )


def _midnight(name: str, days: int = 0) -> dt.datetime | None:
    """The beginning of a day where the viewer is (D25), or of the day after."""
    try:
        day = dt.date.fromisoformat(request.args.get(name, ""))
        return dt.datetime.combine(day + dt.timedelta(days=days), dt.time(), zone()).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
