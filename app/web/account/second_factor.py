"""One's own second factor: set up, recovery codes, turn off."""

from __future__ import annotations

import segno
from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from app.services.accounts import own_account
from app.services.accounts import second_factor as factor
from app.web import enrolling
from app.web.account.forms import SetupForm, TurnOffForm
from app.web.account.pages import me, page
from app.web.confirming import ConfirmForm, confirm
from app.web.form_errors import refusals_on
from app.web.htmx import go, render
from app.web.session import actor


@page("/second-factor", fresh=True, enrolls=True, methods=("GET", "POST"))
def second_factor() -> Response:
    """The secret is shown until a code of it was typed; before that nothing is stored. A reload shows the
    same secret, and afterwards the same codes, until they were kept.
    """
    if me().has_second_factor and (shown := enrolling.codes()):
        return _page_of_codes(shown)
    if me().has_second_factor and request.method == "GET":
        return go(url_for(".index"))
    form = SetupForm()
    if form.validate_on_submit():
        with refusals_on(form):
            return _codes(factor.turn_on(actor(), form.setup.data, form.code.data))
    begun = (factor.again(actor(), token) for token in (form.setup.data or "", enrolling.setup()))
    setup = next((one for one in begun if one is not None), None) or factor.begin(actor())
    form.setup.data = setup.token
    enrolling.keep_setup(setup.token)
    status = 422 if form.errors or form.form_errors else 200
    return _kept_nowhere(
        render(
            "account/second_factor.html",
            fragment="content",
            status=status,
            form=form,
            is_required=enrolling.is_due(),
            address=setup.address,
            secret=" ".join(setup.secret[at : at + 4] for at in range(0, len(setup.secret), 4)),
            picture=segno.make(setup.address).svg_data_uri(scale=5, border=4, dark="#000", light="#fff"),
        )
    )


@page("/second-factor/codes", fresh=True, methods=("GET", "POST"))
def recovery_codes() -> Response:
    if not me().has_second_factor:
        return go(url_for(".index"))
    form = ConfirmForm()
    if form.validate_on_submit():
        return _codes(factor.renew_codes(actor()))
    return confirm(
        form,
        title=_("Make new recovery codes?"),
        loss=_("The recovery codes that you have stop working. Ten new ones are shown, once."),
        verb=_("Make new codes"),
        cancel_url=url_for(".index"),
    )


@page("/second-factor/off", methods=("GET", "POST"))
def second_factor_off() -> Response:
    if not me().has_second_factor:
        return go(url_for(".index"))
    form = TurnOffForm()
    if form.validate_on_submit():
        with refusals_on(form):
            own_account.turn_off_second_factor(actor(), me().session_id, form.password.data, form.code.data)
            flash(_("The second factor is off. You sign in with your password alone."), "success")
            return go(url_for(".index"))
    status = 422 if form.errors or form.form_errors else 200
    is_required = factor.is_required(actor())
    return render(
        "account/second_factor_off.html",
        fragment="form",
        status=status,
        form=form,
        me=me(),
        is_required=is_required,
    )


@page("/second-factor/kept")
def codes_kept() -> Response:
    """The recovery codes were kept; on to what was asked for."""
    return go(enrolling.done())


def _codes(codes: list[str]) -> Response:
    enrolling.keep_codes(codes)
    return _page_of_codes(codes)


def _page_of_codes(codes: list[str]) -> Response:
    return _kept_nowhere(render("account/codes.html", fragment="content", codes=codes, me=me()))


def _kept_nowhere(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
