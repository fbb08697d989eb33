"""Each request is an attempt: *sending* is committed just before it, its outcome after it (D13).

What several senders bring back and what they take next is one transaction, so a text costs a part of one.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, cast

from sqlalchemy import update

from app import impp, queue
from app.access.scope import EVERYTHING, fetch
from app.carriers.base import Carrier, OutboundText
from app.clock import now
from app.db import after_commit, db, transactional
from app.models import Assignment, Attempt, Message, Platform
from app.services.messaging import attachments, opt_outs, ordinary_sends, pace, receipts, sending
from app.services.messaging import attempt_statements as statements
from app.services.messaging.attachments import Leaving
from app.services.messaging.messages import as_events, iso
from app.services.messaging.ordinary_sends import Settled, Taken, Text
from app.services.messaging.status import advance, advance_all
from app.services.provisioning import platforms
from app.vocabulary import AttemptOutcome, MessageState

SENDING_LEASE = dt.timedelta(seconds=30)  # longer than the carrier's longest answer
UNCERTAIN = "The carrier did not confirm it: it may or may not have been sent."
_GIVE_UP_AFTER = dt.timedelta(hours=24)
_ANY: dict[str, Any] = {"scope": EVERYTHING, "synchronize_session": False}


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
def step(
    claim: str,
    outcomes: list[Outcome],
    next_ids: list[int],
    back: list[int],
    carriers: Carriers,
    *,
    leave: Callable[[Send], None] | None = None,
) -> Begun:
    """Write down how requests ended, and commit *sending* of the texts that leave next.

    `back` are claimed texts whose conversation has to wait. `leave` is called for each text that may leave as
    soon as that is committed: its request does not wait until clients are told. The numbers are locked before
    anything else, always in the same order, so that two workers neither wait for each other nor pass a
    number's limit.
    """
    taken = [outcome for outcome in outcomes if outcome.kind is AttemptOutcome.SENT]
    at = now()
    if ordinary_sends.is_possible():
        settled = ordinary_sends.settle(claim, _as_taken(taken, at), next_ids, at + SENDING_LEASE)
    else:
        _lock_numbers(next_ids)
        settled = _record_sent(_as_taken(taken, at))
    sends = _sends(settled.begun, carriers)
    events = _told(taken, settled, at)
    if settled.is_any_early:  # clients read that it was sent before what the receipt says
        impp.publish_all(events)
        events = []
        receipts.apply_early(outcome.send.message_id for outcome in taken)
    for outcome in outcomes:
        if outcome.kind is not AttemptOutcome.SENT:
            _record_trouble(claim, outcome)
    done = {send.message_id for send in sends}
    begun = _begin(claim, [message_id for message_id in next_ids if message_id not in done], carriers)
    begun.sends = [*sends, *begun.sends]
    if leave:
        after_commit(partial(_let, begun.sends, leave))
    impp.publish_all([*events, *((send.user_id, "message.updated", send.event) for send in begun.sends)])
    _give_back(claim, back)
    return begun


def _let(sends: list[Send], leave: Callable[[Send], None]) -> None:
    """Each waits from now on: what the database took to commit is no reason to send it back."""
    for send in sends:
        leave(replace(send, begun=time.monotonic()))


def lost(message_id: int) -> None:
    """Its worker stopped before the answer came; inside the caller's transaction."""
    open_ones = update(Attempt).where(
        Attempt.message_id == message_id, Attempt.outcome == AttemptOutcome.STARTED
    )
    detail = "The worker stopped before the answer came."
    db.session.execute(open_ones.values(outcome=AttemptOutcome.UNCERTAIN, detail=detail, finished_at=now()))
    advance(message_id, MessageState.UNCERTAIN, claim=None, reason=UNCERTAIN)


Event = tuple[int | None, str, dict[str, Any]]


@dataclass(frozen=True)
class _Number:
    assignment: Assignment
    platform_revision: int
    limit: int


def _lock_numbers(message_ids: list[int]) -> None:
    """Until the end, by a statement of its own: the next one counts the attempts of another worker (D14)."""
    if message_ids:
        db.session.execute(statements.LOCK, {"ids": message_ids}).all()


def _sends(texts: Sequence[Text], carriers: Carriers) -> list[Send]:
    return [
        Send(
            text.id,
            text.attempt_id,
            text.user_id,
            OutboundText(text.number, text.remote or "", text.text),
            carriers.of(text.platform_id, text.platform_revision),
            {**event, "state": MessageState.SENDING},
        )
        for text, event in zip(texts, as_events(cast(Any, texts)), strict=True)
    ]


