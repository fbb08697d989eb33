"""Files that a user uploads, to send them with a text (S21, D15). What no text uses goes after a day."""

from __future__ import annotations

import datetime as dt
import logging
import os
from collections.abc import Sequence
from typing import Any, BinaryIO

from sqlalchemy import func, update

from app.access.scope import EVERYTHING, Scope, branch, fetch, visible
from app.clock import now
from app.config import settings
from app.db import db, transactional
from app.errors import Conflict, Invalid, NotFound
from app.media import names
from app.media.looking import Looked, look
from app.media.store import new_key
from app.models import Assignment, Attachment
from app.services.messaging import erasure, files
from app.services.messaging.files import StoreAway
from app.vocabulary import AttachmentState

logger = logging.getLogger(__name__)
UNUSED_KEPT = dt.timedelta(hours=24)
_MOST_UNUSED = 50  # of one number
_LEASE = dt.timedelta(minutes=10)  # longer than a slow client needs for the largest file


class TooLarge(Invalid):
    """The reason is for the sender."""


class NotKept(Conflict):
    message = "The file cannot be kept at this moment: try again in a minute."


def upload(scope: Scope, assignment_id: int, name: str, source: BinaryIO) -> Attachment:
    """Keep a file for a text of this number; `source` is one that can be read from its start again.

    The row is there before a picture is decoded and before the bytes are kept: so a refused file costs
    nothing, and a process that dies in between leaves nothing that no row knows. Raises TooLarge, Invalid,
    Conflict (too many unused ones), DecoderBusy, DecoderLost, StoreAway, NotKept, NotFound.
    """
    _check_size(source)
    key, thumbnail_key = new_key(), new_key()
    file_id = _reserve(
        scope, assignment_id, name=names.tidy(name), storage_key=key, thumbnail_key=thumbnail_key
    )
    try:
        looked = look(source, settings().pictures, sharer=f"{scope.level} {scope.node_id}")
        files.put(source, looked, key, thumbnail_key)
    except OSError as trouble:
        logger.warning("file %s cannot be kept: %s", file_id, type(trouble).__name__)
        _give_up(file_id)
        raise StoreAway from trouble
    except BaseException:
        _give_up(file_id)
        raise
    _is_stored(file_id, looked, thumbnail_key if looked.thumbnail else None)
    return fetch(Attachment, file_id, scope)


def unused(scope: Scope, file_ids: Sequence[int], *, lock: bool = False) -> list[Attachment]:
    """Those of these files that a user can still send, in this order. With `lock`, nobody else can then."""
    if not file_ids:
        return []
    query = visible(Attachment, scope).where(
        Attachment.id.in_(file_ids),
        Attachment.message_id.is_(None),
        Attachment.state == AttachmentState.STORED,
    )
    query = query.order_by(Attachment.id)
    found = {file.id: file for file in db.session.scalars(query.with_for_update() if lock else query)}
    return [found[file_id] for file_id in dict.fromkeys(file_ids) if file_id in found]


@transactional
def drop(scope: Scope, file_id: int) -> None:
    """A user takes back an upload. Raises NotFound, also when a text has it already."""
    file = fetch(Attachment, file_id, scope, lock=True)
    if file.message_id is not None or file.state is AttachmentState.ERASED:
        raise NotFound
    erasure.erase_files(Attachment.id == file.id)


@transactional
def forget_unused() -> None:
    """Uploads of yesterday that no text uses."""
    erasure.erase_files(Attachment.message_id.is_(None), Attachment.created_at < now() - UNUSED_KEPT)


def _check_size(source: BinaryIO) -> None:
    size = source.seek(0, os.SEEK_END)
    most = settings().upload_most_bytes
    if size == 0:
        raise Invalid("The file is empty.", field="file")
    if size > most:
        raise TooLarge(f"A file has {most // 1_000_000} MB at most.", field="file")


@transactional
def _reserve(scope: Scope, assignment_id: int, **columns: Any) -> int:
    """The row, with the keys under which the bytes will be. The number is locked: its uploads are counted.

    Raises Conflict, NotFound.
    """
    assignment = fetch(Assignment, assignment_id, scope, lock=True)
    if assignment.release_requested_at is not None or assignment.ended_at is not None:
        raise NotFound
    unused = visible(Attachment, EVERYTHING).where(
        Attachment.assignment_id == assignment.id,
        Attachment.message_id.is_(None),
        Attachment.state != AttachmentState.ERASED,
    )
    if (db.session.scalar(unused.with_only_columns(func.count())) or 0) >= _MOST_UNUSED:
        raise Conflict(f"{_MOST_UNUSED} files wait to be sent already: send or remove some first.")
    file = Attachment(
        assignment_id=assignment.id,
        state=AttachmentState.WAITING,
        claimed_until=now() + _LEASE,
        **columns,
        **branch(assignment),
    )
    db.session.add(file)
    db.session.flush()
    return file.id


@transactional
def _is_stored(file_id: int, looked: Looked, thumbnail_key: str | None) -> None:
    """Write down what was found out.

    Raises NotKept: when it was erased meanwhile, with its number for instance.
    """
    stored = (
        update(Attachment)
        .where(Attachment.id == file_id, Attachment.state == AttachmentState.WAITING)
        .values(
            state=AttachmentState.STORED,
            claimed_until=None,
            thumbnail_key=thumbnail_key,
            **files.columns(looked),
        )
        .returning(Attachment.id)
    )
    is_ours = {"scope": EVERYTHING, "synchronize_session": False}
    if db.session.scalar(stored, execution_options=is_ours) is None:
        raise NotKept


@transactional
def _give_up(file_id: int) -> None:
    erasure.erase_files(Attachment.id == file_id)
