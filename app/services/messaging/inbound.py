"""What becomes of a text that arrives: handed over, held, suppressed or quarantined (S18, S23, D7, D9, D12).

It is settled in one transaction before the carrier gets its answer. The same webhook again changes nothing.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from itertools import islice
from typing import Any

from sqlalchemy import exists, or_, select

from app import impp, queue
from app.access.scope import EVERYTHING, Scope, branch, fetch, visible
from app.carriers.base import InboundMessage
from app.clock import now
from app.db import db, insert_once, transactional
from app.models import Assignment, Block, Licence, Message, Platform, QuarantinedMessage, Suppression
from app.services.accounts import licences
from app.services.messaging import answers, conversations, greeting, inbound_files, opt_outs, segments
from app.services.messaging.keywords import Keyword
from app.services.messaging.messages import as_events
from app.vocabulary import ConversationState, Direction, Level, MessageState, OptIn, SuppressionReason

_MOST_OTHERS = 50


@transactional
def settle(
    platform_id: int, message: InboundMessage, payload: dict[str, Any], *, is_unsigned: bool = False
) -> None:
    """Settle one inbound message on a platform.

    Recipients that are numbers of ours get it; other people's numbers beside ours are shown as such
    (D30). With none of ours among them it is quarantined for each (D12). `payload` is what the carrier sent.
    """
    platform = fetch(Platform, platform_id, EVERYTHING)
    recipients = list(dict.fromkeys(message.recipients))
    ours = _holders(platform, recipients)
    for assignment in ours:
        _deliver(assignment, message, is_unsigned=is_unsigned)
    if not ours:
        _quarantine(platform, message, recipients[:_MOST_OTHERS] or [""], payload)


def _others(message: InboundMessage, assignment: Assignment) -> list[str]:
    """Other people's numbers beside ours (D30)."""
    others = (number for number in dict.fromkeys(message.recipients) if number != assignment.number)
    return list(islice(others, _MOST_OTHERS))


@transactional
def settle_late(assignment_id: int, message: InboundMessage, received_at: dt.datetime) -> None:
    """Settle a message that came before its number was assigned (D12)."""
    assignment = fetch(Assignment, assignment_id, EVERYTHING)
    _deliver(assignment, message, received_at=received_at)


def _holders(platform: Platform, numbers: list[str]) -> list[Assignment]:
    """Who has these numbers now, in their order. Deleting one stops receiving at once (D4)."""
    query = visible(Assignment, Scope(Level.PROVIDER, platform.provider_id)).where(
        Assignment.number.in_(numbers),
        Assignment.platform_id == platform.id,
        Assignment.ended_at.is_(None),
        Assignment.release_requested_at.is_(None),
    )
    return sorted(db.session.scalars(query), key=lambda held: numbers.index(held.number))


def _deliver(
    assignment: Assignment,
    message: InboundMessage,
    *,
    is_unsigned: bool = False,
    received_at: dt.datetime | None = None,
) -> None:
    if _is_known(assignment, message):
        return
    if reason := _suppression(assignment, message.sender):
        if _suppress(assignment, message, reason):
            _hear(assignment, message, is_quiet=True)
        return
    is_handed_over = assignment.opt_in is not OptIn.PENDING and licences.is_licensed(assignment.user_id)
    conversation = conversations.with_remote(assignment, message.sender)
    is_new = conversation.state is None
    if assignment.stream_id is not None:
        conversation.state = ConversationState.WAITING  # for an agent of the queue
    message_id = insert_once(
        Message,
        conversation_id=conversation.id,
        platform_id=assignment.platform_id,
        assignment_id=assignment.id,
        direction=Direction.INBOUND,
        state=MessageState.RECEIVED,
        number=assignment.number,
        remote=message.sender,
        other_recipients=_others(message, assignment),
        text=message.text,
        **segments.counted(message.text),
        carrier_reference=message.carrier_reference,
        is_unsigned=is_unsigned,
        created_at=received_at or now(),
        handed_over_at=now() if is_handed_over else None,
        **branch(assignment),
    )
    if message_id is None:
        return
    kept = fetch(Message, message_id, EVERYTHING)
    inbound_files.expect(kept, message.media_urls)
    if is_handed_over:
        publish([kept])
    if kept.file_count:
        queue.later(queue.FETCH_FILES)  # after the event: what is fetched is told later
    is_answered = _hear(assignment, message, is_quiet=received_at is not None)
    if is_handed_over and assignment.stream_id is not None and is_new and not is_answered:
        greeting.greet(assignment, kept)


