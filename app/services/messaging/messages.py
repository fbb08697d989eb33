"""A user's messages: what a client reads, and the form in which it reads them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_

from app.access.scope import Scope, fetch, missing, visible
from app.db import db
from app.errors import NotFound
from app.models import Attachment, Message
from app.services.messaging import files
from app.services.messaging.opt_out_phrases import reads_like_opt_out
from app.vocabulary import AttachmentState, Direction, MessageState, SentAs, TextEncoding

Reader = Callable[[int, int], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class MessageRow:
    """What clients see of a message that a statement has just written or read, without loading it again."""

    id: int
    assignment_id: int
    conversation_id: int | None
    user_id: int | None
    direction: Direction
    state: MessageState
    remote: str | None
    other_recipients: list[str]
    text: str | None
    encoding: TextEncoding | str | None
    segments: int | None
    created_at: dt.datetime
    reason: str = ""
    sent_as: SentAs | str | None = None
    fallback_reason: str = ""
    file_count: int = 0
    client_ref: str | None = None
    sent_at: dt.datetime | None = None
    settled_at: dt.datetime | None = None


def as_events(messages: Sequence[Message | MessageRow]) -> list[dict[str, Any]]:
    """Messages as clients see them, in the API and in events. Times are ISO 8601 in UTC.

    `claimed` is our own business and shown as queued (D13).
    """
    found = files.of(messages)
    return [_as_event(message, found.get(message.id, [])) for message in messages]


def as_event(message: Message) -> dict[str, Any]:
    """The same for one."""
    return as_events([message])[0]


def _as_event(message: Message | MessageRow, its_files: list[Attachment]) -> dict[str, Any]:
    state = MessageState.QUEUED if message.state is MessageState.CLAIMED else message.state
    return {
        "id": message.id,
        "number_id": message.assignment_id,
        "conversation_id": message.conversation_id,
        "direction": message.direction,
        "state": state,
        "reason": message.reason,
        "remote": message.remote or "",
        "other_recipients": message.other_recipients,
        "text": message.text or "",
        "reads_like_opt_out": is_marked(message),
        "encoding": message.encoding,
        "segments": message.segments,
        "sent_as": message.sent_as,
        "fallback_reason": message.fallback_reason,
        "attachments": [files.as_shown(file) for file in its_files],
        "client_ref": message.client_ref,
        "created_at": iso(message.created_at),
        "sent_at": iso(message.sent_at),
        "settled_at": iso(message.settled_at),
    }


def is_marked(message: Message | MessageRow) -> bool:
    """Whether a text that came in reads like an opt-out without being a keyword (D11).

    Told from the words whenever it is shown, so it is gone when they are erased.
    """
    return message.direction is Direction.INBOUND and reads_like_opt_out(message.text)


def iso(at: dt.datetime | None) -> str | None:
    """As the API writes times, so that an event and an answer read the same."""
    return at.isoformat().replace("+00:00", "Z") if at else None


def one(scope: Scope, message_id: int) -> Message:
    """A message that this user's client may see. Raises NotFound."""
    message = db.session.scalar(_shown(scope).where(Message.id == message_id))
    if message is None:
        raise missing(Message, message_id)
    return message


def file(scope: Scope, file_id: int) -> Attachment:
    """A file that this user's client may see: an upload, or one of a shown message. Raises NotFound."""
    found = fetch(Attachment, file_id, scope)
    if found.state in {AttachmentState.DROPPED, AttachmentState.ERASED}:
        raise NotFound
    if found.message_id is not None:
        one(scope, found.message_id)
    return found


def file_and_bytes(scope: Scope, file_id: int) -> tuple[Attachment, Reader]:
    """A file and how its bytes are read: `read(start, length)`. Raises NotFound, also while it is fetched."""
    found = file(scope, file_id)
    if found.state is not AttachmentState.STORED:
        raise NotFound
    return found, partial(files.read, found)


def thumbnail(scope: Scope, file_id: int) -> bytes:
    """The small picture of a file. Raises NotFound: it has none."""
    return files.thumbnail(file(scope, file_id))


def thread(
    scope: Scope, assignment_id: int, *, remote: str | None = None, before: int | None = None, limit: int = 50
) -> tuple[list[Message], int | None]:
    """Messages of a number, newest first, and the id to pass as `before` for the next page (or None).

    `remote` (E.164 or short code) keeps one conversation.
    """
    query = _shown(scope).where(Message.assignment_id == assignment_id)
    if remote is not None:
        query = query.where(Message.remote == remote)
    if before is not None:
        query = query.where(Message.id < before)
    rows = list(db.session.scalars(query.order_by(Message.id.desc()).limit(limit + 1)))
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def _shown(scope: Scope) -> Select[Message]:
    """Erased messages are gone; inbound ones appear once they were handed over (D7, D28)."""
    return visible(Message, scope).where(is_shown(Message))


def is_shown(message: Any) -> ColumnElement[bool]:
    """The same as a condition, of the class or of an alias of it."""
    return and_(
        message.erased_at.is_(None),
        or_(message.direction == Direction.OUTBOUND, message.handed_over_at.is_not(None)),
    )
