"""The composer: an empty one, or one with the words of a message that is to be sent anew."""

from __future__ import annotations

import secrets
from typing import Any

from flask import request

from app.services.accounts.client_tokens import ClientIdentity
from app.services.messaging import messages, segments
from app.services.messaging.thread import Thread
from app.web.tab import LARGEST_ID
from app.web.unity.forms import MessageForm


def blank(client: ClientIdentity, of: Thread) -> MessageForm:
    """An empty one, or the words of a message that failed, to be sent as a new one."""
    edited = request.args.get("edit", 0, int)
    text = ""
    if edited:
        message = messages.one(client.actor.scope, min(edited, LARGEST_ID))
        text = message.text or "" if message.conversation_id == of.id else ""
    return MessageForm(formdata=None, text=text, client_ref=new_reference())


def new_reference() -> str:
    """Under which a message is sent once, however often its form is."""
    return f"web-{secrets.token_hex(12)}"


def counted(text: str) -> dict[str, Any]:
    """The count of a text, and of a plainer one where that needs fewer parts."""
    words = segments.normalised(text)
    found, plainer = segments.count(words), segments.count(segments.plainer(words))
    return {"counted": found, "plainer": plainer if plainer.parts < found.parts else None}
