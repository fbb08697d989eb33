"""The job behind an upload of numbers: a batch of rows is checked, or assigned, then it queues itself again.

Between two batches everything else of the worker has its turn. An upload has one job at a time, by a lease;
a row is assigned in the transaction that says so, so a killed worker loses nothing and repeats nothing.
"""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select, update

from app import queue
from app.access import policy
from app.access.policy import SYSTEM, Actor, Permission
from app.access.scope import EVERYTHING, Scope, fetch, narrow, place_of, visible
from app.clock import now
from app.db import db, transactional
from app.errors import DomainError
from app.models import BulkRow, BulkRun, PortalUser
from app.services.audit.record import Action, record
from app.services.provisioning import assignment, bulk
from app.services.provisioning.bulk_verdicts import NotNow, Ready, Row, Verdict, judged
from app.vocabulary import BulkState, RowOutcome

logger = logging.getLogger(__name__)
LEASE = dt.timedelta(seconds=60)  # longer than a look-up and the rows of a batch; each row renews it
BATCH = 25
MOST_TRIES = 12
_WAITING = {BulkState.CHECKING: RowOutcome.UNCHECKED, BulkState.RUNNING: RowOutcome.READY}


class _ClaimLost(Exception):
    """The upload was discarded, or another worker has it: stop without a word."""


@dataclass(frozen=True)
class _Batch:
    """What one job has taken, with no transaction open."""

    run_id: int
    claim: str
    state: BulkState
    place: Scope
    platform_id: int
    actor: str
    actor_id: int | None
    rows: list[Row]


def work(run_id: int) -> None:
    """One batch of an upload: rows are checked, or assigned; the rest is queued again."""
    batch = _claim(run_id)
    if batch is None:
        return
    try:
        if batch.state is BulkState.CHECKING:
            _write(batch, judged(batch.place, batch.platform_id, batch.rows))
        elif (actor := _starter(batch)) is None:
            _refuse_rest(batch)
        else:
            for row, verdict in judged(batch.place, batch.platform_id, batch.rows):
                _assign(batch, actor, row, verdict)
            queue.push(queue.ENABLE_NUMBERS, platform_id=batch.platform_id)
        _go_on(batch)
    except _ClaimLost:
        logger.info("upload %s was discarded or taken meanwhile", run_id)


def due() -> list[int]:
    """Uploads that a lost wake-up or a killed worker left behind."""
    query = visible(BulkRun, EVERYTHING).where(
        BulkRun.state.in_(_WAITING), BulkRun.due_at <= now(), _is_free()
    )
    return [run.id for run in db.session.scalars(query.order_by(BulkRun.due_at))]


def _is_free() -> Any:
    return or_(BulkRun.claimed_until.is_(None), BulkRun.claimed_until < now())


