"""Own name, timezone, password, and the browsers that are signed in."""

from __future__ import annotations

from flask import Response, flash, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.services.accounts import own_account, portal_sessions, second_factor
from app.web.account.forms import DetailsForm, OwnPasswordForm
from app.web.account.pages import me, page
from app.web.account.words import browser_words
from app.web.form_errors import refusals_on
from app.web.htmx import go, render
from app.web.session import actor


@page("/", methods=("GET", "POST"))
def index() -> Response:
    form = DetailsForm(obj=own_account.one(actor()))
    if form.validate_on_submit():
        with refusals_on(form):
            own_account.change(actor(), form.name.data, form.timezone.data, form.revision.data)
            flash(_("Your details were updated."), "success")
            return go(url_for(".index"))
    return render(
        "account/index.html",
        fragment="form",
        status=422 if form.errors or form.form_errors else 200,
        form=form,
        me=me(),
        codes_left=second_factor.codes_left(me().id) if me().has_second_factor else 0,
        sessions=[(row, browser_words(row.browser)) for row in portal_sessions.listed(me().id)],
    )


@page("/password", methods=("GET", "POST"))
def password() -> Response:
    form = OwnPasswordForm()
    if form.validate_on_submit():
        with refusals_on(form):
            own_account.change_password(actor(), me().session_id, form.old.data, form.password.data)
            flash(
                _("Your password was changed. Other browsers that were signed in must sign in again."),
                "success",
            )
            return go(url_for(".index"))
    status = 422 if form.errors or form.form_errors else 200
    return render("account/password.html", fragment="form", status=status, form=form, me=me())


@page("/sessions/<int:session_id>/end", fresh=True, methods=("POST",))
def end_session(session_id: int) -> Response:
    portal_sessions.end_one(actor(), session_id)
    flash(_("That browser is signed out."), "success")
    return go(url_for(".index"))


@page("/sessions/end-others", fresh=True, methods=("POST",))
def end_others() -> Response:
    ended = portal_sessions.end_others(actor(), me().session_id)
    flash(
        ngettext("%(num)d other browser was signed out.", "%(num)d other browsers were signed out.", ended),
        "success",
    )
    return go(url_for(".index"))
