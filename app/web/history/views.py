"""The History Log tab."""

from __future__ import annotations

from flask import Response, request
from flask_babel import lazy_gettext as _l

from app.access.policy import Permission
from app.access.scope import Scope
from app.services.audit import history
from app.vocabulary import Level
from app.web.htmx import render
from app.web.tab import Tab

tab = Tab("history", __name__, title=_l("History Log"), levels=set(Level), needs=Permission.HISTORY_SEE)


@tab.get("/", needs=Permission.HISTORY_SEE)
def index(scope: Scope) -> Response:
    page = history.history_page(scope, after=request.args.get("after"), before=request.args.get("before"))
    return render("history/index.html", fragment="list", scope=scope, page=page)