@transactional
def _claim(run_id: int) -> _Batch | None:
    """Take the upload for one lease, with its next rows; None when it is not due, or taken."""
    claim = secrets.token_hex(8)
    taken = db.session.execute(
        update(BulkRun)
        .where(BulkRun.id == run_id, BulkRun.state.in_(_WAITING), BulkRun.due_at <= now(), _is_free())
        .values(claim=claim, claimed_until=now() + LEASE),
        execution_options={"scope": EVERYTHING, "synchronize_session": False},
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        return None
    run = fetch(BulkRun, run_id, EVERYTHING)
    waiting = select(BulkRow).where(
        BulkRow.run_id == run_id, BulkRow.outcome == _WAITING[run.state], BulkRow.due_at <= now()
    )
    return _Batch(
        run_id,
        claim,
        run.state,
        place_of(run),
        run.platform_id or 0,
        run.actor,
        run.actor_id,
        [_copied(row) for row in db.session.scalars(waiting.order_by(BulkRow.ordinal).limit(BATCH))],
    )


def _copied(row: BulkRow) -> Row:
    return Row(row.id, row.broadworks_id, row.number, row.friendly_name, row.messaging_type, row.tries)


def _starter(batch: _Batch) -> Actor | None:
    """Who started it, as they are now; None when they may not add numbers there any more."""
    found = db.session.scalar(
        visible(PortalUser, EVERYTHING).where(PortalUser.id == batch.actor_id, PortalUser.is_enabled)
    )
    if found is None:
        return None
    actor = Actor(found.email, found.role, place_of(found), found.id, found.timezone)
    try:
        policy.require(actor, Permission.NUMBERS_CHANGE, narrow(actor.scope, batch.place))
    except DomainError:
        return None
    return actor


@transactional
def _write(batch: _Batch, verdicts: list[tuple[Row, Verdict]]) -> None:
    """The outcomes of a check, all at once."""
    _hold(batch)
    for row, verdict in verdicts:
        _settle(row, RowOutcome.READY, "") if isinstance(verdict, Ready) else _say(batch, row, verdict)


def _assign(batch: _Batch, actor: Actor, row: Row, verdict: Verdict) -> None:
    """Give one number; what speaks against it now becomes the row's outcome."""
    if isinstance(verdict, Ready):
        try:
            _give(batch, actor, row, verdict)
        except DomainError as refusal:
            verdict = refusal.message
    if not isinstance(verdict, Ready):
        _write(batch, [(row, verdict)])


@transactional
def _give(batch: _Batch, actor: Actor, row: Row, ready: Ready) -> None:
    """The number and the row's outcome are one transaction: when a worker dies, both are or neither."""
    _hold(batch)
    waiting = select(BulkRow).where(BulkRow.id == row.id, BulkRow.outcome == RowOutcome.READY)
    found = db.session.scalar(waiting.with_for_update())
    if found is None:
        return
    kept = assignment.keep(actor, narrow(batch.place, ready.holder), ready.checked, is_alone=False)
    found.outcome, found.words, found.assignment_id = RowOutcome.ASSIGNED, "", kept.id


def _say(batch: _Batch, row: Row, verdict: NotNow | str) -> None:
    if isinstance(verdict, str):
        _settle(row, RowOutcome.REFUSED, verdict)
    elif row.tries + 1 >= MOST_TRIES:
        _settle(row, RowOutcome.REFUSED, verdict.words)
    else:
        later = now() + dt.timedelta(seconds=queue.BULK_ROWS.delay(row.tries + 1))
        _settle(row, _WAITING[batch.state], verdict.words, tries=row.tries + 1, due_at=later)


def _settle(row: Row, outcome: RowOutcome, words: str, **more: Any) -> None:
    db.session.execute(
        update(BulkRow).where(BulkRow.id == row.id).values(outcome=outcome, words=words[:300], **more)
    )


@transactional
def _refuse_rest(batch: _Batch) -> None:
    _hold(batch)
    words = f"{batch.actor} may not add numbers here any more."
    db.session.execute(
        update(BulkRow)
        .where(BulkRow.run_id == batch.run_id, BulkRow.outcome == RowOutcome.READY)
        .values(outcome=RowOutcome.REFUSED, words=words[:300])
    )


def _hold(batch: _Batch) -> None:
    """Renew the lease, inside the transaction that writes. Raises _ClaimLost."""
    _note(batch, claimed_until=now() + LEASE)


@transactional
def _go_on(batch: _Batch) -> None:
    """Give the upload back: for its next rows, for a later try, or finished."""
    waiting = select(func.min(BulkRow.due_at)).where(
        BulkRow.run_id == batch.run_id, BulkRow.outcome == _WAITING[batch.state]
    )
    due_at = db.session.scalar(waiting)
    if due_at is not None:
        _note(batch, claim=None, claimed_until=None, due_at=max(due_at, now()))
        if due_at <= now():
            queue.later(queue.BULK_ROWS, run_id=batch.run_id)
        return
    state = BulkState.CHECKED if batch.state is BulkState.CHECKING else BulkState.DONE
    _note(batch, claim=None, claimed_until=None, state=state, finished_at=now())
    if state is BulkState.DONE:
        run = fetch(BulkRun, batch.run_id, EVERYTHING)
        rows = bulk.progress(run)
        added, refused = rows.count(RowOutcome.ASSIGNED), rows.count(RowOutcome.REFUSED)
        record(SYSTEM, Action.BULK_DONE, run, numbers=added, left_out=refused)


def _note(batch: _Batch, **values: Any) -> None:
    """Write on the upload while the claim stands. Raises _ClaimLost."""
    held = db.session.execute(
        update(BulkRun)
        .where(BulkRun.id == batch.run_id, BulkRun.claim == batch.claim, BulkRun.state == batch.state)
        .values(**values),
        execution_options={"scope": EVERYTHING, "synchronize_session": False},
    )
    if held.rowcount != 1:  # type: ignore[attr-defined]
        raise _ClaimLost
