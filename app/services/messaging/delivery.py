"""The outbox is drained: claim a batch, commit *sending*, call the carrier, record the outcome (D13, D14).

A row has one claimer; a conversation is sent in order by one thread; no transaction is open while the
carrier is called; and a request that may have left is never repeated by itself.
"""

from __future__ import annotations

import datetime as dt
import logging
import secrets
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.orm import aliased

from app import queue
from app.access.scope import EVERYTHING, fetch, visible
from app.carriers.base import Carrier, CarrierRefused, CarrierUnavailable, OutboundText
from app.clock import now
from app.db import db, end_read, in_own_context, transactional
from app.models import Assignment, Attempt, Conversation, Message, Platform
from app.services.accounts import licences
from app.services.messaging import pace, receipts, sending, stop_words
from app.services.messaging.status import advance
from app.services.provisioning import platforms
from app.vocabulary import AttemptOutcome, MessageState

logger = logging.getLogger(__name__)
CLAIM_LEASE = dt.timedelta(seconds=60)
SENDING_LEASE = dt.timedelta(seconds=30)  # longer than the carrier's longest answer
_SENDERS = 8
_LOOK_AGAIN = 0.2  # seconds between looks for new texts while others are under way
_SOON = dt.timedelta(seconds=2)  # a text due by then is waited for: the next sweep would be too late for it
_LONGEST_DRAIN = 300  # seconds, well inside the task's timeout
_GIVE_UP_AFTER = dt.timedelta(hours=24)
_NO_SYNC = {"scope": EVERYTHING, "synchronize_session": False}


@dataclass(frozen=True)
class _Send:
    """One request to the carrier, copied out of the database."""

    message_id: int
    attempt_id: int
    text: OutboundText = field(repr=False)
    carrier: Carrier = field(repr=False)


class _NotYet:
    """The number has sent its texts of this minute (D14)."""


def drain() -> None:
    """Send what is due, until nothing is. Many jobs may run this at once.

    A conversation is claimed only when a sender is free for it, and new ones are looked for while others
    are under way, so one answer that the carrier holds back delays nobody else.
    """
    queue.woken(queue.SEND_OUTBOX)
    claim, until = secrets.token_hex(8), time.monotonic() + _LONGEST_DRAIN
    send = in_own_context(_send_in_order)
    running: set[Future[None]] = set()
    with ThreadPoolExecutor(_SENDERS) as pool:
        while time.monotonic() < until:
            free = _SENDERS - len(running)
            running |= {pool.submit(send, ids, claim) for ids in (_claim(claim, free) if free else [])}
            if not running:
                if not _is_any_ready_soon():
                    return
                time.sleep(_LOOK_AGAIN)
            done, running = wait(running, _LOOK_AGAIN, FIRST_COMPLETED)
            for one in done:
                one.result()
    queue.push(queue.SEND_OUTBOX)


@transactional
def recover() -> bool:
    """What a killed worker left behind: *claimed* is due again, *sending* may have left.

    Returns whether texts are due.
    """
    gone = Message.claimed_until < now()
    db.session.execute(
        update(Message)
        .where(Message.state == MessageState.CLAIMED, gone)
        .values(state=MessageState.QUEUED, claim=None, claimed_until=None),
        execution_options=_NO_SYNC,
    )
    lost = visible(Message, EVERYTHING).where(Message.state == MessageState.SENDING, gone)
    for message in list(db.session.scalars(lost)):
        _close_attempts(message.id, AttemptOutcome.UNCERTAIN, "The worker stopped before the answer came.")
        advance(message.id, MessageState.UNCERTAIN, claim=None, reason=_UNCERTAIN)
    due = visible(Message, EVERYTHING).where(Message.state == MessageState.QUEUED, Message.due_at <= now())
    return db.session.scalar(due.limit(1)) is not None


_UNCERTAIN = "The carrier did not confirm it: it may or may not have been sent."


