"""What the carrier called about and nobody got: quarantined texts (D12), and refused calls (D27, D34)."""

from __future__ import annotations

from flask import Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.access.policy import Permission
from app.access.scope import Scope
from app.phone import LONGEST_ADDRESS, parse, ten_digits, with_lost_plus
from app.services.messaging import quarantine, signature
from app.services.messaging.quarantine import Fate
from app.services.messaging.signature import Week
from app.vocabulary import Level, SignatureMode
from app.web.carrier_calls.forms import SignatureForm
from app.web.confirming import ConfirmForm, confirm
from app.web.fields import one_line
from app.web.form_errors import refusals_on
from app.web.htmx import go, render
from app.web.session import actor
from app.web.tab import Tab

tab = Tab(
    "carrier_calls",
    __name__,
    title=_l("Carrier Calls"),
    levels={Level.SYSTEM, Level.PROVIDER},
    needs=Permission.RECEIVER_SEE,
)
_SEE, _CHANGE = Permission.RECEIVER_SEE, Permission.RECEIVER_CHANGE


@tab.get("/", needs=_SEE)
def index(scope: Scope) -> Response:
    """The platforms, and what is quarantined."""
    typed = one_line(with_lost_plus(request.args.get("number", "")))
    number = parse(typed).value[:LONGEST_ADDRESS]  # what is no number may be how the carrier wrote one
    page = quarantine.quarantined_page(scope, number=number, **_marks())
    platforms = signature.listed(scope)
    return render(
        "carrier_calls/index.html",
        fragment="list",
        scope=scope,
        page=page,
        typed=typed,
        fates=quarantine.fates(page.items),
        Fate=Fate,
        platforms=platforms,
        names=signature.names(scope),
        weeks=signature.weeks(scope),
        no_calls=Week(),
    )


@tab.get("/refused", needs=_SEE)
def refused(scope: Scope) -> Response:
    """Refused calls, newest first; of one platform, if asked for."""
    asked = request.args.get("platform", "")
    platform_id = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None
    return render(
        "carrier_calls/refused.html",
        fragment="list",
        scope=scope,
        page=signature.refused_page(scope, platform_id=platform_id, **_marks()),
        names=signature.names(scope),
        wanted=platform_id,
        most_tries=signature.MOST_TRIES,
    )


@tab.route("/platforms/<int:platform_id>/signature", needs=_CHANGE, fresh=True, methods=["GET", "POST"])
def mode(scope: Scope, platform_id: int) -> Response:
    platform = signature.one(scope, platform_id)
    form = SignatureForm(obj=platform)
    if form.validate_on_submit():
        with refusals_on(form):
            wanted = SignatureMode(form.signature_mode.data)
            signature.set_mode(actor(), scope, platform_id, wanted, seen=form.revision.data)
            flash(_("The signature of the carrier's calls was set."), "success")
            return go(url_for(".index", scope=scope))
    return render(
        "carrier_calls/mode.html",
        fragment="form",
        status=422 if form.errors or form.form_errors else 200,
        scope=scope,
        form=form,
        name=signature.names(scope)[platform_id],
    )


@tab.route("/platforms/<int:platform_id>/replay", needs=_CHANGE, fresh=True, methods=["GET", "POST"])
def replay_all(scope: Scope, platform_id: int) -> Response:
    """All refused events of a platform that nobody replayed yet."""
    signature.one(scope, platform_id)
    form, back = ConfirmForm(), url_for(".refused", scope=scope, platform=platform_id)
    count = signature.weeks(scope).get(platform_id, Week()).replayable
    if form.validate_on_submit():
        with refusals_on(form):
            _say_wanted(signature.want_replay(actor(), scope, platform_id))
            return go(back)
    return confirm(
        form,
        title=_("Replay refused calls?"),
        loss=ngettext(
            "%(num)s refused call is processed as if nothing had been wrong with it. Do this only when you "
            "know that the carrier made it.",
            "%(num)s refused calls are processed as if nothing had been wrong with them. Do this only when "
            "you know that the carrier made them.",
            count,
        )
        if count
        else _("No refused call is left to be replayed."),
        verb=_("Replay") if count else "",
        cancel_url=back,
    )


@tab.post("/refused/<int:call_id>/replay", needs=_CHANGE)
def replay(scope: Scope, call_id: int) -> Response:
    """One refused event."""
    call = signature.refused(scope, call_id)
    _say_wanted(signature.want_replay(actor(), scope, call.platform_id, call_id))
    return go(url_for(".refused", scope=scope, platform=call.platform_id))


@tab.route("/quarantine/<int:quarantined_id>/erase", needs=_CHANGE, fresh=True, methods=["GET", "POST"])
def erase(scope: Scope, quarantined_id: int) -> Response:
    """What is quarantined for the number of this text, unseen."""
    row = quarantine.one(scope, quarantined_id)
    count = quarantine.waiting(scope, row.number, row.platform_id)
    form, back, number = ConfirmForm(), url_for(".index", scope=scope), ten_digits(row.number)
    if form.validate_on_submit():
        with refusals_on(form):
            gone = quarantine.erase(actor(), scope, row.number, row.platform_id)
            flash(ngettext("%(num)s text was erased.", "%(num)s texts were erased.", gone), "success")
            return go(back)
    return confirm(
        form,
        title=_("Erase the texts for %(number)s?", number=number or _("no number")),
        loss=ngettext(
            "%(num)s text is erased, unseen. Whoever gets the number later will not receive it.",
            "%(num)s texts are erased, unseen. Whoever gets the number later will not receive them.",
            count,
        )
        if count
        else _("Nothing waits for this number any more, so there is nothing to erase."),
        verb=_("Erase") if count else "",
        cancel_url=back,
    )


def _say_wanted(count: int) -> None:
    if count:
        flash(
            ngettext("%(num)s call is being replayed.", "%(num)s calls are being replayed.", count), "success"
        )
    else:
        flash(_("There is nothing left to replay."), "warning")


def _marks() -> dict[str, str | None]:
    return {name: request.args.get(name) for name in ("after", "before")}
