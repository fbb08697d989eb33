"""Add many numbers, from the CPaaS Numbers tab: upload, look at what the check said, start, follow."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.access.policy import Permission, may
from app.access.scope import Scope
from app.services.provisioning import bulk, platforms
from app.services.provisioning.bulk_file import LARGEST, MOST_ROWS, TEMPLATE
from app.vocabulary import BulkState, Level, RowOutcome
from app.web.bulk.forms import UploadForm
from app.web.confirming import ConfirmForm, confirm
from app.web.csv_file import csv_file
from app.web.filters import shown
from app.web.form_errors import refusals_on
from app.web.htmx import go, render, wants_fragment
from app.web.languages import sentence
from app.web.session import actor
from app.web.tab import Tab

_SEE, _CHANGE = Permission.NUMBERS_SEE, Permission.NUMBERS_CHANGE
tab = Tab(
    "bulk",
    __name__,
    title="",
    levels={Level.PROVIDER, Level.RESELLER, Level.GROUP},
    needs=_SEE,
    under="numbers",
)


@tab.get("/", needs=_SEE)
def index(scope: Scope) -> Response:
    return _page(scope, _form(scope) if may(actor(), _CHANGE, scope) else None)


@tab.post("/", needs=_CHANGE)
def upload(scope: Scope) -> Response:
    form = _form(scope)
    if form is not None and form.validate_on_submit():
        with refusals_on(form):
            return go(url_for(".show", scope=scope, run_id=bulk.upload(actor(), scope, form.sent())))
    return _page(scope, form)


@tab.get("/template.csv", needs=_SEE)
def template(scope: Scope) -> Response:
    return csv_file(iter([TEMPLATE]), "numbers-template.csv")


@tab.get("/<int:run_id>", needs=_SEE)
def show(scope: Scope, run_id: int) -> Response:
    run = bulk.one(scope, run_id)
    marks = {name: request.args.get(name) for name in ("after", "before")}
    outcome = next((one for one in RowOutcome if one == request.args.get("outcome")), None)
    return render(
        "bulk/show.html",
        fragment="list",
        scope=scope,
        run=run,
        progress=bulk.progress(run),
        page=bulk.rows_page(run.id, outcome, **marks),
        outcome=outcome,
        outcomes=[(str(one), str(shown(one).word)) for one in RowOutcome],
    )


@tab.get("/<int:run_id>/progress", needs=_SEE)
def progress(scope: Scope, run_id: int) -> Response:
    """Asked every two seconds while rows are being settled; at the end the page is loaded anew."""
    run = bulk.one(scope, run_id)
    found = bulk.progress(run)
    if found.is_final or not wants_fragment():
        return go(url_for(".show", scope=scope, run_id=run_id))
    return make_response(render_template("bulk/_progress.html", scope=scope, run=run, progress=found))


@tab.post("/<int:run_id>/start", needs=_CHANGE)
def start(scope: Scope, run_id: int) -> Response:
    count = bulk.start(actor(), scope, run_id)
    words = ngettext(
        "%(count)s number is being added.", "%(count)s numbers are being added.", count, count=f"{count:,}"
    )
    flash(words, "success")
    return go(url_for(".show", scope=scope, run_id=run_id))


@tab.route("/<int:run_id>/discard", needs=_CHANGE, methods=["GET", "POST"])
def discard(scope: Scope, run_id: int) -> Response:
    run, form = bulk.one(scope, run_id), ConfirmForm()
    name, total = run.name, run.total
    if form.validate_on_submit():
        with refusals_on(form):
            bulk.discard(actor(), scope, run_id)
            flash(_("%(name)s was discarded. No number was added.", name=name), "success")
            return go(url_for(".index", scope=scope))
    return confirm(
        form,
        title=_("Discard %(name)s?", name=name),
        loss=ngettext(
            "Its %(rows)s row and what the check said are deleted. No number is touched.",
            "Its %(rows)s rows and what the check said are deleted. No number is touched.",
            total,
            rows=f"{total:,}",
        ),
        verb=_("Discard"),
        cancel_url=url_for(".show", scope=scope, run_id=run_id),
    )


@tab.get("/<int:run_id>/result.csv", needs=_SEE)
def result(scope: Scope, run_id: int) -> Response:
    """Every row with what became of it, for a spreadsheet; mended, it can be uploaded again."""
    run = bulk.one(scope, run_id)
    head = [_("Row"), _("User ID"), _("Number"), _("Friendly name"), _("Type"), _("Outcome"), _("Reason")]
    words = {one: str(shown(one).word) for one in RowOutcome}
    ids = run.id

    def batches() -> Iterator[list[list[str]]]:
        yield [head]
        for rows in bulk.rows_in_batches(ids):
            yield [
                [
                    str(row.ordinal),
                    row.broadworks_id,
                    row.number,
                    row.friendly_name,
                    row.messaging_type,
                    words[row.outcome],
                    sentence(row.words),
                ]
                for row in rows
            ]

    return csv_file(batches(), f"numbers-{ids}.csv")


def _form(scope: Scope) -> UploadForm | None:
    """None where the provider has no platform: the page then says who can add one."""
    found = platforms.listed(scope)
    return UploadForm(found) if found else None


def _page(scope: Scope, form: UploadForm | None) -> Response:
    return render(
        "bulk/index.html",
        fragment="content",
        status=422 if form is not None and (form.errors or form.form_errors) else 200,
        scope=scope,
        form=form,
        runs=bulk.listed(scope),
        states=BulkState,
        most_rows=MOST_ROWS,
        most_bytes=LARGEST,
    )
