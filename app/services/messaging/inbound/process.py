"""An inbound text is processed before the carrier is answered: facts, decision, effects (S18, D9, D12, D30).

The text of one number with no file, keyword or automatic reply, which most are, costs two statements, each a
transaction of its own: one reads the facts, one writes the text, and only if the number is still as it was
read. Whatever needs more than that is one transaction. The same webhook again changes nothing.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, DateTime, String, Text, bindparam, literal, select, true
from sqlalchemy.dialects.postgresql import JSON, insert

from app import impp, queue
from app.access.scope import EVERYTHING, branch, fetch, visible
from app.carriers.base import InboundMessage
from app.clock import now
from app.db import PreparedStatement, StatementFailed, insert_once, transactional
from app.folding import fold_unless_ascii
from app.models import Assignment, Conversation, Message, Platform, QuarantinedMessage, Suppression
from app.services.messaging import answers, greeting, inbound_files, keywords, opt_outs, segments
from app.services.messaging.inbound import facts as inbound_facts
from app.services.messaging.inbound.decision import Decision, Deliver, Ignore, Suppress, decide
from app.services.messaging.inbound.facts import NumberFacts, version_of
from app.services.messaging.keywords import Keyword
from app.services.messaging.messages import MessageRow, as_events
from app.vocabulary import ConversationState, Direction, MessageState, SuppressionReason

_MOST_OTHERS = 50
_TRIES = 5  # each loses only to a change of the number at the same moment
_BRANCH = ("provider_id", "reseller_id", "group_id", "user_id", "stream_id")


class PlatformChanged(Exception):
    """The platform is not the one any more whose keys the call was checked with."""


class FactsChanged(Exception):
    """A number was changed between reading the facts and writing the text: nothing was written."""


def process(
    platform_id: int,
    message: InboundMessage,
    payload: dict[str, Any],
    *,
    is_unsigned: bool = False,
    platform_version: str | None = None,
) -> None:
    """Process one inbound text of a platform.

    Numbers of ours among the recipients get it; other people's numbers beside them are shown as such (D30).
    With none of ours among them it is quarantined for each (D12).

    Args:
        payload: what the carrier sent, kept with a quarantined text.
        is_unsigned: its signature was wrong, and the platform only observes signatures.
        platform_version: of the platform's row that the call was checked with; any when left out.
    Raises:
        PlatformChanged, StatementFailed, DBAPIError: nothing was kept.
    """
    for attempt in range(_TRIES):
        try:
            _process_once(platform_id, message, payload, platform_version, is_unsigned=is_unsigned)
        except FactsChanged:
            continue
        except StatementFailed:
            # A connection that was dead has emptied the pool, so the next one is new. What was written
            # nevertheless is found by its reference.
            if attempt:
                raise
            continue
        return
    raise StatementFailed


@transactional
def process_quarantined(assignment_id: int, message: InboundMessage, received_at: dt.datetime) -> None:
    """Process a text that came before its number was assigned (D12). The caller has locked the assignment."""
    assignment = fetch(Assignment, assignment_id, EVERYTHING)
    found = inbound_facts.read(
        assignment.platform_id, (assignment.number,), message.sender, message.carrier_reference
    )
    for number in found.numbers if found else ():
        _apply(number, message, assignment.platform_id, received_at=received_at)


def _process_once(
    platform_id: int,
    message: InboundMessage,
    payload: dict[str, Any],
    platform_version: str | None,
    *,
    is_unsigned: bool,
) -> None:
    found = inbound_facts.read(platform_id, message.recipients, message.sender, message.carrier_reference)
    if found is None or platform_version not in {None, found.platform_version}:
        raise PlatformChanged
    if not found.numbers:
        _quarantine(platform_id, message, payload)
    elif len(found.numbers) == 1 and not _needs_more(found.numbers[0], message):
        _apply(found.numbers[0], message, platform_id, is_unsigned=is_unsigned)
    else:
        _apply_all(found.numbers, message, platform_id, is_unsigned=is_unsigned)


def _needs_more(number: NumberFacts, message: InboundMessage) -> bool:
    """Whether more than one row follows from this text."""
    has_keyword = _keyword(number, message) is not None
    return bool(message.media_urls) or _begins_with_stream(number) or has_keyword


def _begins_with_stream(number: NumberFacts) -> bool:
    """Whether this is the first text of a conversation with a media stream, which may greet."""
    return number.stream_id is not None and number.is_new_conversation


def _keyword(number: NumberFacts, message: InboundMessage) -> Keyword | None:
    return keywords.meaning_of(keywords.normalize(message.text), number.opt_out_words)


@transactional
def _apply_all(
    numbers: list[NumberFacts], message: InboundMessage, platform_id: int, *, is_unsigned: bool
) -> None:
    for number in numbers:
        _apply(number, message, platform_id, is_unsigned=is_unsigned)


def _apply(
    number: NumberFacts,
    message: InboundMessage,
    platform_id: int,
    *,
    is_unsigned: bool = False,
    received_at: dt.datetime | None = None,
) -> None:
    """Write what was decided. Raises FactsChanged."""
    decision = decide(number)
    if isinstance(decision, Ignore):
        return
    if isinstance(decision, Suppress):
        if _suppress(number, message, platform_id, decision.reason):
            _handle_keyword(number, message, answers_help=False)
        return
    kept = _keep(number, message, decision, platform_id, received_at or now(), is_unsigned=is_unsigned)
    if kept is None:  # another process keeps the same text at this moment
        return
    if message.media_urls:
        _expect_files(kept.id, message, is_delivered=isinstance(decision, Deliver))
    elif isinstance(decision, Deliver):
        publish([kept])
    if not _needs_more(number, message):
        return
    is_answered = _handle_keyword(number, message, answers_help=received_at is None)
    if isinstance(decision, Deliver) and _begins_with_stream(number) and not is_answered:
        greeting.greet(_assignment(number), fetch(Message, kept.id, EVERYTHING))


def _keep(
    number: NumberFacts,
    message: InboundMessage,
    decision: Decision,
    platform_id: int,
    received_at: dt.datetime,
    *,
    is_unsigned: bool,
) -> MessageRow | None:
    """The text and its conversation. None: its reference has a row. Raises FactsChanged."""
    others = [other for other in dict.fromkeys(message.recipients) if other != number.number][:_MOST_OTHERS]
    counted = segments.counted(message.text)
    values = {
        "assignment_id": number.assignment_id,
        "version": number.version,
        "platform_id": platform_id,
        "carrier_reference": message.carrier_reference,
        "number": number.number,
        "remote": message.sender,
        "text": message.text,
        "folded_text": fold_unless_ascii(message.text),
        **counted,
        "other_recipients": json.dumps(others),  # D30
        "is_unsigned": is_unsigned,
        "received_at": received_at,
        "now": now(),
        "delivered_at": now() if isinstance(decision, Deliver) else None,
    }
    rows = _keep_statement().all(values)
    if not rows:
        raise FactsChanged
    conversation_id, message_id = rows[0]
    if message_id is None:
        return None
    return MessageRow(
        id=message_id,
        assignment_id=number.assignment_id,
        conversation_id=conversation_id,
        user_id=number.user_id,
        direction=Direction.INBOUND,
        state=MessageState.RECEIVED,
        remote=message.sender,
        other_recipients=others,
        text=message.text,
        encoding=counted["encoding"],
        segments=counted["segments"],
        created_at=received_at,
    )


@cache
def _keep_statement() -> PreparedStatement:
    """held: the number, if it is as the facts say. conversation: its row, locked. kept: the text."""
    moment = DateTime(timezone=True)
    remote, received_at = bindparam("remote", type_=String), bindparam("received_at", type_=moment)
    held = (
        visible(Assignment, EVERYTHING)
        .where(
            Assignment.id == bindparam("assignment_id", type_=BigInteger),
            version_of(Assignment) == bindparam("version", type_=String),
        )
        .with_only_columns(Assignment.id, *(getattr(Assignment, name) for name in _BRANCH))
        .cte("held")
    )
    tenant = {name: held.c[name] for name in _BRANCH}
    # A conversation of a media stream waits for an agent of the queue.
    state = (
        select(literal(str(ConversationState.WAITING))).where(held.c.stream_id.is_not(None)).scalar_subquery()
    )
    columns = {
        "assignment_id": held.c.id,
        "remote": remote,
        "last_message_at": bindparam("now", type_=moment),
        "state": state,
        **tenant,
    }
    made = insert(Conversation).from_select(list(columns), select(*columns.values()), include_defaults=False)
    conversation = (
        made.on_conflict_do_update(
            index_elements=["assignment_id", "remote"],
            set_={"last_message_at": made.excluded.last_message_at, "state": made.excluded.state},
        )
        .returning(Conversation.id)
        .cte("conversation")
    )
    columns = {
        **_message_defaults(),
        **tenant,
        "conversation_id": conversation.c.id,
        "assignment_id": held.c.id,
        "platform_id": bindparam("platform_id", type_=BigInteger),
        "carrier_reference": bindparam("carrier_reference", type_=String),
        "number": bindparam("number", type_=String),
        "direction": literal(str(Direction.INBOUND)),
        "state": literal(str(MessageState.RECEIVED)),
        "remote": remote,
        "other_recipients": bindparam("other_recipients", type_=Text).cast(JSON),
        "text": bindparam("text", type_=Text),
        "folded_text": bindparam("folded_text", type_=Text),
        "encoding": bindparam("encoding", type_=String),
        "segments": bindparam("segments", type_=BigInteger),
        "is_unsigned": bindparam("is_unsigned"),
        "created_at": received_at,
        "handed_over_at": bindparam("delivered_at", type_=moment),
    }
    source = select(*columns.values()).select_from(held.join(conversation, true()))
    kept = (
        insert(Message)
        .from_select(list(columns), source, include_defaults=False)
        .on_conflict_do_nothing()
        .returning(Message.id)
        .cte("kept")
    )
    return PreparedStatement(
        select(conversation.c.id, kept.c.id).select_from(conversation.outerjoin(kept, true()))
    )


def _message_defaults() -> dict[str, Any]:
    """What a message has where nothing is said."""
    found = {}
    for column in Message.__table__.columns:
        if column.default is not None and column.default.is_scalar:
            value = column.default.arg
            found[column.name] = literal(str(value) if isinstance(value, str) else value)
    return found


def _expect_files(message_id: int, message: InboundMessage, *, is_delivered: bool) -> None:
    kept = fetch(Message, message_id, EVERYTHING)
    inbound_files.expect(kept, message.media_urls)
    if is_delivered:
        publish([kept])
    if kept.file_count:
        queue.later(queue.FETCH_FILES)  # after the event: what is fetched is told later


def publish(messages: Iterable[Message | MessageRow]) -> None:
    """Tell the user's clients about messages that they may now see."""
    shown = list(messages)
    for message, event in zip(shown, as_events(shown), strict=True):
        impp.publish(message.user_id, "message.created", event)


