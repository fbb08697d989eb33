"""Each request is an attempt: *sending* is committed just before it, its outcome after it (D13).

What several senders bring back and what they take next is one transaction, so a text costs a part of one.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import psycopg
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from app import impp, queue
from app.access.scope import EVERYTHING, fetch, visible
from app.carriers.base import Carrier, OutboundText
from app.clock import now
from app.db import after_commit, db, transactional
from app.models import Assignment, Attempt, Message, Platform
from app.services.messaging import attachments, pace, receipts
from app.services.messaging.messages import as_events, iso
from app.services.messaging.outbound.decision import Postpone, Refuse, decide
from app.services.messaging.outbound.statements import Claimed, claimed, statements
from app.services.messaging.status import advance, advance_all
from app.services.provisioning import platforms
from app.vocabulary import AttemptOutcome, MessageState

SENDING_LEASE = dt.timedelta(seconds=30)  # longer than the carrier's longest answer
UNCERTAIN = "The carrier did not confirm it: it may or may not have been sent."
_GIVE_UP_AFTER = dt.timedelta(hours=24)


@dataclass(frozen=True)
class Send:
    """One request to the carrier, copied out of the database."""

    message_id: int
    attempt_id: int
    user_id: int | None
    text: OutboundText = field(repr=False)
    carrier: Carrier = field(repr=False)
    event: dict[str, Any] = field(repr=False)
    begun: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class Outcome:
    """How a request ended. `detail` is the carrier's sentence."""

    send: Send
    kind: AttemptOutcome
    carrier_reference: str = ""
    detail: str = ""


@dataclass
class Begun:
    """`sends` may leave now; `later` are texts that have their turn later (D14); others are done with."""

    sends: list[Send] = field(default_factory=list)
    later: set[int] = field(default_factory=set)


@dataclass
class Carriers:
    """Connections to platforms, made anew when a platform was changed: their keys are decrypted once."""

    _made: dict[tuple[int, int], Carrier] = field(default_factory=dict)

    def of(self, platform_id: int, revision: int) -> Carrier:
        key = (platform_id, revision)
        if key not in self._made:
            self._made[key] = platforms.carrier_of(fetch(Platform, platform_id, EVERYTHING))
        return self._made[key]


@transactional
def record_and_claim_next(
    claim: str,
    outcomes: list[Outcome],
    next_ids: list[int],
    back: list[int],
    carriers: Carriers,
    *,
    dispatch: Callable[[Send], None] | None = None,
) -> Begun:
    """Write down how requests ended, and commit *sending* of the texts that leave next.

    The numbers are locked before anything else, always in the same order, so that two workers neither wait
    for each other nor pass a number's limit.

    Args:
        next_ids: claimed texts that are to leave.
        back: claimed texts whose conversation has to wait.
        dispatch: called for each text that may leave as soon as that is committed: its request does not wait
            until clients are told.
    """
    at = now()
    taken = [outcome for outcome in outcomes if outcome.kind is AttemptOutcome.SENT]
    sent, is_any_early, found = _record_and_read(claim, taken, next_ids, at)
    events = _sent_events(taken, sent, at)
    if is_any_early:  # clients read that it was sent before what the receipt says
        impp.publish_all(events)
        events = []
        receipts.apply_early(outcome.send.message_id for outcome in taken)
    for outcome in outcomes:
        if outcome.kind is not AttemptOutcome.SENT:
            _record_trouble(claim, outcome)
    begun = _begin(claim, found, carriers, at)
    if dispatch:
        after_commit(partial(_dispatch, begun.sends, dispatch))
    impp.publish_all([*events, *((send.user_id, "message.updated", send.event) for send in begun.sends)])
    _give_back(claim, back)
    return begun


def _dispatch(sends: list[Send], dispatch: Callable[[Send], None]) -> None:
    """Each waits from now on: what the database took to commit is no reason to send it back."""
    for send in sends:
        dispatch(replace(send, begun=time.monotonic()))


def mark_lost_attempt_uncertain(message_id: int) -> None:
    """Its worker stopped before the answer came; inside the caller's transaction."""
    open_ones = update(Attempt).where(
        Attempt.message_id == message_id, Attempt.outcome == AttemptOutcome.STARTED
    )
    detail = "The worker stopped before the answer came."
    db.session.execute(open_ones.values(outcome=AttemptOutcome.UNCERTAIN, detail=detail, finished_at=now()))
    advance(message_id, MessageState.UNCERTAIN, claim=None, reason=UNCERTAIN)


Event = tuple[int | None, str, dict[str, Any]]


def _record_and_read(
    claim: str, taken: list[Outcome], next_ids: list[int], at: dt.datetime
) -> tuple[set[int], bool, list[Claimed]]:
    """Record what the carrier took and read the facts about what is next, with one round trip.

    Returns the ids of texts that are *sent* now, whether a receipt of one was faster, and the facts.
    Raises DBAPIError.
    """
    known = statements()
    asked = {"ids": next_ids, "claimer": claim, "now": at, "since": at - pace.MINUTE}
    driver: Any = db.session.connection().connection.driver_connection
    recorded = facts = None
    try:
        with driver.pipeline():
            if next_ids:
                known.lock.execute(driver, asked)
            if taken:
                recorded = known.record.execute(driver, _as_lists(taken, at))
            if next_ids:
                facts = known.facts.execute(driver, asked)
        rows = recorded.fetchall() if recorded else []
        found = [claimed(row) for row in facts.fetchall()] if facts else []
    except psycopg.Error as trouble:
        raise DBAPIError("texts that leave", None, trouble) from trouble
    return {row[0] for row in rows}, any(row[1] for row in rows), found


