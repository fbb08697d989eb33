"""The outbox is drained: claim, commit *sending*, call the carrier, record the outcome (D13, D14).

Senders call the carrier and do nothing else; one thread writes for all of them. A conversation is sent in
order, one text at a time; no transaction is open while the carrier is called; and a request that may have
left is never repeated by itself.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread

from sqlalchemy.exc import DBAPIError

from app import queue
from app.carriers.base import CarrierRefused, CarrierUnavailable
from app.db import in_own_context
from app.services.messaging import outbox
from app.services.messaging.outbound import attempts
from app.services.messaging.outbound.attempts import Begun, Carriers, Outcome, Send
from app.vocabulary import AttemptOutcome

logger = logging.getLogger(__name__)
SENDERS = 8
_LOOK_AGAIN = 0.2  # seconds between looks for new texts while others are under way
_LONGEST_DRAIN = 300  # seconds, well inside the task's timeout
_AHEAD = 32  # texts that are *sending* before a sender is free for them, at most (adr/0017)
_CLAIMED_AHEAD = 128  # texts that are *claimed* beside these, at most: they have surely not left
_LATELY = 0.1  # seconds: as many as were sent in these are kept ahead, so they wait no longer than that
_STALE = 0.5  # seconds after which a text that was begun and not sent goes back
_LOWEST_FIRST_EVERY = 8  # claims: so bulk moves however many answers there are
_WITHOUT_DATABASE = 20  # seconds that outcomes are held while it is away


def drain() -> None:
    """Send what is due, until nothing is. Many jobs may run this at once.

    New texts are looked for while others are under way, so one answer that the carrier holds back delays
    nobody else.
    """
    queue.woken(queue.SEND_OUTBOX)
    if _Drain().run():
        queue.push(queue.SEND_OUTBOX)


@dataclass
class _Drain:
    """One drain: what it has claimed, what its senders have, and what they bring back."""

    claim: str = field(default_factory=lambda: secrets.token_hex(8))
    carriers: Carriers = field(default_factory=Carriers)
    waiting: deque[list[int]] = field(default_factory=deque)  # conversations, as ids of their texts in order
    rest: dict[int, list[int]] = field(default_factory=dict)  # what follows a text that is under way
    to_send: SimpleQueue[Send | None] = field(default_factory=SimpleQueue)
    sent: SimpleQueue[Outcome] = field(default_factory=SimpleQueue)
    lately: deque[float] = field(default_factory=deque)
    claims: int = 0

    def run(self) -> bool:
        """Returns whether it stopped for want of time."""
        until = time.monotonic() + _LONGEST_DRAIN
        send = in_own_context(_send)
        senders = [Thread(target=send, args=(self.to_send, self.sent)) for _ in range(SENDERS)]
        for sender in senders:
            sender.start()
        try:
            while time.monotonic() < until:
                self._claim()
                if not self.waiting and not self.rest:
                    if not outbox.is_any_ready_soon():
                        return False
                    time.sleep(_LOOK_AGAIN)
                    continue
                self._turn(self._outcomes())
            back = [message_id for ids in self.waiting for message_id in ids]
            self.waiting.clear()
            while self.rest or back:
                self._turn(self._outcomes(), back, begin=False)
                back = []
            return True
        finally:
            for _ in senders:
                self.to_send.put(None)
            for sender in senders:
                sender.join()

    def _claim(self) -> None:
        """For the senders that are free, and as many as leave in a moment: many with one look."""
        missing = self._free() - len(self.waiting)
        if missing <= 0:
            return
        self.claims += 1
        most = missing + self._soon(_CLAIMED_AHEAD)
        lowest_first = self.claims % _LOWEST_FIRST_EVERY == 0
        try:
            self.waiting.extend(outbox.claim(self.claim, most, lowest_first=lowest_first))
        except DBAPIError:
            if not self.rest:
                raise
            logger.warning("nothing claimed; what is under way is written down first")

    def _ahead(self) -> int:
        return self._soon(_AHEAD)

    def _soon(self, most: int) -> int:
        """How many texts leave within a moment, as fast as it goes now: few while the carrier is slow."""
        moment = time.monotonic() - _LATELY
        while self.lately and self.lately[0] < moment:
            self.lately.popleft()
        return min(len(self.lately), most)

    def _free(self) -> int:
        return SENDERS + self._ahead() - len(self.rest)

    def _outcomes(self) -> list[Outcome]:
        """What the senders brought back; waits for a moment when there is nothing else to do."""
        is_idle = self._free() > 0 and self.waiting
        found: list[Outcome] = []
        try:
            if not is_idle:
                found.append(self.sent.get(timeout=_LOOK_AGAIN))
            while True:
                found.append(self.sent.get_nowait())
        except Empty:
            return found or ([] if is_idle else self._taken_back())

    def _taken_back(self) -> list[Outcome]:
        """All senders wait for the carrier: what was begun ahead has not left, and does not wait for them."""
        found = []
        with suppress(Empty):
            while (send := self.to_send.get_nowait()) is not None:
                found.append(_not_yet(send))
        return found

    def _turn(self, outcomes: list[Outcome], back: list[int] | None = None, *, begin: bool = True) -> None:
        """Record what came back, begin what is next."""
        back = list(back or [])
        for outcome in outcomes:
            following = self.rest[outcome.send.message_id]
            if outcome.kind is AttemptOutcome.NOT_SENT or not begin:
                back += following  # when one must wait, the later ones wait with it
            elif following:
                self.waiting.appendleft(following)
            self.lately.append(time.monotonic())
        free = max(0, self._free() + len(outcomes)) if begin else 0
        starting = [self.waiting.popleft() for _ in range(min(free, len(self.waiting)))]
        begun = self._step(outcomes, [ids[0] for ids in starting], back)
        for outcome in outcomes:
            del self.rest[outcome.send.message_id]
        following_of = {ids[0]: ids[1:] for ids in starting}
        for send in begun.sends:
            self.rest[send.message_id] = following_of.pop(send.message_id)
        late = [one for message_id in begun.later for one in following_of.pop(message_id)]
        self.waiting.extend(ids for ids in following_of.values() if ids)
        if late:
            self._step([], [], late)

    def _step(self, outcomes: list[Outcome], next_ids: list[int], back: list[int]) -> Begun:
        """Outcomes are known nowhere else: while the database is away they are held for a while."""
        if not (outcomes or next_ids or back):
            return Begun()
        until = time.monotonic() + _WITHOUT_DATABASE
        while True:
            try:
                return attempts.record_and_claim_next(
                    self.claim, outcomes, next_ids, back, self.carriers, dispatch=self.to_send.put
                )
            except DBAPIError as trouble:
                if time.monotonic() > until:
                    raise
                logger.warning("outcomes not written, trying again: %s", type(trouble.orig).__name__)
                time.sleep(_LOOK_AGAIN)


def _send(to_send: SimpleQueue[Send | None], sent: SimpleQueue[Outcome]) -> None:
    """A sender: one request after the other, over connections that are kept alive."""
    while (send := to_send.get()) is not None:
        is_stale = time.monotonic() - send.begun > _STALE
        sent.put(_not_yet(send) if is_stale else _ask(send))


def _not_yet(send: Send) -> Outcome:
    return Outcome(send, AttemptOutcome.NOT_SENT, detail="The carrier answers slowly: it was not asked yet.")


def _ask(send: Send) -> Outcome:
    try:
        receipt = send.carrier.send(send.text)
    except CarrierRefused as refusal:
        return Outcome(send, AttemptOutcome.REFUSED, detail=refusal.message)
    except CarrierUnavailable as trouble:
        return Outcome(send, AttemptOutcome.NOT_SENT, detail=trouble.message)
    except Exception as trouble:  # noqa: BLE001, RUF100 - whatever it is, the request may have left
        logger.warning("message %s ended without an answer: %s", send.message_id, type(trouble).__name__)
        return Outcome(send, AttemptOutcome.UNCERTAIN)
    return Outcome(send, AttemptOutcome.SENT, receipt.carrier_reference)
