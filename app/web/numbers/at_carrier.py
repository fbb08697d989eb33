"""What the carrier says about a number, asked for once its page stands: it may take the carrier a while."""

from __future__ import annotations

from flask import Response

from app.access.policy import Permission
from app.access.scope import Scope
from app.errors import CarrierTrouble
from app.services.provisioning import lookup, queries
from app.web.htmx import render
from app.web.languages import sentence
from app.web.numbers.views import tab


@tab.get("/<int:assignment_id>/carrier", needs=Permission.NUMBERS_SEE)
def at_carrier(scope: Scope, assignment_id: int) -> Response:
    known, trouble, may_ask_again = None, "", False
    try:
        known = lookup.at_carrier(scope, assignment_id)
    except (CarrierTrouble, lookup.NoLongerOurs) as no_answer:
        trouble, may_ask_again = sentence(no_answer.message), isinstance(no_answer, CarrierTrouble)
    return render(
        "numbers/carrier.html",
        fragment="carrier",
        scope=scope,
        number=queries.number(scope, assignment_id),
        known=known,
        trouble=trouble,
        may_ask_again=may_ask_again,
    )
