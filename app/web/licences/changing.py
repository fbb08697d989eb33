"""Granting a licence to a user, changing it, and taking it away."""

from __future__ import annotations

from flask import Response, flash, url_for
from flask_babel import gettext as _

from app.access.policy import Permission
from app.access.scope import Scope
from app.services.accounts import licences, trial_length
from app.services.accounts.licences import HELD_KEPT
from app.services.provisioning import queries
from app.vocabulary import Level, Product
from app.web.confirming import ConfirmForm, confirm
from app.web.figures import lasts
from app.web.filters import word
from app.web.form_errors import refusals_on
from app.web.htmx import go, render
from app.web.licences.forms import GrantForm, TermForm
from app.web.session import actor
from app.web.tab import Tab

tab = Tab("licence", __name__, title="", levels={Level.USER}, needs=Permission.LICENCES_SEE, under="licences")
_CHANGE = Permission.LICENCES_CHANGE


@tab.route("/new", needs=_CHANGE, methods=["GET", "POST"])
def add(scope: Scope) -> Response:
    form = GrantForm()
    if form.validate_on_submit():
        with refusals_on(form):
            row = licences.grant_for(actor(), scope, Product(form.product.data), form.term())
            flash(_("%(product)s was granted.", product=word(row.product)), "success")
            return go(_back(scope))
    return _page(scope, form, _("Grant a licence"))


@tab.route("/<int:licence_id>", needs=_CHANGE, methods=["GET", "POST"])
def edit(scope: Scope, licence_id: int) -> Response:
    row = licences.one(scope, licence_id)
    product = word(row.product)
    form = TermForm(obj=row, data={"last_day": licences.last_day(scope, row)})
    if form.validate_on_submit():
        with refusals_on(form):
            licences.change(actor(), scope, licence_id, form.term(), form.revision.data)
            flash(_("%(product)s was changed.", product=product), "success")
            return go(_back(scope))
    return _page(scope, form, _("Change %(product)s", product=product), licence_id)


@tab.route("/<int:licence_id>/end", needs=_CHANGE, fresh=True, methods=["GET", "POST"])
def end(scope: Scope, licence_id: int) -> Response:
    form, row = ConfirmForm(), licences.one(scope, licence_id)
    product, loss = word(row.product), _loss(scope, licence_id)
    if form.validate_on_submit():
        with refusals_on(form):
            licences.end(actor(), scope, licence_id)
            flash(_("%(product)s was ended.", product=product), "success")
            return go(_back(scope))
    return confirm(
        form,
        title=_("End %(product)s?", product=product),
        loss=loss,
        verb=_("End licence"),
        cancel_url=_back(scope),
    )


def _loss(scope: Scope, licence_id: int) -> str:
    """What stops, in one or two sentences (D28)."""
    others = [one for one in licences.of_user(scope, scope.node_id or 0) if one.id != licence_id]
    if others:
        return _(
            "The user keeps %(products)s; texts go on.", products=", ".join(word(o.product) for o in others)
        )
    if queries.numbers_of_user(scope):
        return _(
            "It is the user's last licence. Texts to the user's numbers are then kept for %(time)s at most "
            "and handed over when a licence comes; sending is refused.",
            time=lasts(HELD_KEPT),
        )
    return _("It is the user's last licence. Without one, texts cannot be sent or received.")


def _back(scope: Scope) -> str:
    return url_for("licences.index", scope=scope)


def _page(scope: Scope, form: TermForm, title: str, licence_id: int | None = None) -> Response:
    return render(
        "licences/form.html",
        fragment="form",
        status=422 if form.errors else 200,
        scope=scope,
        form=form,
        title=title,
        licence_id=licence_id,
        trial=trial_length.effective(scope),
        back=_back(scope),
    )
