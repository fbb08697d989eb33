"""Reached from the user's Details tab."""

from __future__ import annotations

from flask import Response, flash, url_for
from flask_babel import gettext as _

from app.access.policy import Permission
from app.access.scope import Scope
from app.errors import Conflict, Invalid
from app.services.accounts import client_tokens, nodes, one_time_links
from app.vocabulary import Level
from app.web.client_password.forms import ClientPasswordForm
from app.web.figures import lasts
from app.web.form_errors import refusals_on
from app.web.htmx import go, render
from app.web.languages import sentence
from app.web.session import actor
from app.web.tab import Tab

tab = Tab(
    "client_password", __name__, title="", levels={Level.USER}, needs=Permission.USERS_CHANGE, under="details"
)


@tab.route("/", needs=Permission.USERS_CHANGE, fresh=True, methods=["GET", "POST"])
def index(scope: Scope) -> Response:
    form, back = ClientPasswordForm(), url_for("details.index", scope=scope)
    if form.validate_on_submit():
        with refusals_on(form):
            client_tokens.set_password(actor(), scope, scope.node_id or 0, form.password.data)
            flash(
                _("The client password was set. Clients that were signed in must sign in again."), "success"
            )
            return go(back)
    context = {"scope": scope, "form": form, "back": back, "user": nodes.one(scope)}
    status = 422 if form.errors else 200
    return render("client_password/index.html", fragment="form", status=status, **context)


@tab.post("/link", needs=Permission.USERS_CHANGE, fresh=True)
def send_link(scope: Scope) -> Response:
    try:
        one_time_links.send_client_password_link(actor(), scope, scope.node_id or 0)
        flash(
            _("The link is on its way. It works once, for %(time)s.", time=lasts(one_time_links.VALID_FOR)),
            "success",
        )
    except (Conflict, Invalid) as refusal:
        flash(sentence(refusal.message), "error")
    return go(url_for("details.index", scope=scope))
