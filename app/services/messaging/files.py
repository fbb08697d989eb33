"""The files of messages: which there are, what clients are told of each, and their bytes (S21, D15, D17)."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from app.access.scope import EVERYTHING, visible
from app.db import db, end_read
from app.errors import NotFound, Unavailable
from app.media.looking import Looked
from app.media.store import store
from app.models import Attachment
from app.vocabulary import AttachmentState

logger = logging.getLogger(__name__)


class StoreAway(Unavailable):
    message = "The file store does not answer at this moment: try again in a minute."


def of(messages: Iterable[Any]) -> dict[int, list[Attachment]]:
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
    """A file as clients see it. `reason` says why it is not there, or why a picture has no thumbnail.

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


def columns(looked: Looked) -> dict[str, Any]:
    """What was found out about a file, as its row keeps it."""
    small = looked.thumbnail
    return {
        "content_type": looked.content_type,
        "size": looked.size,
        "digest": looked.digest,
        "width": small and small.width,
        "height": small and small.height,
        "reason": looked.reason,
    }


def put(source: BinaryIO, looked: Looked, key: str, thumbnail_key: str | None) -> None:
    """Put a file into the store, its small picture first; the row knows both keys. Raises OSError: the store
    is away or full.
    """
    if thumbnail_key is not None and looked.thumbnail is not None:
        store().put(thumbnail_key, io.BytesIO(looked.thumbnail.data))
    source.seek(0)
    store().put(key, source)


def read(file: Attachment, start: int, length: int) -> Iterator[bytes]:
    """Some of the bytes, in pieces, with no transaction open meanwhile. Raises NotFound, StoreAway."""
    file_id, key = file.id, file.storage_key or ""
    end_read()
    with _reading(file_id):
        return store().read(key, start, length)


def thumbnail(file: Attachment) -> bytes:
    """Its small picture. Raises NotFound: it has none. StoreAway."""
    file_id, key = file.id, file.thumbnail_key
    if key is None:
        raise NotFound
    end_read()
    with _reading(file_id):
        return b"".join(store().read(key))


@contextmanager
def _reading(file_id: int) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        # Erased since the row was read; if it is not that, the store has lost something.
        logger.warning("attachment %s has no bytes", file_id)
        raise NotFound from None
    except OSError as trouble:
        logger.warning("attachment %s cannot be read: %s", file_id, type(trouble).__name__)
        raise StoreAway from trouble
