"""The composer: an empty one, or one with the words of a message that is to be sent anew."""

from __future__ import annotations

import secrets
from contextlib import suppress
from itertools import islice
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from app.errors import Invalid, NotFound
from app.services.accounts.client_tokens import ClientIdentity
from app.services.messaging import messages, segments, sending, uploads
from app.services.messaging.thread import Thread
from app.web.tab import LARGEST_ID
from app.web.unity import taking
from app.web.unity.forms import MessageForm

_MOST_NAMED = 100  # uploads that a form can show; a text that has so many is refused in any case


def blank(client: ClientIdentity, of: Thread) -> MessageForm:
    """An empty one, or the words of a message that failed, to be sent as a new one."""
    edited = request.args.get("edit", 0, int)
    text = ""
    if edited:
        message = messages.one(client.actor.scope, min(edited, LARGEST_ID))
        text = message.text or "" if message.conversation_id == of.id else ""
    return MessageForm(formdata=None, text=text, client_ref=new_reference())


def add_files(client: ClientIdentity, number_id: int, form: MessageForm) -> None:
    """What was uploaded before, and what came along with a form without scripts; one may be taken back."""
    scope = client.actor.scope
    gone = id_of("remove")
    if gone:
        with suppress(NotFound):
            uploads.drop(scope, gone)
    named = [one for one in ids_of(request.form) if one != gone]
    kept, refused = taking.take_in(client, number_id)
    form.files = [*uploads.unused(scope, named), *kept]
    form.wanted = [*named, *(file.id for file in kept)]
    form.form_errors.extend(refused)


def new_reference() -> str:
    """Under which a message is sent once, however often its form is."""
    return f"web-{secrets.token_hex(12)}"


def counted(text: str) -> dict[str, Any]:
    """The count of a text, and of a plainer one where that needs fewer parts."""
    words = segments.normalised(text)
    found, plainer = segments.count(words), segments.count(segments.plainer(words))
    return {"counted": found, "plainer": plainer if plainer.parts < found.parts else None, "plan": None}


def counted_with_files(client: ClientIdentity, text: str) -> dict[str, Any]:
    """The same for what is in the form now: links count, an MMS has no parts, and the sender hears which."""
    file_ids, number_id = ids_of(request.form), id_of("number_id")
    if not file_ids or not number_id:
        return counted(text)
    to = request.form.get("to", "")
    try:
        plan, words = sending.foreseen(
            client.actor.scope, number_id, to=to, text=text, attachment_ids=file_ids
        )
    except Invalid:  # nobody, or half a number as yet
        return counted(text)
    return {**counted(words), "plan": plan}


def id_of(name: str) -> int:
    """The id in a field of the form; 0 when it is none that a row can have."""
    given = request.form.get(name, 0, int)
    return given if 0 < given <= LARGEST_ID else 0


def ids_of(values: MultiDict[str, str]) -> list[int]:
    """The uploads that a form or an address names; what is no id is left out."""
    given = ",".join(values.getlist("attachment_ids")).split(",")
    digits = (one for one in given if one.isascii() and one.isdigit() and len(one) <= len(str(LARGEST_ID)))
    ids = (int(one) for one in digits if 0 < int(one) <= LARGEST_ID)
    return list(islice(ids, _MOST_NAMED))
