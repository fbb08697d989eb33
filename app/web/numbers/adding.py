"""Add CPaaS Number, from a user's page (S8 to S11)."""

from __future__ import annotations

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from app.access.policy import Permission
from app.access.scope import Scope
from app.errors import CarrierTrouble
from app.phone import ten_digits
from app.services.accounts import licences
from app.services.provisioning import assignment, lookup, platforms
from app.vocabulary import Level
from app.web.form_errors import refusals_on
from app.web.htmx import go, render
from app.web.numbers.forms import AddNumberForm
from app.web.session import actor
from app.web.tab import Tab

tab = Tab(
    "add_number", __name__, title="", levels={Level.USER}, needs=Permission.NUMBERS_CHANGE, under="details"
)


@tab.get("/", needs=Permission.NUMBERS_CHANGE)
def index(scope: Scope) -> Response:
    """The empty form; another platform may offer other messaging types, so choosing one asks again."""
    return _page(scope, _form(scope, formdata=request.args if request.args else None))


@tab.post("/", needs=Permission.NUMBERS_CHANGE)
def add(scope: Scope) -> Response:
    form = _form(scope)
    if form is not None and form.validate_on_submit():
        with refusals_on(form, {CarrierTrouble: "number"}):
            wish = form.number_wish()
            if form.turn_on.data:
                lookup.turn_on_messaging(actor(), scope, scope, wish.platform_id, wish.number)
            added = assignment.assign(actor(), scope, scope, wish)
            flash(
                _(
                    "%(number)s was added. It is being set up at the carrier.",
                    number=ten_digits(added.number),
                ),
                "success",
            )
            return go(url_for("numbers.show", scope=scope, assignment_id=added.id))
    return _page(scope, form)


def _form(scope: Scope, **options: object) -> AddNumberForm | None:
    """None where the provider has no platform: the page then says who can add one."""
    found = platforms.listed(scope)
    chosen = request.values.get("platform_id", type=int)
    return AddNumberForm(scope, found, chosen, **options) if found else None


def _page(scope: Scope, form: AddNumberForm | None) -> Response:
    return render(
        "numbers/add.html",
        fragment="form",
        status=422 if form is not None and form.errors else 200,
        scope=scope,
        form=form,
        is_licensed=bool(licences.of_user(scope, scope.node_id or 0)),
        back=url_for("details.index", scope=scope),
    )
