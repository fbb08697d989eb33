"""Who fetches which file of the carrier, and what came of it (D17). Transactions only, nothing slow.

A file has one fetcher at a time, and a text too: its files come one after the other, in order, so what its
user's clients are told of them last is how they are. A key is in its row before there are bytes under it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, literal_column
from sqlalchemy.orm import aliased

from app import impp, queue
from app.access.scope import EVERYTHING, fetch, visible
from app.clock import now
from app.config import settings
from app.db import db, end_read, transactional
from app.media.pictures import JOB_WAIT_SECONDS
from app.media.store import new_key
from app.models import Attachment, Message
from app.services.messaging.messages import as_event
from app.vocabulary import AttachmentState

_SLACK = dt.timedelta(seconds=15)  # beside the seconds of a fetch, or of a picture
_PUT_LEASE = dt.timedelta(seconds=180)
_GIVE_UP_AFTER = dt.timedelta(hours=24)
_TOO_LATE = "The carrier's file could not be taken within a day."


@dataclass(frozen=True)
class Keys:
    """Where the bytes are in the store, or will be."""

    file: str | None = None
    thumbnail: str | None = None

    def __iter__(self) -> Iterator[str]:
        return (key for key in (self.file, self.thumbnail) if key is not None)


@dataclass(frozen=True)
class Claim:
    """A file that is ours to fetch until its lease ends; `turn` tells this claim from later ones.

    `left` are keys of an earlier claim, which may have left bytes there.
    """

    file_id: int
    turn: int
    left: Keys = field(repr=False)
    url: str = field(repr=False)


def are_due() -> bool:
    """Whether any file is to be fetched now."""
    found = db.session.scalar(_due().with_only_columns(Attachment.id).limit(1))
    end_read()
    return found is not None


@transactional
def claim(most: int) -> list[Claim]:
    """The first due file of each of `most` texts.

    The texts are locked first, so the second statement sees what another claimer committed in between.
    Whatever is locked by somebody else has its turn a moment later: nobody is waited for.
    """
    wanted = _due().with_only_columns(Attachment.message_id).order_by(Attachment.due_at, Attachment.id)
    ids = list(dict.fromkeys(db.session.scalars(wanted.limit(most * 10))))[:most]
    if not ids:
        return []
    texts = visible(Message, EVERYTHING).where(Message.id.in_(ids)).with_only_columns(Message.id)
    locked = texts.order_by(Message.id).with_for_update(skip_locked=True, key_share=True)
    theirs = _due().where(Attachment.message_id.in_(list(db.session.scalars(locked))))
    theirs = theirs.order_by(Attachment.due_at, Attachment.position).with_for_update(skip_locked=True)
    firsts: dict[int | None, Attachment] = {}
    for file in db.session.scalars(theirs):
        firsts.setdefault(file.message_id, file)
    return [_claimed(file) for file in firsts.values()]


@transactional
def renew(claim: Claim) -> bool:
    """Before a fetched file is looked at: time for a picture to wait for its decoder. False: it is not ours
    any more.
    """
    file = _ours(claim)
    if file is None:
        return False
    file.claimed_until = now() + dt.timedelta(seconds=JOB_WAIT_SECONDS + settings().pictures.seconds) + _SLACK
    return True


@transactional
def hold(claim: Claim, *, with_thumbnail: bool) -> Keys | None:
    """Where to put the bytes: the row knows it from here on. None: it is not ours any more, put nothing."""
    file = _ours(claim)
    if file is None:
        return None
    file.storage_key = file.storage_key or new_key()
    if with_thumbnail:
        file.thumbnail_key = file.thumbnail_key or new_key()
    file.claimed_until = now() + _PUT_LEASE
    return Keys(file.storage_key, file.thumbnail_key if with_thumbnail else None)


@transactional
def settle(claim: Claim, state: AttachmentState, **found: Any) -> bool:
    """Write down what became of a file, and tell whoever may see it.

    Returns False where it is not ours any more: it was erased meanwhile, or somebody else fetches it.
    """
    file = _ours(claim)
    if file is None:
        return False
    _settled(file, state, **found)
    return True


@transactional
def again(claim: Claim) -> Keys:
    """Later, and less and less often; after a day never. Returns keys that nobody wants any more."""
    file = _ours(claim)
    if file is None:
        return Keys()
    later = now() + dt.timedelta(seconds=queue.FETCH_FILES.scattered_delay(file.tries))
    if later < file.created_at + _GIVE_UP_AFTER:
        file.due_at, file.claimed_until = later, None
        return Keys()
    _settled(file, AttachmentState.FAILED, reason=_TOO_LATE)
    return Keys(file.storage_key, file.thumbnail_key)


def kept(claim: Claim) -> Keys:
    """The keys under which the bytes of this file are wanted now, whoever fetches it."""
    query = visible(Attachment, EVERYTHING).where(
        Attachment.id == claim.file_id,
        Attachment.state.in_([AttachmentState.WAITING, AttachmentState.STORED]),
    )
    keys = query.with_only_columns(Attachment.storage_key, Attachment.thumbnail_key)
    row = db.session.execute(keys).first()
    end_read()
    return Keys(*row) if row else Keys()


def _due() -> Select[Attachment]:
    """Files to fetch, of texts of which none is being fetched. A claim that ended is due again."""
    other = aliased(Attachment)
    is_under_way = (
        visible(other, EVERYTHING)
        .where(
            other.message_id == Attachment.message_id,
            other.state == AttachmentState.WAITING,
            other.claimed_until > now(),
        )
        .exists()
    )
    return visible(Attachment, EVERYTHING).where(
        _is_waiting(), Attachment.due_at <= now(), Attachment.message_id.is_not(None), ~is_under_way
    )


def _is_waiting() -> ColumnElement[bool]:
    """Written out, so that a planner sees that the index on them holds all of them."""
    return Attachment.state == literal_column(f"'{AttachmentState.WAITING}'")


def _claimed(file: Attachment) -> Claim:
    seconds = settings().media_fetch_seconds
    file.tries += 1
    file.claimed_until = now() + dt.timedelta(seconds=seconds) + _SLACK
    left = Keys(file.storage_key, file.thumbnail_key)
    return Claim(file.id, file.tries, left, file.source_url or "")


def _ours(claim: Claim) -> Attachment | None:
    """The row, locked, while the claim holds: erased, settled or claimed anew it is not ours."""
    mine = visible(Attachment, EVERYTHING).where(
        Attachment.id == claim.file_id,
        Attachment.state == AttachmentState.WAITING,
        Attachment.tries == claim.turn,
    )
    return db.session.scalar(mine.with_for_update(key_share=True))


def _settled(file: Attachment, state: AttachmentState, **found: Any) -> None:
    """The text is locked: whoever hands it over at this moment has seen this file, or it is told now."""
    for column, value in {**found, "state": state}.items():
        setattr(file, column, value)
    file.source_url = file.due_at = file.claimed_until = None
    db.session.flush()
    message = fetch(Message, file.message_id or 0, EVERYTHING, lock=True)
    if message.handed_over_at is not None:
        impp.publish(message.user_id, "message.updated", as_event(message))
