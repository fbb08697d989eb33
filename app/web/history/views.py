"""The History Log tab."""

from __future__ import annotations

import datetime as dt

from flask import Response, request
from flask_babel import lazy_gettext as _l

from app.access.policy import Permission
from app.access.scope import Scope
from app.clock import now
from app.services.audit import history
from app.services.audit.history import Wanted
from app.services.audit.record import Action
from app.vocabulary import Level
from app.web.fields import one_line
from app.web.filters import zone
from app.web.history import words
from app.web.history.export import csv_of
from app.web.htmx import render
from app.web.languages import sentence
from app.web.tab import Tab

tab = Tab("history", __name__, title=_l("History Log"), levels=set(Level), needs=Permission.HISTORY_SEE)


@tab.get("/", needs=Permission.HISTORY_SEE)
def index(scope: Scope) -> Response:
    wanted = _wanted()
    marks = {k: request.args.get(k) for k in ("after", "before")}
    return render(
        "history/index.html",
        fragment="list",
        scope=scope,
        page=history.history_page(scope, wanted, **marks),
        wanted=wanted,
        typed=request.args,
        actions=sorted(((one.value, sentence(one.value)) for one in Action), key=lambda pair: pair[1]),
        words=words,
    )


@tab.get("/export", needs=Permission.HISTORY_SEE)
def export(scope: Scope) -> Response:
    name = f"history-{scope}-{now().date()}.csv"
    return csv_of(history.history_in_batches(scope, _wanted()), name)


def _wanted() -> Wanted:
    """Addresses hold anything: what makes no sense asks for all."""
    action = request.args.get("action", "")
    return Wanted(
        person=one_line(request.args.get("person", "")),
        target=one_line(request.args.get("target", "")),
        action=Action(action) if action in set(Action) else None,
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