@transactional
def _claim(claim: str, most: int) -> list[list[int]]:
    """Due messages of `most` conversations that nobody is sending in, as lists of ids in order.

    The conversation rows are locked first; the second statement then sees what another claimer
    committed in between, so two workers never send in one conversation at the same time.
    """
    locked = (
        visible(Conversation, EVERYTHING)
        .where(Conversation.id.in_(select(Message.conversation_id).where(*_ready())))
        .order_by(Conversation.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    ids = [row.id for row in db.session.scalars(locked)]
    if not ids:
        return []
    claimed = db.session.execute(
        update(Message)
        .where(Message.conversation_id.in_(ids), *_ready())
        .values(state=MessageState.CLAIMED, claim=claim, claimed_until=now() + CLAIM_LEASE)
        .returning(Message.conversation_id, Message.id),
        execution_options=_NO_SYNC,
    )
    batches: dict[int | None, list[int]] = {}
    for conversation_id, message_id in sorted(claimed, key=lambda row: row[1]):
        batches.setdefault(conversation_id, []).append(message_id)
    return list(batches.values())


def _ready() -> tuple[ColumnElement[bool], ...]:
    """A text that may be claimed: due, nobody sends in its conversation, no earlier one there waits."""
    other, earlier = aliased(Message), aliased(Message)
    is_busy = exists().where(
        other.conversation_id == Message.conversation_id,
        other.state.in_([MessageState.CLAIMED, MessageState.SENDING]),
    )
    waits_for_earlier = exists().where(
        earlier.conversation_id == Message.conversation_id,
        earlier.id < Message.id,
        earlier.state == MessageState.QUEUED,
        earlier.due_at > now(),
    )
    return (
        Message.state == MessageState.QUEUED,
        Message.due_at <= now(),
        Message.conversation_id.is_not(None),
        ~is_busy,
        ~waits_for_earlier,
    )


def _is_any_ready_soon() -> bool:
    """Whether a claim found nothing only because somebody else held a conversation's row for a moment, or
    because the next text has its turn in a moment (D14).
    """
    ready = visible(Message, EVERYTHING).where(*_ready())
    soon = visible(Message, EVERYTHING).where(
        Message.state == MessageState.QUEUED, Message.due_at > now(), Message.due_at <= now() + _SOON
    )
    found = any(
        db.session.scalar(query.with_only_columns(Message.id).limit(1)) is not None for query in (ready, soon)
    )
    end_read()
    return found


def _send_in_order(message_ids: list[int], claim: str) -> None:
    """One conversation, one text after the other; when one must wait, the later ones wait with it."""
    for position, message_id in enumerate(message_ids):
        send = _begin(message_id, claim)
        if isinstance(send, _NotYet) or (send is not None and not _deliver(send, claim)):
            _give_back(message_ids[position + 1 :], claim)
            return


@transactional
def _begin(message_id: int, claim: str) -> _Send | _NotYet | None:
    """Commit *sending* just before the request; None when the text must not leave any more."""
    message = fetch(Message, message_id, EVERYTHING, lock=True)
    if message.state is not MessageState.CLAIMED or message.claim != claim:
        return None
    assignment = fetch(Assignment, message.assignment_id, EVERYTHING)
    is_licensed = licences.is_licensed(assignment.user_id)
    reason = sending.refusal(assignment, is_licensed=is_licensed) or stop_words.refusal(message)
    if reason is not None or message.text is None:
        advance(message_id, MessageState.FAILED, claim=claim, reason=reason or "The text was erased.")
        return None
    platform = fetch(Platform, message.platform_id, EVERYTHING)
    turn = pace.wait_for(assignment.id, pace.limit_of(platform), message_id)
    if turn is not None:
        advance(message_id, MessageState.QUEUED, claim=claim, due_at=turn)
        return _NotYet()
    attempt = _new_attempt(message)
    advance(
        message_id,
        MessageState.SENDING,
        claim=claim,
        claimed_until=now() + SENDING_LEASE,
        tries=Message.tries + 1,
    )
    text = OutboundText(message.number, message.remote or "", message.text)
    return _Send(message_id, attempt.id, text, platforms.carrier_of(platform))


def _new_attempt(message: Message) -> Attempt:
    ordinal = select(func.count()).select_from(Attempt).where(Attempt.message_id == message.id)
    attempt = Attempt(
        message_id=message.id,
        assignment_id=message.assignment_id,
        ordinal=(db.session.scalar(ordinal) or 0) + 1,
        platform_id=message.platform_id,
    )
    db.session.add(attempt)
    db.session.flush()
    return attempt


def _deliver(send: _Send, claim: str) -> bool:
    """Call, then record. Returns whether the conversation may go on."""
    try:
        receipt = send.carrier.send(send.text)
    except CarrierRefused as refusal:
        _record_refused(send, refusal.message)
    except CarrierUnavailable as trouble:
        _record_not_sent(send, claim, trouble.message)
        return False
    except Exception as trouble:  # noqa: BLE001, RUF100 - whatever it is, the request may have left
        logger.warning("message %s ended without an answer: %s", send.message_id, type(trouble).__name__)
        _record_uncertain(send)
    else:
        _record_sent(send, receipt.carrier_reference)
    return True


@transactional
def _record_sent(send: _Send, carrier_reference: str) -> None:
    _close_attempts(send.message_id, AttemptOutcome.SENT, "", send.attempt_id, carrier_reference)
    advance(
        send.message_id,
        MessageState.SENT,
        carrier_reference=carrier_reference,
        sent_at=now(),
        reason="",
        claimed_until=None,
    )
    receipts.apply_early(fetch(Message, send.message_id, EVERYTHING), carrier_reference)


@transactional
def _record_refused(send: _Send, reason: str) -> None:
    _close_attempts(send.message_id, AttemptOutcome.REFUSED, reason, send.attempt_id)
    advance(send.message_id, MessageState.FAILED, reason=reason[:300])


@transactional
def _record_uncertain(send: _Send) -> None:
    _close_attempts(send.message_id, AttemptOutcome.UNCERTAIN, "", send.attempt_id)
    advance(send.message_id, MessageState.UNCERTAIN, reason=_UNCERTAIN)


@transactional
def _record_not_sent(send: _Send, claim: str, reason: str) -> None:
    """It never left: due again later, for a day."""
    _close_attempts(send.message_id, AttemptOutcome.NOT_SENT, reason, send.attempt_id)
    message = fetch(Message, send.message_id, EVERYTHING)
    if message.created_at < now() - _GIVE_UP_AFTER:
        advance(send.message_id, MessageState.FAILED, claim=claim, reason=reason[:300])
        return
    delay = dt.timedelta(seconds=queue.SEND_OUTBOX.delay(message.tries))
    advance(send.message_id, MessageState.QUEUED, claim=claim, due_at=now() + delay, reason=reason[:300])


@transactional
def _give_back(message_ids: list[int], claim: str) -> None:
    for message_id in message_ids:
        advance(message_id, MessageState.QUEUED, claim=claim, due_at=now())


def _close_attempts(
    message_id: int,
    outcome: AttemptOutcome,
    detail: str,
    attempt_id: int | None = None,
    carrier_reference: str | None = None,
) -> None:
    """Write down how a request ended; without `attempt_id`, of every request still open."""
    statement = update(Attempt).where(Attempt.message_id == message_id)
    if attempt_id is not None:
        statement = statement.where(Attempt.id == attempt_id)
    else:
        statement = statement.where(Attempt.outcome == AttemptOutcome.STARTED)
    db.session.execute(
        statement.values(
            outcome=outcome, detail=detail[:300], finished_at=now(), carrier_reference=carrier_reference
        )
    )