def _handle_keyword(number: NumberFacts, message: InboundMessage, *, answers_help: bool) -> bool:
    """STOP and START count whatever the user's own state is (D10, D11). Returns whether an answer is due.

    HELP in a text that is not delivered, or was quarantined for days, has no answer.
    """
    if _keyword(number, message) is None:
        return False
    assignment = _assignment(number)
    due = opt_outs.handle(assignment, message.sender, message.text)
    if due is None or (due.to is Keyword.HELP and not answers_help):
        return False
    answers.answer(assignment, message.sender, due)
    return True


def _assignment(number: NumberFacts) -> Assignment:
    return fetch(Assignment, number.assignment_id, EVERYTHING)


@transactional
def _suppress(
    number: NumberFacts, message: InboundMessage, platform_id: int, reason: SuppressionReason
) -> bool:
    """One row without sender, words or pictures (D9). Returns whether it is new."""
    suppression_id = insert_once(
        Suppression,
        platform_id=platform_id,
        assignment_id=number.assignment_id,
        carrier_reference=message.carrier_reference,
        number=number.number,
        reason=reason,
        **branch(_assignment(number)),
    )
    return suppression_id is not None


@transactional
def _quarantine(platform_id: int, message: InboundMessage, payload: dict[str, Any]) -> None:
    platform = fetch(Platform, platform_id, EVERYTHING)
    for number in list(dict.fromkeys(message.recipients))[:_MOST_OTHERS] or [""]:
        insert_once(
            QuarantinedMessage,
            platform_id=platform.id,
            provider_id=platform.provider_id,
            carrier_reference=message.carrier_reference,
            number=number,
            payload=json.dumps(payload),
        )
