"""The Consent & Retention tab of a provider: automatic texts, opt-out words, and how long texts are kept."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.access.policy import Permission
from app.access.scope import Scope
from app.errors import Invalid
from app.services.messaging import automatic_texts, keywords, opt_out_words, retention
from app.services.messaging.automatic_texts import AutomaticText
from app.vocabulary import Level
from app.web.confirming import ConfirmForm, confirm
from app.web.consent.forms import OptOutWordsForm, RetentionForm, TextsForm
from app.web.form_errors import refusals_on
from app.web.htmx import go, render
from app.web.languages import sentence
from app.web.session import actor
from app.web.tab import Tab

tab = Tab(
    "consent",
    __name__,
    title=_l("Consent & Retention"),
    levels={Level.PROVIDER},
    needs=Permission.SETTINGS_SEE,
)
_SEE, _CHANGE = Permission.SETTINGS_SEE, Permission.SETTINGS_CHANGE
# Above this many messages the name of the provider must be typed before they are erased.
_TYPED_ABOVE = 100


@tab.get("/", needs=_SEE)
def index(scope: Scope) -> Response:
    return _page(scope)


@tab.post("/", needs=_CHANGE)
def save(scope: Scope) -> Response:
    form = TextsForm()
    if form.validate_on_submit():
        with refusals_on(form):
            automatic_texts.change(actor(), scope, form.wish(), seen=form.revision.data or 0)
            flash(_("The texts were saved."), "success")
            return go(url_for(".index", scope=scope))
    return _page(scope, texts=form)


@tab.post("/count", needs=_CHANGE)
def count(scope: Scope) -> Response:
    """How the text that is being typed would be counted; nothing is saved."""
    wanted = request.form.get("which", "")
    which = AutomaticText(wanted) if wanted in set(AutomaticText) else AutomaticText.PROMPT
    typed = request.form.get(which, "")
    return render("consent/count.html", fragment="count", which=which, **_count(which, typed), scope=scope)


@tab.post("/words", needs=_CHANGE)
def words(scope: Scope) -> Response:
    """Save the further opt-out words; or only add the Spanish ones to what is typed."""
    provider = automatic_texts.of_provider(scope)
    form = OptOutWordsForm(provider)
    if "spanish" in request.form:
        form.opt_out_words.data = opt_out_words.with_spanish(form.opt_out_words.data or "")
        return _page(scope, further=form, fragment="words", is_suggested=True)
    if form.validate_on_submit():
        with refusals_on(form):
            opt_out_words.change(actor(), scope, form.opt_out_words.data or "", seen=form.revision.data or 0)
            flash(_("The opt-out words were saved."), "success")
            return go(url_for(".index", scope=scope) + "#words")
    return _page(scope, further=form, fragment="words")


@tab.post("/retention", needs=_CHANGE)
def keep(scope: Scope) -> Response:
    """A shorter time is asked about first, where something would be erased."""
    provider = automatic_texts.of_provider(scope)
    form, kept_now = RetentionForm(provider), provider.retention_days
    if form.validate_on_submit():
        with refusals_on(form):
            days, seen = form.retention_days.data, form.revision.data or 0
            loss = retention.would_erase(scope, days) if retention.is_shorter(kept_now, days) else 0
            if loss:
                return go(url_for(".shorten", scope=scope, days=days, seen=seen))
            retention.change(actor(), scope, days, seen=seen)
            flash(_("The time for which texts are kept was saved."), "success")
            return go(url_for(".index", scope=scope) + "#retention")
    return _page(scope, kept=form, fragment="retention")


@tab.get("/loss", needs=_SEE)
def loss(scope: Scope) -> Response:
    """What a number of days would erase, while it is being typed."""
    return render("consent/loss.html", fragment="loss", words=_loss(scope, _days()), scope=scope)


@tab.route("/retention/shorten", needs=_CHANGE, fresh=True, methods=["GET", "POST"])
def shorten(scope: Scope) -> Response:
    back = url_for(".index", scope=scope) + "#retention"
    days, seen = _days(), request.args.get("seen", type=int) or 0
    if days is None:
        return go(back)
    erased = retention.would_erase(scope, days)
    name = automatic_texts.of_provider(scope).name
    form = ConfirmForm(name if erased > _TYPED_ABOVE else "")
    if form.validate_on_submit():
        with refusals_on(form):
            retention.change(actor(), scope, days, seen=seen)
            flash(_("Old texts are being erased. The history says how many."), "success")
            return go(back)
    return confirm(
        form,
        title=_("Keep the texts of %(name)s for %(days)s?", name=name, days=_in_days(days)),
        loss=_(
            "Erases the words and media of %(messages)s older than that, and from then on of every text that "
            "gets so old. This cannot be undone.",
            messages=ngettext("%(count)s message", "%(count)s messages", erased, count=f"{erased:,}"),
        )
        if erased
        else _(
            "No message is so old yet, so there is nothing to erase now; from then on the words and media of "
            "every text that gets so old are erased."
        ),
        verb=_("Erase and keep for %(days)s", days=_in_days(days))
        if erased
        else _("Keep for %(days)s", days=_in_days(days)),
        cancel_url=back,
    )


def _page(
    scope: Scope,
    texts: TextsForm | None = None,
    kept: RetentionForm | None = None,
    further: OptOutWordsForm | None = None,
    fragment: str = "texts",
    *,
    is_suggested: bool = False,
) -> Response:
    provider = automatic_texts.of_provider(scope)
    texts = texts or TextsForm(formdata=None, obj=provider)
    kept = kept or RetentionForm(provider)
    further = further or OptOutWordsForm(provider, formdata=None)
    wrong = any(form.errors or form.form_errors for form in (texts, kept, further))
    return render(
        "consent/index.html",
        fragment=fragment,
        status=422 if wrong else 200,
        scope=scope,
        provider=provider,
        form=texts,
        kept=kept,
        further=further,
        is_suggested=is_suggested,
        always=sorted(keywords.OPT_OUT_WORDS),
        most_words=opt_out_words.MOST,
        longest_word=opt_out_words.LONGEST,
        which=list(AutomaticText),
        ours=automatic_texts.OURS,
        longest=automatic_texts.LONGEST,
        most_days=retention.LONGEST,
        counts={one: _count(one, texts.typed(one)) for one in AutomaticText},
    )


def _count(which: AutomaticText, typed: str) -> dict[str, Any]:
    words = ""
    try:
        automatic_texts.checked(which, typed)
    except Invalid as refusal:
        words = sentence(refusal.message)
    return {"it": automatic_texts.counted(which, typed), "wrong": words, "is_own": bool(typed.strip())}


def _days() -> int | None:
    typed = request.args.get("days", request.args.get("retention_days", ""))
    is_days = typed.isascii() and typed.isdecimal() and len(typed) < len("00000")
    days = int(typed) if is_days else None
    return days if days is not None and 1 <= days <= retention.LONGEST else None


def _loss(scope: Scope, days: int | None) -> str:
    if days is None:
        return _("Nothing is erased by itself.")
    erased = retention.would_erase(scope, days)
    if not erased:
        return _("Nothing would be erased now: no message is older than %(days)s.", days=_in_days(days))
    return ngettext(
        "Would erase the words and media of %(count)s message older than %(days)s.",
        "Would erase the words and media of %(count)s messages older than %(days)s.",
        erased,
        count=f"{erased:,}",
        days=_in_days(days),
    )


def _in_days(days: int) -> str:
    return ngettext("%(num)d day", "%(num)d days", days)
