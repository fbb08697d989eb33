"""What stands around every page of the web client: the list of conversations, and questions that wait."""

from __future__ import annotations

from typing import Any

from flask import request

from app.phone import ten_digits
from app.services.accounts.client_tokens import ClientIdentity
from app.services.messaging import inbox, opt_in
from app.services.provisioning import queries

_ROWS = 50


def frame(client: ClientIdentity) -> dict[str, Any]:
    """What stands around every page: the list, and questions that wait for an answer."""
    return {"client": client, "prompts": prompts(client), **talks(client)}


def talks(client: ClientIdentity) -> dict[str, Any]:
    """The list: newest first, or what a search finds in numbers and in words."""
    scope = client.actor.scope
    search, after = request.args.get("q", "").strip(), request.args.get("after")
    held = queries.numbers_of_user(scope)
    names = {row.id: row.friendly_name or ten_digits(row.number) for row in held}
    return {
        "search": search,
        "page": inbox.conversations(scope, search=search, after=after, limit=_length()),
        "hits": inbox.search(scope, search, limit=30)[0] if search and after is None else [],
        "unread": inbox.unread(scope),
        "names": names,
        "numbers": sum(row.release_requested_at is None for row in held),
        "open_id": (request.view_args or {}).get("conversation_id"),
    }


def prompts(client: ClientIdentity) -> list[dict[str, Any]]:
    """Each with its question, and what follows from a yes."""
    found = opt_in.prompts(client.actor.scope)
    return [dict(zip(("question", "more"), _parts(one["text"]), strict=True)) | one for one in found]


def _length() -> int:
    """What is refreshed keeps the rows that had been asked for with More."""
    return max(_ROWS, min(request.args.get("rows", _ROWS, int), 4 * _ROWS))


def _parts(text: str) -> tuple[str, str]:
    question, mark, more = text.partition("?")
    return question + mark, more.strip()
