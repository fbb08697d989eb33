"""The files of messages: which there are, and what clients are told of each (S21, D15, D17)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.access.scope import EVERYTHING, visible
from app.db import db
from app.models import Attachment, Message
from app.vocabulary import AttachmentState


def of(messages: Iterable[Message]) -> dict[int, list[Attachment]]:
    """The files by the id of their message, in order. Messages without any cost nothing."""
    ids = [message.id for message in messages if message.file_count]
    found: dict[int, list[Attachment]] = {message_id: [] for message_id in ids}
    if ids:
        query = visible(Attachment, EVERYTHING).where(
            Attachment.message_id.in_(ids), Attachment.state != AttachmentState.DROPPED
        )
        for file in db.session.scalars(query.order_by(Attachment.message_id, Attachment.position)):
            found[file.message_id or 0].append(file)
    return found


def as_shown(file: Attachment) -> dict[str, Any]:
    """A file as clients see it. `reason` says why it is not there, when it is not.

    `size` is in bytes, `width` and `height` of a picture in pixels; None while they are not known.
    """
    return {
        "id": file.id,
        "state": file.state,
        "name": file.name,
        "content_type": file.content_type,
        "size": file.size,
        "width": file.width,
        "height": file.height,
        "has_thumbnail": file.state is AttachmentState.STORED and file.thumbnail_key is not None,
        "reason": file.reason,
    }
