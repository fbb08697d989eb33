"""Words and pictures leave the database; what is needed to know a retry stays (S17, D4, D9)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, func, literal_column, or_, select, update

from app import impp, queue
from app.access.policy import Actor
from app.access.scope import EVERYTHING, Scope, fetch, visible
from app.clock import now
from app.db import db, end_read, transactional
from app.media.store import store
from app.models import Assignment, Attachment, Block, Conversation, Message, Receipt
from app.services.accounts.licences import HELD_KEPT
from app.services.audit.record import Action, record
from app.services.messaging.status import advance
from app.services.provisioning import assignment as assignments
from app.vocabulary import AttachmentState, Direction, MessageState

_BATCH = 500
_NO_SYNC = {"scope": EVERYTHING, "synchronize_session": False}


def saved(scope: Scope, assignment_id: int) -> int:
    """How many messages of a number are kept."""
    query = visible(Message, scope).where(Message.assignment_id == assignment_id, Message.erased_at.is_(None))
    return db.session.scalar(query.with_only_columns(func.count())) or 0


@transactional
def delete_saved(actor: Actor, scope: Scope, assignment_id: int) -> int:
    """Erase the saved messages of a number and return how many (S17). Texts on their way out stay.

    Raises NotFound, WrongState.
    """
    assignment = assignments.running(scope, assignment_id)
    count = _erase(
        Message.assignment_id == assignment.id,
        or_(
            Message.direction == Direction.INBOUND,
            Message.state.in_([MessageState.SENT, MessageState.DELIVERED, MessageState.FAILED]),
        ),
    )
    record(actor, Action.MESSAGES_DELETED, assignment, messages=count)
    impp.forget(assignment.user_id)
    return count


@transactional
def erase_released(assignment_id: int) -> None:
    """After a number was deleted: texts that wait fail, all messages and blocks are erased (D4)."""
    assignment = fetch(Assignment, assignment_id, EVERYTHING)
    if assignment.release_requested_at is None:
        return
    waiting = visible(Message, EVERYTHING).where(
        Message.assignment_id == assignment_id,
        Message.state.in_([MessageState.QUEUED, MessageState.CLAIMED]),
    )
    for message in list(db.session.scalars(waiting)):
        advance(message.id, MessageState.FAILED, reason="The number was removed.")
    _erase(Message.assignment_id == assignment_id)
    db.session.execute(delete(Block).where(Block.assignment_id == assignment_id), execution_options=_NO_SYNC)
    impp.forget(assignment.user_id)


def unerased() -> list[int]:
    """Deleted numbers that still have messages: a lost wake-up."""
    query = (
        visible(Assignment, EVERYTHING)
        .where(Assignment.release_requested_at.is_not(None))
        .where(
            select(Message.id)
            .where(Message.assignment_id == Assignment.id, Message.erased_at.is_(None))
            .exists()
        )
        .limit(500)
    )
    return [row.id for row in db.session.scalars(query)]


@transactional
def forget_old() -> None:
    """Held messages go after 30 days (D28)."""
    _erase(
        Message.direction == Direction.INBOUND,
        Message.handed_over_at.is_(None),
        Message.created_at < now() - HELD_KEPT,
    )


def _erase(*which: object) -> int:
    """Take words, pictures and the remote number out of messages, with their receipts and conversations."""
    chosen = visible(Message, EVERYTHING).where(*which, Message.erased_at.is_(None))  # type: ignore[arg-type]
    columns = chosen.with_only_columns(Message.id, Message.conversation_id)
    rows = db.session.execute(columns).all()
    for start in range(0, len(rows), _BATCH):
        erase_batch([row.id for row in rows[start : start + _BATCH]])
    drop_empty({row.conversation_id for row in rows if row.conversation_id is not None})
    return len(rows)


def erase_batch(ids: list[int]) -> None:
    """Inside the caller's transaction, which has locked what it must. Files can no longer be asked for at
    once; their bytes leave the store in a moment.
    """
    db.session.execute(delete(Receipt).where(Receipt.message_id.in_(ids)))
    erase_files(Attachment.message_id.in_(ids))
    db.session.execute(
        update(Message)
        .where(Message.id.in_(ids))
        .values(
            text=None,
            folded_text=None,
            sent_text=None,
            fallback_reason="",  # may name a file
            remote=None,
            file_count=0,
            other_recipients=[],
            conversation_id=None,
            search_due_at=None,
            erased_at=now(),
        ),
        execution_options=_NO_SYNC,
    )


def erase_files(*which: ColumnElement[bool]) -> None:
    """The same for files alone; the row keeps the keys until the store has confirmed that they are gone."""
    erased = update(Attachment).where(*which, Attachment.state != AttachmentState.ERASED)
    ids = db.session.scalars(
        erased.values(
            state=AttachmentState.ERASED,
            name="",
            digest="",
            source_url=None,
            link_token=None,
            link_expires_at=None,
            reason="",
            due_at=None,
        ).returning(Attachment.id),
        execution_options=_NO_SYNC,
    )
    if ids.all():
        queue.later(queue.ERASE_FILES)


def with_bytes(most: int = 1) -> list[tuple[int, set[str]]]:
    """Erased files whose bytes are still in the store and that nobody is writing now: each with its keys."""
    query = visible(Attachment, EVERYTHING).where(
        Attachment.state == literal_column(f"'{AttachmentState.ERASED}'"),
        Attachment.storage_key.is_not(None),
        or_(Attachment.claimed_until.is_(None), Attachment.claimed_until < now()),
    )
    keys = query.with_only_columns(Attachment.id, Attachment.thumbnail_key, Attachment.storage_key)
    found = db.session.execute(keys.order_by(Attachment.id).limit(most)).all()
    end_read()
    return [(file_id, {key for key in its_keys if key is not None}) for file_id, *its_keys in found]


def take_out_of_store() -> None:
    """The bytes of erased files leave the store. What fails is tried again with the next sweep."""
    queue.woken(queue.ERASE_FILES)
    while found := with_bytes(_BATCH):
        for _, keys in found:
            for key in keys:
                store().delete(key)
        _forget_keys([file_id for file_id, _ in found])


@transactional
def _forget_keys(ids: list[int]) -> None:
    """They are gone from the store; a row without a message has no more reason to be."""
    theirs = Attachment.id.in_(ids)
    db.session.execute(
        update(Attachment).where(theirs).values(storage_key=None, thumbnail_key=None),
        execution_options=_NO_SYNC,
    )
    db.session.execute(
        delete(Attachment).where(theirs, Attachment.message_id.is_(None)), execution_options=_NO_SYNC
    )


def drop_empty(conversation_ids: set[int]) -> None:
    """Conversations without a message left. Their rows are locked first, as whoever writes into one does."""
    ids = sorted(conversation_ids)
    for start in range(0, len(ids), _BATCH):
        batch = visible(Conversation, EVERYTHING).where(Conversation.id.in_(ids[start : start + _BATCH]))
        locked = [row.id for row in db.session.scalars(batch.with_for_update())]
        is_empty = ~select(Message.id).where(Message.conversation_id == Conversation.id).exists()
        db.session.execute(
            delete(Conversation).where(Conversation.id.in_(locked), is_empty), execution_options=_NO_SYNC
        )
