"""Adding, changing and deleting a CPaaS platform (S1 to S5, D5, D27)."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from app.access.policy import Permission
from app.access.scope import Scope
from app.services.accounts import nodes
from app.services.provisioning import platforms
from app.vocabulary import Level
from app.web.confirming import ConfirmForm, confirm
from app.web.form_errors import refusals_on
from app.web.htmx import go, render
from app.web.languages import sentence
from app.web.platforms.forms import PlatformForm
from app.web.session import actor
from app.web.tab import Tab

tab = Tab(
    "platforms", __name__, title="", levels={Level.PROVIDER}, needs=Permission.PLATFORMS_SEE, under="details"
)
_CHANGE = Permission.PLATFORMS_CHANGE


@tab.get("/", needs=Permission.PLATFORMS_SEE)
def index(scope: Scope) -> Response:
    """The list stands on the Details tab."""
    return go(_back(scope))


@tab.route("/new", needs=_CHANGE, fresh=True, methods=["GET", "POST"])
def add(scope: Scope) -> Response:
    form = PlatformForm(scope)
    if request.method == "GET":
        with refusals_on(form):  # S3: said at once, not after three keys were pasted
            platforms.require_alert_recipient(scope)
    elif form.validate_on_submit():
        with refusals_on(form):
            platforms.add(actor(), scope, form.wish())
            flash(_("The CPaaS platform was added."), "success")
            return go(_back(scope))
    return _page(scope, form, platform=None)


@tab.route("/<int:platform_id>", needs=_CHANGE, fresh=True, methods=["GET", "POST"])
def edit(scope: Scope, platform_id: int) -> Response:
    form = PlatformForm(scope, obj=platforms.one(scope, platform_id))
    if form.validate_on_submit():
        with refusals_on(form):
            platforms.change(actor(), scope, platform_id, form.wish(), seen=form.revision.data)
            flash(_("The CPaaS platform was updated."), "success")
            return go(url_for(".edit", scope=scope, platform_id=platform_id))
    return _page(scope, form, platform=platforms.one(scope, platform_id))


@tab.get("/<int:platform_id>/progress", needs=Permission.PLATFORMS_SEE)
def progress(scope: Scope, platform_id: int) -> Response:
    platform = platforms.one(scope, platform_id)
    return render(
        "platforms/progress.html",
        fragment="progress",
        scope=scope,
        platform=platform,
        progress=platforms.reregistration(scope, platform),
    )


@tab.route("/<int:platform_id>/delete", needs=_CHANGE, fresh=True, methods=["GET", "POST"])
def delete(scope: Scope, platform_id: int) -> Response:
    form, platform = ConfirmForm(), platforms.one(scope, platform_id)
    if numbers := platforms.running_numbers(scope, platform_id):
        return render(
            "platforms/in_use.html",
            fragment="content",
            scope=scope,
            platform=platform,
            numbers=numbers,
        )
    if form.validate_on_submit():
        with refusals_on(form):
            platforms.delete(actor(), scope, platform_id)
            flash(_("The CPaaS platform was deleted."), "success")
            return go(_back(scope))
    return confirm(
        form,
        title=_("Delete the CPaaS platform %(name)s?", name=platform.name),
        loss=_("Its keys are erased, and no number can be added with it any more. This cannot be undone."),
        verb=_("Delete Platform"),
        cancel_url=url_for(".edit", scope=scope, platform_id=platform_id),
    )


def _page(scope: Scope, form: PlatformForm, *, platform: Any) -> Response:
    return render(
        "platforms/form.html",
        fragment="form",
        status=422 if form.errors and request.method == "POST" else 200,
        scope=scope,
        form=form,
        platform=platform,
        progress=platforms.reregistration(scope, platform) if platform else None,
        can_add=platform is not None or sentence(platforms.NoAlertRecipient.message) not in form.form_errors,
        legacy_url=platforms.legacy_url(),
        provider_texts=nodes.one(scope).texts_per_minute,
        back=_back(scope),
    )


def _back(scope: Scope) -> str:
    return url_for("details.index", scope=scope)
