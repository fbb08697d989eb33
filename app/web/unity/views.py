"""The list of conversations and one of them beside it. A page stands alone, and htmx asks for its blocks."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template, request, url_for
from werkzeug.exceptions import BadRequest

from app.access.policy import Permission
from app.services.accounts.client_tokens import ClientIdentity
from app.services.messaging import inbox, opt_in, thread
from app.web.htmx import go, render
from app.web.tab import LARGEST_ID
from app.web.unity import bubbles, composing, frame
from app.web.unity.client import CLIENT


@CLIENT.get("/", needs=Permission.CLIENT)
def index(client: ClientIdentity) -> Response:
    """On a phone the list alone."""
    return render("unity/index.html", fragment="pane", **frame.frame(client))


@CLIENT.get("/list", needs=Permission.CLIENT)
def listing(client: ClientIdentity) -> Response:
    """The list as it is now."""
    return make_response(render_template("unity/_talks.html", **frame.talks(client)))


@CLIENT.get("/conversations/<int:conversation_id>", needs=Permission.CLIENT)
def conversation(client: ClientIdentity, conversation_id: int) -> Response:
    """Opening it is seeing it. `before` shows older ones, `edit` takes the words of a message that failed."""
    scope = client.actor.scope
    of = thread.opened(scope, conversation_id)
    if _before() is None:
        inbox.mark_read(scope, of.id, LARGEST_ID)
    shown = bubbles.page(scope, of, _before())
    form = composing.blank(client, of)
    fill: dict[str, Any] = {"of": of, "shown": shown, "form": form, "is_past": _before() is not None}
    fill |= composing.counted(form.text.data) | frame.frame(client)
    return render("unity/conversation.html", fragment="pane", **fill)


@CLIENT.get("/conversations/<int:conversation_id>/earlier", needs=Permission.CLIENT)
def earlier(client: ClientIdentity, conversation_id: int) -> Response:
    of = thread.opened(client.actor.scope, conversation_id)
    shown = bubbles.page(client.actor.scope, of, _before())
    return make_response(render_template("unity/_earlier.html", of=of, shown=shown))


@CLIENT.get("/conversations/<int:conversation_id>/news", needs=Permission.CLIENT)
def news(client: ClientIdentity, conversation_id: int) -> Response:
    """What came after `after`, and the messages in `again` as they are now."""
    scope = client.actor.scope
    of = thread.opened(scope, conversation_id)
    newest = bubbles.numbers_in("after") or [0]
    new = bubbles.news(scope, of, newest[0])
    changed = bubbles.again(scope, of, bubbles.numbers_in("again"))
    return make_response(render_template("unity/_news.html", of=of, new=new, changed=changed))


@CLIENT.post("/conversations/<int:conversation_id>/read", needs=Permission.CLIENT)
def read(client: ClientIdentity, conversation_id: int) -> Response:
    """Seen by a person, up to this message."""
    up_to = request.form.get("up_to", "", str)
    if not (up_to.isascii() and up_to.isdigit() and len(up_to) < 10):
        raise BadRequest
    inbox.mark_read(client.actor.scope, conversation_id, int(up_to))
    return make_response("", 204)


@CLIENT.get("/prompts", needs=Permission.CLIENT)
def prompts(client: ClientIdentity) -> Response:
    return make_response(render_template("unity/_prompts.html", prompts=frame.prompts(client)))


@CLIENT.post("/numbers/<int:number_id>/opt-in", needs=Permission.CLIENT)
def answer(client: ClientIdentity, number_id: int) -> Response:
    """Yes or no to a number (S22)."""
    wish = request.form.get("answer", "")
    if wish not in {"yes", "no"}:
        raise BadRequest
    address = request.remote_addr or ""
    opt_in.answer(client.actor, client.actor.scope, number_id, accept=wish == "yes", address=address)
    return go(url_for("unity.index"))


def _before() -> int | None:
    found = bubbles.numbers_in("before")
    return found[0] if found else None