def _as_lists(taken: list[Outcome], at: dt.datetime) -> dict[str, Any]:
    return {
        "ids": [outcome.send.message_id for outcome in taken],
        "attempts": [outcome.send.attempt_id for outcome in taken],
        "references": [outcome.carrier_reference for outcome in taken],
        "at": at,
    }


def _begin(claim: str, found: list[Claimed], carriers: Carriers, at: dt.datetime) -> Begun:
    """Do with each text what is decided about it. They come in the order in which they may leave."""
    begun = Begun()
    counts: dict[int, int] = {}
    leaving: list[Claimed] = []
    late: list[Claimed] = []
    for text in found:
        number_id = text.row.assignment_id
        count = counts.setdefault(number_id, text.sent_last_minute)
        match decide(text, sent_last_minute=count, limit=text.limit):
            case Refuse(reason):
                advance(text.row.id, MessageState.FAILED, claim=claim, reason=reason)
            case Postpone():
                late.append(text)
            case _:
                counts[number_id] += 1
                leaving.append(text)
    begun.sends = _start(claim, leaving, carriers, at)
    for text in late:
        due_at = pace.turn(text.row.assignment_id, text.priority, text.row.id, text.limit)
        advance(text.row.id, MessageState.QUEUED, claim=claim, due_at=due_at)
        begun.later.add(text.row.id)
    return begun


def _start(claim: str, texts: list[Claimed], carriers: Carriers, at: dt.datetime) -> list[Send]:
    """*Sending*, with an attempt each. A text that another claimer has taken meanwhile gets none."""
    if not texts:
        return []
    ids = [text.row.id for text in texts]
    asked = {"ids": ids, "claimer": claim, "now": at, "until": at + SENDING_LEASE}
    attempts: dict[int, int] = dict(statements().begin.all(asked))
    ours = [text for text in texts if text.row.id in attempts]
    payloads = _payloads(ours)
    events = as_events([text.row if not text.row.file_count else _message(text) for text in ours])
    return [
        Send(
            text.row.id,
            attempts[text.row.id],
            text.row.user_id,
            payloads[text.row.id],
            carriers.of(text.platform_id, text.platform_revision),
            {**event, "state": MessageState.SENDING},
        )
        for text, event in zip(ours, events, strict=True)
    ]


def _message(text: Claimed) -> Message:
    return fetch(Message, text.row.id, EVERYTHING)


def _payloads(texts: Sequence[Claimed]) -> dict[int, OutboundText]:
    """What the carrier is given, by the id of the text. Files are planned again: MMS may be off now (S21)."""
    found = {
        text.row.id: OutboundText(text.number, text.row.remote or "", text.row.text or "") for text in texts
    }
    with_files = [_message(text) for text in texts if text.row.file_count]
    if with_files:
        numbers = visible(Assignment, EVERYTHING).where(
            Assignment.id.in_({message.assignment_id for message in with_files})
        )
        planned = attachments.leaving(with_files, {one.id: one for one in db.session.scalars(numbers)})
        for message_id, words in planned.items():
            found[message_id] = replace(found[message_id], text=words.text, media_urls=words.media_urls)
    return found


def _sent_events(taken: list[Outcome], sent: set[int], at: dt.datetime) -> list[Event]:
    """What clients read about texts that were sent."""
    after = {"state": MessageState.SENT, "reason": "", "sent_at": iso(at)}
    return [
        (outcome.send.user_id, "message.updated", {**outcome.send.event, **after})
        for outcome in taken
        if outcome.send.message_id in sent
    ]


def _record_trouble(claim: str, outcome: Outcome) -> None:
    send, detail = outcome.send, outcome.detail[:300]
    db.session.execute(
        update(Attempt)
        .where(Attempt.id == send.attempt_id)
        .values(outcome=outcome.kind, detail=detail, finished_at=now())
    )
    if outcome.kind is AttemptOutcome.REFUSED:
        advance(send.message_id, MessageState.FAILED, reason=detail)
    elif outcome.kind is AttemptOutcome.UNCERTAIN:
        advance(send.message_id, MessageState.UNCERTAIN, reason=UNCERTAIN)
    else:
        _again_later(claim, send.message_id, detail)


def _again_later(claim: str, message_id: int, reason: str) -> None:
    """It never left: due again later, for a day."""
    message = fetch(Message, message_id, EVERYTHING)
    if (message.requeued_at or message.created_at) < now() - _GIVE_UP_AFTER:
        advance(message_id, MessageState.FAILED, claim=claim, reason=reason)
        return
    due_at = now() + dt.timedelta(seconds=queue.SEND_OUTBOX.scattered_delay(message.tries))
    advance(message_id, MessageState.QUEUED, claim=claim, due_at=due_at, reason=reason)


def _give_back(claim: str, message_ids: list[int]) -> None:
    """Nobody was told that they were claimed, so nobody is told that they are not."""
    if message_ids:
        advance_all(message_ids, MessageState.QUEUED, claim=claim)
