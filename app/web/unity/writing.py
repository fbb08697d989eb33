"""Writing: counted while it is typed, sent once however often the form is, refused beside its field."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template, request, url_for

from app.access.policy import Permission
from app.phone import ten_digits
from app.services.accounts import licences
from app.services.accounts.client_tokens import ClientIdentity
from app.services.messaging import segments, sending, thread
from app.services.messaging.sending import CannotSend, OtherFiles
from app.services.messaging.thread import Thread
from app.services.provisioning import queries
from app.web.form_errors import refusals_on
from app.web.htmx import go, render, wants_fragment
from app.web.languages import sentence
from app.web.unity import bubbles, composing, frame
from app.web.unity.client import CLIENT
from app.web.unity.forms import FirstMessageForm, MessageForm


@CLIENT.post("/count", needs=Permission.CLIENT)
def count(client: ClientIdentity) -> Response:
    """In how many parts a text goes out, by the counting that is stored and billed; with files, how."""
    found = composing.counted_with_files(client, request.form.get("text", ""))
    return make_response(render_template("unity/_counted.html", **found))


@CLIENT.get("/conversations/<int:conversation_id>/write", needs=Permission.CLIENT)
def write(client: ClientIdentity, conversation_id: int) -> Response:
    """The composer, with the words of a message that failed if `edit` names one."""
    of = thread.opened(client.actor.scope, conversation_id)
    return _composer(client, of, composing.blank(client, of))


@CLIENT.post("/conversations/<int:conversation_id>/messages", needs=Permission.CLIENT, takes_files=True)
def send(client: ClientIdentity, conversation_id: int) -> Response:
    of, form = thread.opened(client.actor.scope, conversation_id), MessageForm()
    composing.add_files(client, of.number_id, form)
    if "remove" in request.form:
        return _composer(client, of, form)
    if "plainer" in request.form:
        form.text.data = segments.plainer(form.text.data or "")
        return _composer(client, of, form)
    if form.validate_on_submit() and not form.form_errors:
        with refusals_on(form, {CannotSend: "text"}):
            if _send(client, of.number_id, of.remote, form):
                return _sent(client, of)
    return _composer(client, of, form, status=422)


@CLIENT.route("/new", needs=Permission.CLIENT, takes_files=True, methods=["GET", "POST"])
def new(client: ClientIdentity) -> Response:
    """A text to somebody who is not in the list yet."""
    form = FirstMessageForm()
    form.number_id.choices = _numbers(client)
    if request.method == "POST" and form.number_id.data in dict(form.number_id.choices):
        composing.add_files(client, form.number_id.data, form)
    if request.method == "GET":
        form.client_ref.data = composing.new_reference()
    elif "remove" in request.form:
        pass
    elif "plainer" in request.form:
        form.text.data = segments.plainer(form.text.data or "")
    elif form.validate_on_submit() and not form.form_errors:
        with refusals_on(form, {CannotSend: "text"}):
            if sent := _send(client, form.number_id.data, form.to.data, form):
                return go(url_for("unity.conversation", conversation_id=sent.conversation_id))
    fill = {"form": form, **composing.counted_with_files(client, form.text.data or ""), **frame.frame(client)}
    block = "composer" if request.method == "POST" else "pane"
    return render("unity/new.html", fragment=block, status=422 if form.errors else 200, **fill)


def _send(client: ClientIdentity, number_id: int, to: str, form: MessageForm) -> Any:
    """The message; None when an earlier version of it is out and this one is not."""
    try:
        sent = sending.send(
            client.actor.scope,
            number_id,
            to=to,
            text=form.text.data or "",
            client_ref=form.client_ref.data,
            attachment_ids=form.wanted,
        )
    except OtherFiles:
        sent = None
    if sent and (sent.erased_at is not None or _is_what_was_typed(sent, to, form.text.data or "")):
        return sent
    _is_another_text(form)
    return None


def _is_what_was_typed(sent: Any, to: str, text: str) -> bool:
    return bool(sent.text == segments.normalised(text) and sent.remote == sending.recipient_of(to))


def _is_another_text(form: MessageForm) -> None:
    """The form was sent before, its answer was lost, and then something in it was changed."""
    form.client_ref.data, form.client_ref.raw_data = composing.new_reference(), None
    words = "An earlier version of this message was already sent. Send again if this one is to go out too."
    form.text.errors = [*form.text.errors, sentence(words)]


def _sent(client: ClientIdentity, of: Thread) -> Response:
    """An empty composer; the thread then asks for what is new."""
    if not wants_fragment():
        return go(url_for("unity.conversation", conversation_id=of.id))
    answer = _composer(client, of, MessageForm(formdata=None, client_ref=composing.new_reference()))
    answer.headers["HX-Trigger"] = "sent"
    return answer


def _composer(client: ClientIdentity, of: Thread, form: MessageForm, status: int = 200) -> Response:
    """The composer alone for htmx; a browser without scripts gets the page around it."""
    fill = {"of": of, "form": form, **composing.counted_with_files(client, form.text.data or "")}
    if not wants_fragment():
        fill |= {"shown": bubbles.page(client.actor.scope, of), **frame.frame(client)}
    return render("unity/conversation.html", fragment="composer", status=status, **fill)


def _numbers(client: ClientIdentity) -> list[tuple[int, str]]:
    """From which somebody can write at this moment."""
    held = queries.numbers_of_user(client.actor.scope)
    is_licensed = licences.is_licensed(client.user_id)
    able = [row for row in held if sending.refusal(row, is_licensed=is_licensed) is None]
    return [(row.id, _called(row)) for row in able]


def _called(row: Any) -> str:
    digits = ten_digits(row.number)
    return f"{row.friendly_name} ({digits})" if row.friendly_name else digits
