"""`/system/components/`: what there is to build a page from. Nothing here is anybody's data."""

from __future__ import annotations

import datetime as dt

from flask import Response

from app.access.policy import Permission
from app.access.scope import Scope
from app.services.alerts.deliveries import MailProblem
from app.vocabulary import AssignmentState, Level, MailFailure, MailKind, OptIn
from app.web.components.forms import SampleForm
from app.web.htmx import render
from app.web.tab import Tab

tab = Tab("components", __name__, title="", levels={Level.SYSTEM}, needs=Permission.NODES_SEE)

_AT = dt.datetime(2021, 6, 15, 17, 0, 30, tzinfo=dt.UTC)
_PROBLEM = MailProblem(
    MailKind.INVITATION,
    "ida@xn--bcher-kva.example",
    MailFailure.ADDRESS_REFUSED,
    "550 5.1.1 no such mailbox",
    _AT,
    is_tried_again=False,
)
_ROWS = [
    ("Chris Tutt", "+12019920780", "My MMS Number", "MMS & SMS", AssignmentState.ACTIVE),
    ("Chris Tutt", "+12019920778", "SMS only", "SMS", AssignmentState.PROVISIONING),
    ("Dana Oliveira-Vandenberghe", "+12019920781", "2019920781", "SMS", AssignmentState.FAILED),
    ("Ola Nordmann", "+4723456789", "Oslo", "SMS", AssignmentState.ENDED),
]
_WORDS = (
    "Details",
    "Automatic Assignment",
    "Branding",
    "Server Hostnames",
    "Portal User Accounts",
    "Resellers",
)
_MORE = ("License Details", "History Log", "User Templates", "Contact Center", "CPaaS Numbers")
_TABS = [{"title": word, "url": "#content", "current": word == "Branding"} for word in (*_WORDS, *_MORE)]


@tab.get("/", needs=Permission.NODES_SEE)
def index(scope: Scope) -> Response:
    form = SampleForm(formdata=None)
    wrong = SampleForm(formdata=None, prefix="wrong")
    wrong.number.errors = ["Enter a ten-digit US number, for example 2015550123."]
    wrong.form_errors.append("The carrier did not answer. Nothing was saved; try again in a minute.")
    return render(
        "components/index.html",
        fragment="content",
        scope=scope,
        form=form,
        wrong=wrong,
        rows=_ROWS,
        tabs=_TABS,
        at=_AT,
        problem=_PROBLEM,
        states=[*AssignmentState, *OptIn],
    )
