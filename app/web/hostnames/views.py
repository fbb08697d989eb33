"""The Server Hostnames tab of a provider."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, flash, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.access.policy import Permission
from app.access.scope import Scope
from app.config import settings
from app.services.accounts import hostname_checks, hostnames
from app.vocabulary import HostnameCheck, Level
from app.web.confirming import ConfirmForm, confirm
from app.web.form_errors import refusals_on
from app.web.hostnames.forms import HostnameForm
from app.web.hostnames.words import found_words, toast_words
from app.web.htmx import go, render
from app.web.limits import DNS_CHECKS, limiter
from app.web.session import actor
from app.web.tab import Tab

tab = Tab(
    "hostnames",
    __name__,
    title=_l("Server Hostnames"),
    levels={Level.PROVIDER},
    needs=Permission.SETTINGS_SEE,
)
_CHANGE = Permission.SETTINGS_CHANGE


@tab.get("/", needs=Permission.SETTINGS_SEE)
def index(scope: Scope) -> Response:
    return _page(scope, HostnameForm(formdata=None))


@tab.post("/", needs=_CHANGE, fresh=True)
def add(scope: Scope) -> Response:
    form = HostnameForm()
    if form.validate_on_submit():
        with refusals_on(form):
            row = hostnames.add(actor(), scope, form.hostname.data)
            name = hostnames.spelled(row.hostname)
            flash(_("%(hostname)s was added. Verify it with the DNS record below.", hostname=name), "success")
            return go(url_for(".index", scope=scope))
    return _page(scope, form)


@tab.post("/<int:hostname_id>/check", needs=_CHANGE)
@limiter.limit(DNS_CHECKS)
def check(scope: Scope, hostname_id: int) -> Response:
    """Look at the TXT record while the person waits."""
    row = hostname_checks.check_now(actor(), scope, hostname_id)
    is_right = row.last_check is HostnameCheck.VERIFIED
    flash(toast_words(hostnames.spelled(row.hostname), row.last_check), "success" if is_right else "error")
    return go(url_for(".index", scope=scope))


@tab.route("/<int:hostname_id>/delete", needs=_CHANGE, fresh=True, methods=["GET", "POST"])
def delete(scope: Scope, hostname_id: int) -> Response:
    form, back = ConfirmForm(), url_for(".index", scope=scope)
    name = hostnames.spelled(hostnames.one(scope, hostname_id).hostname)
    if form.validate_on_submit():
        with refusals_on(form):
            hostnames.delete(actor(), scope, hostname_id)
            flash(_("%(hostname)s was deleted.", hostname=name), "success")
            return go(back)
    return confirm(
        form,
        title=_("Delete %(hostname)s?", hostname=name),
        loss=_(
            "%(hostname)s no longer shows this provider's brand, and new mails no longer lead there.",
            hostname=name,
        ),
        verb=_("Delete host name"),
        cancel_url=back,
    )


def _page(scope: Scope, form: HostnameForm) -> Response:
    own_host = urlsplit(settings().public_url).hostname or ""
    rows = hostnames.listed(scope)
    return render(
        "hostnames/index.html",
        fragment="block",
        status=422 if form.errors or form.form_errors else 200,
        scope=scope,
        form=form,
        rows=rows,
        leading=next((row.id for row in rows if row.verified_at), None),
        record_name=hostname_checks.record_name,
        missing_for=hostname_checks.MISSING_FOR,
        words=lambda row: found_words(row.last_check),
        spelled=hostnames.spelled,
        own_host=own_host,
        is_name=not hostnames.is_address(own_host),
    )
