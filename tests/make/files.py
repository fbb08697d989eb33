"""Files of texts: their rows, and their bytes in the store."""

from __future__ import annotations

import hashlib
import io
from typing import Any

from app.access.scope import branch
from app.media.kinds import LOOKED_AT, PICTURES, kind_of
from app.media.pictures import thumbnail
from app.media.store import new_key, store
from app.models import Assignment, Attachment, Message
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
    kind = kind_of(content[:LOOKED_AT])
    given: dict[str, Any] = {"size": len(content), "digest": hashlib.sha256(content).hexdigest()}
    if kind in PICTURES:
        small = thumbnail(io.BytesIO(content))
        given |= {"thumbnail_key": _put(small.data), "width": small.width, "height": small.height}
    return {"storage_key": _put(content), "content_type": kind, **given}


def _put(content: bytes) -> str:
    key = new_key()
    store().put(key, io.BytesIO(content))
    return key
