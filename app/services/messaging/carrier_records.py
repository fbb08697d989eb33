"""An uncertain text is looked for in the carrier's own records (D13).

A record is taken only if it and the send are the only ones that fit: our number, the remote one, 0 to 15
minutes after the attempt. Nothing is sent again, whatever the records say.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass

from sqlalchemy import func, select

from app.access.scope import EVERYTHING, fetch, visible
from app.carriers.base import MessageRecord
from app.clock import now
from app.db import db, end_read, transactional
from app.errors import CarrierTrouble
from app.models import Attempt, Conversation, Message, Platform
from app.services.messaging.status import advance
from app.services.provisioning import platforms
from app.vocabulary import AttemptOutcome, Direction, MessageState

logger = logging.getLogger(__name__)
FITS_WITHIN = dt.timedelta(minutes=15)
# Minutes from one look to the next: 2 (from status.py), 5, 15 and 60 minutes after the send, then every hour.
_NEXT = (3, 10, 45, 60, 60, 60, 60, 60)
_NOT_THERE = "The carrier did not confirm it, and its records do not show it for certain: a person decides."
_MAY_HAVE_LEFT = (AttemptOutcome.STARTED, AttemptOutcome.SENT, AttemptOutcome.UNCERTAIN)
_AT_ONCE = 100


@dataclass(frozen=True)
class _Search:
    message_id: int
    platform_id: int
    number: str
    remote: str
    began: dt.datetime


def are_due() -> bool:
    """Whether the records are to be looked at for any text."""
    return bool(_due(1))


def search_due() -> None:
    """Look for each uncertain text whose time has come, once."""
    for message_id in _due(_AT_ONCE):
        search = _take(message_id)
        if search is not None:
            _look(search)


def _due(most: int) -> list[int]:
    query = visible(Message, EVERYTHING).where(Message.search_due_at <= now())
    found = list(
        db.session.scalars(
            query.with_only_columns(Message.id).order_by(Message.search_due_at, Message.id).limit(most)
        )
    )
    end_read()
    return found


@transactional
def _take(message_id: int) -> _Search | None:
    """What to look for; the next look is written down before this one, so two workers do not do the same."""
    message = fetch(Message, message_id, EVERYTHING, lock=True)
    if message.search_due_at is None or message.search_due_at > now():
        return None
    message.search_due_at = None
    if message.state is not MessageState.UNCERTAIN or not message.remote:
        return None
    if message.search_tries < len(_NEXT):
        message.search_due_at = now() + dt.timedelta(minutes=_NEXT[message.search_tries])
    message.search_tries += 1
    began = db.session.scalar(
        select(func.max(Attempt.started_at)).where(
            Attempt.message_id == message.id, Attempt.outcome == AttemptOutcome.UNCERTAIN
        )
    )
    if began is None:
        return None
    return _Search(message.id, message.platform_id, message.number, message.remote, began)


def _look(search: _Search) -> None:
    platform = fetch(Platform, search.platform_id, EVERYTHING)
    if platform.deleted_at is not None:
        return
    carrier = platforms.carrier_of(platform)
    end_read()
    try:
        records = carrier.search_messages(
            search.number, search.remote, search.began, search.began + FITS_WITHIN
        )
    except CarrierTrouble as trouble:
        logger.info("records of message %s not read: %s", search.message_id, type(trouble).__name__)
        records = []
    _settle(search, records)


@transactional
def _settle(search: _Search, records: list[MessageRecord]) -> None:
    message = fetch(Message, search.message_id, EVERYTHING, lock=True)
    if message.state is not MessageState.UNCERTAIN:
        return
    if len(records) != 1 or not _is_only_send(search, records[0]):
        if message.search_due_at is None:
            message.reason = _NOT_THERE
        return
    [record] = records
    advance(message.id, MessageState.SENT, reason="", sent_at=record.at)
    if record.delivered is True:
        advance(message.id, MessageState.DELIVERED, reason="")
    elif record.delivered is False:
        reason = f"The carrier could not deliver it ({record.status})."
        advance(message.id, MessageState.FAILED, reason=reason)


def _is_only_send(search: _Search, record: MessageRecord) -> bool:
    """Whether no other text between these two can be the one that the record is about."""
    conversations = visible(Conversation, EVERYTHING).where(Conversation.remote == search.remote)
    sends = (
        visible(Message, EVERYTHING)
        .join(Attempt, Attempt.message_id == Message.id)
        .where(
            Message.platform_id == search.platform_id,
            Message.direction == Direction.OUTBOUND,
            Message.number == search.number,
            Message.conversation_id.in_(conversations.with_only_columns(Conversation.id)),
            Attempt.outcome.in_(_MAY_HAVE_LEFT),
            Attempt.started_at <= record.at,
            Attempt.started_at >= record.at - FITS_WITHIN,
        )
        .with_only_columns(Message.id)
        .distinct()
        .limit(2)
    )
    return list(db.session.scalars(sends)) == [search.message_id]