def publish(messages: Iterable[Message]) -> None:
    """Tell the user's clients about messages that they may now see."""
    told = list(messages)
    for message, event in zip(told, as_events(told), strict=True):
        impp.publish(message.user_id, "message.created", event)


def _is_known(assignment: Assignment, message: InboundMessage) -> bool:
    """A retry of the carrier: by reference and number, never by text."""
    key = {
        "platform_id": assignment.platform_id,
        "carrier_reference": message.carrier_reference,
        "number": assignment.number,
    }
    seen = visible(Message, EVERYTHING).where(Message.direction == Direction.INBOUND).filter_by(**key)
    suppressed = visible(Suppression, EVERYTHING).filter_by(**key)
    return bool(
        db.session.scalar(
            select(exists(seen.subquery().select()) | exists(suppressed.subquery().select())),
            execution_options={"scope": EVERYTHING},
        )
    )


def _suppression(assignment: Assignment, sender: str) -> SuppressionReason | None:
    if assignment.opt_in is OptIn.OPTED_OUT:
        return SuppressionReason.OPTED_OUT
    blocked = visible(Block, EVERYTHING).where(Block.assignment_id == assignment.id, Block.remote == sender)
    return SuppressionReason.BLOCKED if db.session.scalar(blocked) else None


def _hear(assignment: Assignment, message: InboundMessage, *, is_quiet: bool = False) -> bool:
    """STOP and START count whatever the user's own state is (D10, D11). Returns whether an answer is due.

    HELP in a text that is not handed over, or was quarantined for days, has no answer.
    """
    due = opt_outs.handle(assignment, message.sender, message.text)
    if due is None or (is_quiet and due.to is Keyword.HELP):
        return False
    answers.answer(assignment, message.sender, due)
    return True


def _suppress(assignment: Assignment, message: InboundMessage, reason: SuppressionReason) -> bool:
    """One row without sender, words or pictures (D9). Returns whether it is new."""
    suppression_id = insert_once(
        Suppression,
        platform_id=assignment.platform_id,
        assignment_id=assignment.id,
        carrier_reference=message.carrier_reference,
        number=assignment.number,
        reason=reason,
        **branch(assignment),
    )
    return suppression_id is not None


def _quarantine(
    platform: Platform, message: InboundMessage, recipients: list[str], payload: dict[str, Any]
) -> None:
    for number in recipients:
        insert_once(
            QuarantinedMessage,
            platform_id=platform.id,
            provider_id=platform.provider_id,
            carrier_reference=message.carrier_reference,
            number=number,
            payload=json.dumps(payload),
        )


@transactional
def hand_over_of_user(user_id: int) -> None:
    """Hand over what waited for a licence (D28)."""
    for assignment in db.session.scalars(visible(Assignment, Scope(Level.USER, user_id))):
        hand_over(assignment)


@transactional
def hand_over(assignment: Assignment) -> None:
    """Hand over what was held for this number, oldest first, if nothing holds it any longer (D7, D28)."""
    if assignment.opt_in in {OptIn.PENDING, OptIn.OPTED_OUT} or not licences.is_licensed(assignment.user_id):
        return
    held = list(
        db.session.scalars(
            visible(Message, EVERYTHING)
            .where(
                Message.assignment_id == assignment.id,
                Message.direction == Direction.INBOUND,
                Message.handed_over_at.is_(None),
                Message.erased_at.is_(None),
            )
            .order_by(Message.id)
        )
    )
    for message in held:
        message.handed_over_at = now()
    publish(held)


def held_for_nothing() -> list[int]:
    """Users with texts that are held although nothing holds them any longer: a lost wake-up."""
    licensed = visible(Licence, EVERYTHING).where(
        Licence.user_id == Message.user_id, or_(Licence.expires_at.is_(None), Licence.expires_at > now())
    )
    query = (
        visible(Message, EVERYTHING)
        .join(Assignment, Assignment.id == Message.assignment_id)
        .where(
            Message.direction == Direction.INBOUND,
            Message.handed_over_at.is_(None),
            Message.erased_at.is_(None),
            Assignment.opt_in.in_([OptIn.NOT_REQUIRED, OptIn.OPTED_IN]),
            licensed.exists(),
        )
        .with_only_columns(Message.user_id)
        .distinct()
        .limit(100)
    )
    return list(db.session.scalars(query))
