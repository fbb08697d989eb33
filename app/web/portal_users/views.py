"""The Portal User Accounts tab (S4, S6)."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.access.policy import Permission
from app.access.scope import Scope
from app.email_address import sign_in_form, spelled
from app.errors import Conflict
from app.services.accounts import lockout, portal_user_lookup, portal_users, sign_in_address
from app.services.alerts import deliveries
from app.vocabulary import Level
from app.web.confirming import ConfirmForm, confirm
from app.web.form_errors import refusals_on
from app.web.htmx import go, render
from app.web.languages import sentence
from app.web.portal_users.forms import PortalUserForm
from app.web.session import actor
from app.web.tab import Tab

tab = Tab(
    "portal_users",
    __name__,
    title=_l("Portal User Accounts"),
    levels={Level.SYSTEM, Level.PROVIDER, Level.RESELLER, Level.GROUP},
    needs=Permission.PORTAL_USERS_SEE,
)
_CHANGE = Permission.PORTAL_USERS_CHANGE


@tab.get("/", needs=Permission.PORTAL_USERS_SEE)
def index(scope: Scope) -> Response:
    people = portal_users.listed(scope)
    locked = {person.id for person in people if lockout.is_locked(person)}
    context: dict[str, Any] = {
        "people": people,
        "locked": locked,
        "me": actor().account_id,
        "problems": deliveries.problems_of_portal_users(person.id for person in people),
        "misspelled": {person.id for person in people if portal_user_lookup.is_misspelled(person)},
        "expired": {person.id for person in people if sign_in_address.is_expired(person)},
    }
    return render("portal_users/index.html", fragment="content", scope=scope, **context)


@tab.route("/new", needs=_CHANGE, fresh=True, methods=["GET", "POST"])
def add(scope: Scope) -> Response:
    form = PortalUserForm(scope)
    if form.validate_on_submit():
        with refusals_on(form):
            person = portal_users.create(actor(), scope, form.wish())
            flash(
                _(
                    "%(name)s was added. An invitation is on its way to %(email)s.",
                    name=person.name,
                    email=spelled(person.email),
                ),
                "success",
            )
            return go(url_for(".index", scope=scope))
    return _page(scope, form, person=None)


def _is_sent(_scope: Scope) -> bool:
    """Looking at somebody's page asks for no password; sending its form does."""
    return request.method == "POST"


@tab.route("/<int:portal_user_id>", needs=_CHANGE, fresh=_is_sent, methods=["GET", "POST"])
def edit(scope: Scope, portal_user_id: int) -> Response:
    form = PortalUserForm(scope, portal_users.one(scope, portal_user_id))
    if form.validate_on_submit():
        with refusals_on(form, {portal_users.LastAlertRecipient: "send_alerts"}):
            person = portal_users.change(actor(), scope, portal_user_id, form.wish(), seen=form.revision.data)
            flash(_updated(person, form), "success")
            return go(url_for(".index", scope=scope))
    return _page(scope, form, person=portal_users.one(scope, portal_user_id))


@tab.route("/<int:portal_user_id>/delete", needs=_CHANGE, fresh=True, methods=["GET", "POST"])
def delete(scope: Scope, portal_user_id: int) -> Response:
    form, back = ConfirmForm(), url_for(".index", scope=scope)
    name = portal_users.one(scope, portal_user_id).name
    if form.validate_on_submit():
        with refusals_on(form):
            portal_users.delete(actor(), scope, portal_user_id)
            flash(_("%(name)s was deleted.", name=name), "success")
            return go(back)
    return confirm(
        form,
        title=_("Delete %(name)s?", name=name),
        refused=_("%(name)s cannot be deleted now", name=name),
        loss=_(
            "%(name)s can no longer sign in and is mailed nothing more. This cannot be undone.", name=name
        ),
        verb=_("Delete portal user"),
        cancel_url=back,
    )


@tab.post("/<int:portal_user_id>/invite", needs=_CHANGE, fresh=True)
def invite(scope: Scope, portal_user_id: int) -> Response:
    try:
        person = portal_users.invite_again(actor(), scope, portal_user_id)
        flash(
            _(
                "A new invitation is on its way to %(email)s. Links mailed before stop working.",
                email=spelled(person.email),
            ),
            "success",
        )
    except Conflict as refusal:
        flash(sentence(refusal.message), "error")
    return go(url_for(".index", scope=scope))


@tab.post("/<int:portal_user_id>/disable", needs=_CHANGE, fresh=True)
def disable(scope: Scope, portal_user_id: int) -> Response:
    try:
        person = portal_users.set_enabled(actor(), scope, portal_user_id, is_enabled=False)
        flash(_("%(name)s can no longer sign in.", name=person.name), "success")
    except Conflict as refusal:
        flash(sentence(refusal.message), "error")
    return go(url_for(".index", scope=scope))


@tab.post("/<int:portal_user_id>/enable", needs=_CHANGE, fresh=True)
def enable(scope: Scope, portal_user_id: int) -> Response:
    person = portal_users.set_enabled(actor(), scope, portal_user_id, is_enabled=True)
    flash(_("%(name)s may sign in again.", name=person.name), "success")
    return go(url_for(".index", scope=scope))


def _updated(person: Any, form: PortalUserForm) -> str:
    """What was done; a new address is not the sign-in yet."""
    if person.pending_email and sign_in_form(form.email.data) == person.pending_email:
        return _(
            "%(name)s was updated. A link to confirm the new address is on its way to %(email)s; until it is "
            "used the old address signs in.",
            name=person.name,
            email=spelled(person.pending_email),
        )
    return _("%(name)s was updated.", name=person.name)


def _page(scope: Scope, form: PortalUserForm, *, person: Any) -> Response:
    return render(
        "portal_users/form.html",
        fragment="form",
        status=422 if form.errors else 200,
        scope=scope,
        form=form,
        person=person,
        problems=deliveries.problems_of_portal_users([person.id]) if person else {},
        is_misspelled=person is not None and portal_user_lookup.is_misspelled(person),
        is_expired=person is not None and sign_in_address.is_expired(person),
        back=url_for(".index", scope=scope),
    )
