"""The Call Center Activity tab: of a group, and of a user the queues that the user answers."""

from __future__ import annotations

from flask import Response
from flask_babel import lazy_gettext as _l

from app.access.policy import Permission
from app.access.scope import Scope
from app.services.contact_center import activity
from app.vocabulary import Level
from app.web.htmx import render
from app.web.session import actor
from app.web.tab import Tab

tab = Tab(
    "activity",
    __name__,
    title=_l("Call Center Activity"),
    levels={Level.GROUP, Level.USER},
    needs=Permission.CONTACT_CENTERS_SEE,
)


@tab.get("/", needs=Permission.CONTACT_CENTERS_SEE)
def index(scope: Scope) -> Response:
    found = activity.of(scope, actor().timezone)
    bars = [
        {"label": f"{day.date.month}/{day.date.day}", "first": day.received, "second": day.sent}
        for day in found.days
    ]
    return render("activity/index.html", fragment="now", scope=scope, activity=found, bars=bars)