def _numbers(message_ids: list[int]) -> dict[int, _Number]:
    return {row[0].id: _Number(*row) for row in db.session.execute(statements.NUMBERS, {"ids": message_ids})}


def _begin(claim: str, ids: list[int], carriers: Carriers) -> Begun:
    """Those that are not ordinary, or all of them where the database is not able to tell."""
    begun = Begun()
    if not ids:
        return begun
    at, numbers = now(), _numbers(ids)
    given = {"ids": ids, "claimer": claim, "now": at, "since": at - pace.MINUTE}
    lately: dict[int, int] = {}
    leaving: list[Message] = []
    late: list[Message] = []
    for message, is_licensed, is_stopped, sent_lately in db.session.execute(statements.CLAIMED, given):
        number = numbers[message.assignment_id]
        already = lately.setdefault(message.assignment_id, sent_lately)
        reason = _reason_against(message, number, is_licensed=is_licensed, is_stopped=is_stopped)
        if reason is not None:
            advance(message.id, MessageState.FAILED, claim=claim, reason=reason)
        elif already >= number.limit:
            late.append(message)
        else:
            lately[message.assignment_id] += 1
            leaving.append(message)
    begun.sends = _start(claim, leaving, numbers, carriers)
    for message in late:
        turn = pace.turn(message, numbers[message.assignment_id].limit)
        advance(message.id, MessageState.QUEUED, claim=claim, due_at=turn)
        begun.later.add(message.id)
    return begun


def _reason_against(message: Message, number: _Number, *, is_licensed: bool, is_stopped: bool) -> str | None:
    """Why a text must not leave any more: everything is looked at again just before it does."""
    reason = sending.refusal(number.assignment, is_licensed=message.user_id is None or is_licensed)
    if reason is None and message.text is None:
        reason = "The text was erased."
    return reason or opt_outs.refusal(message, is_stopped=is_stopped)


def _start(
    claim: str, messages: list[Message], numbers: dict[int, _Number], carriers: Carriers
) -> list[Send]:
    """*Sending*, with an attempt each; whoever lost its text to somebody else gets none."""
    if not messages:
        return []
    given = {"ids": [message.id for message in messages], "claimer": claim, "until": now() + SENDING_LEASE}
    moved = set(db.session.scalars(statements.SENDING, given, execution_options=_ANY))
    rows = {
        row.message_id: row.id
        for row in db.session.execute(statements.ATTEMPTS, {"ids": moved, "now": now()})
    }
    ours = [message for message in messages if message.id in moved]
    words = attachments.leaving(ours, {one.assignment.id: one.assignment for one in numbers.values()})
    return [
        Send(
            message.id,
            rows[message.id],
            message.user_id,
            _outbound(message, words[message.id]),
            carriers.of(message.platform_id, numbers[message.assignment_id].platform_revision),
            {**event, "state": MessageState.SENDING},
        )
        for message, event in zip(ours, as_events(ours), strict=True)
    ]


def _outbound(message: Message, words: Leaving) -> OutboundText:
    return OutboundText(message.number, message.remote or "", words.text, words.media_urls)


def _as_taken(outcomes: list[Outcome], at: dt.datetime) -> Taken:
    return Taken(
        [outcome.send.message_id for outcome in outcomes],
        [outcome.send.attempt_id for outcome in outcomes],
        [outcome.carrier_reference for outcome in outcomes],
        at,
    )


def _record_sent(taken: Taken) -> Settled:
    """The carrier took them over."""
    if not taken.ids:
        return Settled()
    ended = [
        {"attempt": attempt_id, "reference": reference, "at": taken.at}
        for attempt_id, reference in zip(taken.attempts, taken.references, strict=True)
    ]
    db.session.connection().execute(statements.ENDED, ended)
    moved = set(db.session.scalars(statements.SENT, vars(taken), execution_options=_ANY))
    return Settled(moved, is_any_early=True)


def _told(outcomes: list[Outcome], settled: Settled, at: dt.datetime) -> list[Event]:
    """What clients read about texts that were sent."""
    after = {"state": MessageState.SENT, "reason": "", "sent_at": iso(at)}
    return [
        (outcome.send.user_id, "message.updated", {**outcome.send.event, **after})
        for outcome in outcomes
        if outcome.send.message_id in settled.sent
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
