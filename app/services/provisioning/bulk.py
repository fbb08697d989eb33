"""Many numbers at once: a CSV is uploaded and checked, a person looks and starts it, a job adds them.

The work itself is in `bulk_work`. Uploads stand at one place and are forgotten after 90 days.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update

from app import queue
from app.access.policy import Actor
from app.access.scope import EVERYTHING, Scope, at, branch, missing, node_of, visible
from app.clock import now
from app.db import db, end_read, transactional
from app.errors import Conflict
from app.models import BulkRow, BulkRun
from app.services.audit.record import Action, record
from app.services.keyset import Page, page
from app.services.provisioning import bulk_file, lookup
from app.vocabulary import BulkState, RowOutcome

KEPT_FOR = dt.timedelta(days=90)
_BATCH = 1_000


class MovedOn(Conflict):
    message = "This upload has moved on in the meantime; look at it and try again."


class NothingToAdd(Conflict):
    message = "No row of this upload can be added. Mend the file and upload it again."


@dataclass(frozen=True)
class Upload:
    """A file as it came. `platform_id` None means the only one."""

    name: str
    data: bytes = field(repr=False)
    platform_id: int | None = None


@dataclass(frozen=True)
class Progress:
    """How far an upload is: its rows by outcome, and of how many."""

    state: BulkState
    total: int
    rows: dict[RowOutcome, int]

    def count(self, outcome: RowOutcome) -> int:
        return self.rows.get(outcome, 0)

    @property
    def done(self) -> int:
        """Rows that the job at work has settled."""
        waiting = RowOutcome.UNCHECKED if self.state is BulkState.CHECKING else RowOutcome.READY
        return self.total - self.count(waiting) if not self.is_final else self.total

    @property
    def is_final(self) -> bool:
        return self.state in {BulkState.CHECKED, BulkState.DONE}


def upload(actor: Actor, place: Scope, sent: Upload) -> int:
    """Keep the rows of a file and have them checked; nothing is assigned yet. Returns its id.

    Raises Invalid, PlatformNotChosen, NotFound.
    """
    return _keep(actor, place, sent, bulk_file.read(sent.data))


@transactional
def _keep(actor: Actor, place: Scope, sent: Upload, lines: list[bulk_file.Line]) -> int:
    platform = lookup.platform_for(place, place, sent.platform_id)
    run = BulkRun(
        name=sent.name[:120],
        platform_id=platform.id,
        actor=actor.name,
        actor_id=actor.account_id,
        total=len(lines),
        **branch(node_of(place)),
    )
    db.session.add(run)
    record(actor, Action.BULK_UPLOADED, run, rows=len(lines))
    rows = [_row(run.id, ordinal, line) for ordinal, line in enumerate(lines, 1)]
    db.session.execute(insert(BulkRow), rows)
    queue.later(queue.BULK_ROWS, run_id=run.id)
    return run.id


def _row(run_id: int, ordinal: int, line: bulk_file.Line) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "ordinal": ordinal,
        "broadworks_id": line.broadworks_id,
        "number": line.number,
        "friendly_name": line.friendly_name,
        "messaging_type": line.messaging_type,
        "outcome": RowOutcome.REFUSED if line.objection else RowOutcome.UNCHECKED,
        "words": line.objection,
    }


@transactional
def start(actor: Actor, place: Scope, run_id: int) -> int:
    """Add the numbers of a checked upload, in the name of whom asks; returns how many there are.

    Raises NotFound, MovedOn, NothingToAdd.
    """
    run = one(place, run_id, lock=True)
    if run.state is not BulkState.CHECKED:
        raise MovedOn
    ready = progress(run).count(RowOutcome.READY)
    if not ready:
        raise NothingToAdd
    run.state, run.actor, run.actor_id = BulkState.RUNNING, actor.name, actor.account_id
    run.started_at, run.finished_at, run.due_at = now(), None, now()
    db.session.execute(
        update(BulkRow)
        .where(BulkRow.run_id == run_id, BulkRow.outcome == RowOutcome.READY)
        .values(due_at=now(), tries=0, words="")
    )
    record(actor, Action.BULK_STARTED, run, numbers=ready, left_out=run.total - ready)
    queue.later(queue.BULK_ROWS, run_id=run_id)
    return ready


@transactional
def discard(actor: Actor, place: Scope, run_id: int) -> None:
    """Forget an upload that was not started, with its rows. Raises NotFound, MovedOn."""
    run = one(place, run_id, lock=True)
    if run.state not in {BulkState.CHECKING, BulkState.CHECKED}:
        raise MovedOn
    record(actor, Action.BULK_DISCARDED, run, rows=run.total)
    db.session.execute(delete(BulkRow).where(BulkRow.run_id == run_id))
    db.session.delete(run)


def listed(place: Scope) -> list[tuple[BulkRun, Progress]]:
    """The latest uploads at this place, newest first."""
    runs = list(db.session.scalars(at(BulkRun, place).order_by(BulkRun.id.desc()).limit(50)))
    counts = _counts([run.id for run in runs])
    return [(run, Progress(run.state, run.total, counts.get(run.id, {}))) for run in runs]


def one(place: Scope, run_id: int, *, lock: bool = False) -> BulkRun:
    """An upload at this place. Raises NotFound."""
    query = at(BulkRun, place).where(BulkRun.id == run_id)
    found = db.session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise missing(BulkRun, run_id)
    return found


def progress(run: BulkRun) -> Progress:
    """How far an upload that `one` allowed has come."""
    return Progress(run.state, run.total, _counts([run.id]).get(run.id, {}))


def rows_page(
    run_id: int, outcome: RowOutcome | None, *, after: str | None = None, before: str | None = None
) -> Page[BulkRow]:
    """Rows of an upload that `one` allowed, in the order of the file."""
    return page(_rows(run_id, outcome), order=(BulkRow.ordinal,), after=after, before=before)


def rows_in_batches(run_id: int) -> Iterator[list[BulkRow]]:
    """All rows of an upload that `one` allowed, a thousand at a time."""
    mark = None
    while True:
        batch = page(_rows(run_id, None), order=(BulkRow.ordinal,), after=mark, limit=_BATCH)
        yield batch.items
        db.session.expunge_all()
        end_read()
        mark = batch.after
        if mark is None:
            return


@transactional
def forget_old() -> None:
    """Uploads older than 90 days leave the tables; what was assigned stays."""
    old = (
        visible(BulkRun, EVERYTHING)
        .where(BulkRun.created_at < now() - KEPT_FOR, BulkRun.state != BulkState.RUNNING)
        .limit(_BATCH)
    )
    ids = list(db.session.scalars(old.with_only_columns(BulkRun.id)))
    db.session.execute(delete(BulkRow).where(BulkRow.run_id.in_(ids)))
    db.session.execute(delete(BulkRun).where(BulkRun.id.in_(ids)), execution_options={"scope": EVERYTHING})


def _rows(run_id: int, outcome: RowOutcome | None) -> Select[Any]:
    query = select(BulkRow).where(BulkRow.run_id == run_id)
    return query if outcome is None else query.where(BulkRow.outcome == outcome)


def _counts(run_ids: list[int]) -> dict[int, dict[RowOutcome, int]]:
    query = (
        select(BulkRow.run_id, BulkRow.outcome, func.count())
        .where(BulkRow.run_id.in_(run_ids))
        .group_by(BulkRow.run_id, BulkRow.outcome)
    )
    found: dict[int, dict[RowOutcome, int]] = {}
    for run_id, outcome, count in db.session.execute(query):
        found.setdefault(run_id, {})[outcome] = count
    return found
