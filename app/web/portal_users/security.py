"""What administrators do for somebody who cannot get in any more."""

from __future__ import annotations

from flask import Response, flash, url_for
from flask_babel import gettext as _

from app.access.policy import Permission
from app.access.scope import Scope
from app.email_address import spelled
from app.errors import Conflict
from app.services.accounts import lockout, one_time_links, portal_users, second_factor, sign_in_address
from app.web.confirming import ConfirmForm, confirm
from app.web.form_errors import refusals_on
from app.web.htmx import go
from app.web.languages import sentence
from app.web.portal_users.views import tab
from app.web.session import actor

_CHANGE = Permission.PORTAL_USERS_CHANGE


@tab.route("/<int:portal_user_id>/reset-second-factor", needs=_CHANGE, fresh=True, methods=["GET", "POST"])
def reset_second_factor(scope: Scope, portal_user_id: int) -> Response:
    form, back = ConfirmForm(), url_for(".index", scope=scope)
    name = portal_users.one(scope, portal_user_id).name
    if form.validate_on_submit():
        with refusals_on(form):
            second_factor.reset(actor(), scope, portal_user_id)
            flash(_("The second factor of %(name)s was removed.", name=name), "success")
            return go(back)
    return confirm(
        form,
        title=_("Reset the second factor of %(name)s?", name=name),
        loss=_(
            "%(name)s is signed out everywhere and signs in with the password alone, until a second factor "
            "is set up again. Be sure that it is %(name)s who asks: a mail tells them.",
            name=name,
        ),
        verb=_("Reset second factor"),
        cancel_url=back,
    )


@tab.post("/<int:portal_user_id>/unlock", needs=_CHANGE, fresh=True)
def unlock(scope: Scope, portal_user_id: int) -> Response:
    person = lockout.unlock(actor(), scope, portal_user_id)
    flash(_("%(name)s can sign in again.", name=person.name), "success")
    return go(url_for(".index", scope=scope))


@tab.post("/<int:portal_user_id>/reset-password", needs=_CHANGE, fresh=True)
def reset_password(scope: Scope, portal_user_id: int) -> Response:
    try:
        person = one_time_links.send_password_reset(actor(), scope, portal_user_id)
        words = _("A link to set a new password is on its way to %(email)s.", email=spelled(person.email))
        flash(words, "success")
    except Conflict as refusal:
        flash(sentence(refusal.message), "error")
    return go(url_for(".index", scope=scope))


@tab.post("/<int:portal_user_id>/new-address/send-again", needs=_CHANGE, fresh=True)
def send_address_link(scope: Scope, portal_user_id: int) -> Response:
    try:
        person = sign_in_address.send_again(actor(), scope, portal_user_id)
        words = _(
            "A new link is on its way to %(email)s. The one before stops working.",
            email=spelled(person.pending_email or ""),
        )
        flash(words, "success")
    except Conflict as refusal:
        flash(sentence(refusal.message), "error")
    return go(url_for(".index", scope=scope))


@tab.post("/<int:portal_user_id>/new-address/cancel", needs=_CHANGE, fresh=True)
def cancel_address(scope: Scope, portal_user_id: int) -> Response:
    person = sign_in_address.cancel(actor(), scope, portal_user_id)
    flash(
        _("%(name)s keeps the address %(email)s.", name=person.name, email=spelled(person.email)), "success"
    )
    return go(url_for(".index", scope=scope))
