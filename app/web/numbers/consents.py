"""Who replied STOP to a number, and all evidence of its consents, to take along (D10, D11)."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response, request
from flask_babel import gettext as _

from app.access.scope import Scope
from app.clock import now
from app.phone import ten_digits
from app.services.messaging import evidence, opt_outs, traffic
from app.services.provisioning import queries
from app.web.csv_file import csv_file
from app.web.filters import moment, utc
from app.web.htmx import render
from app.web.languages import sentence
from app.web.numbers.views import SEE, tab
from app.web.session import actor

_ON_PAPER = 500  # steps of each kind


@tab.get("/<int:assignment_id>/stops", needs=SEE)
def stops(scope: Scope, assignment_id: int) -> Response:
    row = queries.number(scope, assignment_id)
    page = opt_outs.standing(row, after=request.args.get("after"), before=request.args.get("before"))
    return render(
        "numbers/stops.html",
        fragment="list",
        scope=scope,
        number=row,
        stops=page,
        from_before=opt_outs.standing_from_before(row),
    )


@tab.get("/<int:assignment_id>/evidence", needs=SEE)
def evidence_page(scope: Scope, assignment_id: int) -> Response:
    """To print. It is an export as well, and noted as one."""
    row = evidence.export(actor(), scope, assignment_id, "page")
    steps, is_cut = evidence.newest(scope, row, _ON_PAPER)
    return render(
        "numbers/evidence.html",
        fragment="page",
        scope=scope,
        number=row,
        steps=steps,
        is_cut=is_cut,
        suppressed=traffic.suppressed(scope, assignment_id),
        made=moment(now()),
    )


@tab.get("/<int:assignment_id>/evidence.csv", needs=SEE)
def evidence_csv(scope: Scope, assignment_id: int) -> Response:
    number = ten_digits(evidence.export(actor(), scope, assignment_id, "CSV").number)
    head = [_("Time"), "UTC", _("What"), _("By"), _("From address"), _("Remote number"), _("Words")]
    counts = traffic.suppressed(scope, assignment_id)
    not_handed_over = _("Texts not handed over")

    def rows() -> Iterator[list[list[str]]]:
        yield [head]
        for batch in evidence.in_batches(scope, assignment_id):
            yield [_cells(step) for step in batch]
        yield [["", "", f"{not_handed_over}: {reason}", "", "", "", str(n)] for reason, n in counts.items()]

    return csv_file(rows(), f"evidence-{number}.csv")


def _cells(step: evidence.Step) -> list[str]:
    return [
        moment(step.at),
        utc(step.at),
        sentence(step.what),
        step.by,
        step.address,
        step.remote,
        step.words,
    ]
