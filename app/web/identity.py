"""The question for the password before secrets, deletions and changes of access, if not typed lately.

It stands in the place of the page or dialog that was asked for, and sends its answer to the same address.
What had been typed travels along, sealed; so nothing is lost, and no secret goes back to the browser (D6).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import Response, make_response, redirect, request
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.datastructures import ImmutableMultiDict
from wtforms import HiddenField, PasswordField
from wtforms.validators import DataRequired

from app.services.accounts import sign_in
from app.services.accounts.tokens import sealed, unsealed
from app.web.form_errors import refusals_on
from app.web.htmx import render, wants_fragment

_CARRIED_FOR = dt.timedelta(hours=1)
_PURPOSE = "what was asked before the password"


class IdentityForm(FlaskForm):
    own_password = PasswordField(_l("Your password"), validators=[DataRequired(_l("Enter your password."))])
    carried = HiddenField()


@dataclass(frozen=True)
class Carried:
    """The request that has to wait: how it was made, and what was typed."""

    method: str
    fields: list[tuple[str, str]]


def question() -> Response | None:
    """The question as an answer to this request; None when the request may go on."""
    waiting = _unpacked()
    if current_user.account.is_fresh:
        return _go_on(waiting) if waiting else None
    form = IdentityForm() if waiting else IdentityForm(formdata=None)
    if waiting is None:
        form.carried.data = _packed()
    elif form.validate():
        with refusals_on(form):
            sign_in.confirm(current_user.account.id, current_user.account.session_id, form.own_password.data)
            return _go_on(waiting)
    status = 200 if request.method == "GET" else 422
    context = {"form": form, "is_dialog": wants_fragment()}
    return render("confirm_identity.html", fragment="content", status=status, **context)


def is_asking() -> bool:
    """Whether this request answers the question: what was typed before is sealed in it."""
    return "carried" in request.form


def _go_on(waiting: Carried) -> Response | None:
    """A page is opened anew; a form is read as it was sent before."""
    if waiting.method == "GET":
        return make_response(redirect(request.full_path.rstrip("?"), 303))
    request.form = ImmutableMultiDict(waiting.fields)
    return None


def _packed() -> str:
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    return sealed(_PURPOSE, [current_user.account.id, request.path, request.method, fields])


def _unpacked() -> Carried | None:
    account_id, path, method, fields = unsealed(_PURPOSE, request.form.get("carried", ""), _CARRIED_FOR) or (
        0,
        "",
        "",
        [],
    )
    is_own = account_id == current_user.account.id and path == request.path
    return Carried(method, [(name, value) for name, value in fields]) if is_own else None
