"""Files of texts: their rows, and their bytes in the store."""

from __future__ import annotations

import io
from typing import Any

from app.access.scope import branch
from app.config import settings
from app.media.looking import look
from app.media.store import new_key
from app.models import Assignment, Attachment, Message
from app.services.messaging import files
from app.vocabulary import AttachmentState
from tests.make.brands import picture
from tests.make.numbers import assignment
from tests.make.rows import every, kept


def attachment(
    of: Message | Assignment | None = None, content: bytes | None = None, **fields: Any
) -> Attachment:
    """A stored file: of a text, or an upload of a number that no text uses yet. A picture, unless `content`
    says what it holds; a `state` that is not stored has no bytes.
    """
    of = of or assignment()
    given: dict[str, Any] = {"assignment_id": of.id, "state": AttachmentState.STORED, "name": "picture.png"}
    if isinstance(of, Message):
        before = len(every(Attachment, message_id=of.id))
        given |= {"assignment_id": of.assignment_id, "message_id": of.id, "position": before}
        of.file_count = before + 1
    if fields.get("state", AttachmentState.STORED) is AttachmentState.STORED:
        given |= _stored(picture() if content is None else content)
    return kept(Attachment(**{**given, **branch(of), **fields}))


def _stored(content: bytes) -> dict[str, Any]:
    """The columns of a file whose bytes are put into the store."""
    looked = look(io.BytesIO(content), settings().pictures)
    keys = {"storage_key": new_key(), "thumbnail_key": new_key() if looked.thumbnail else None}
    files.put(io.BytesIO(content), looked, keys["storage_key"] or "", keys["thumbnail_key"])
    return {**keys, **files.columns(looked)}
