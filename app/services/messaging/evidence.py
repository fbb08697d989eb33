"""All evidence of a number's consents by steps: the user's answers, opt-outs, START, blocks, HELP (D10).

It holds no text of anybody but the question that the user was asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from app.access.policy import Actor
from app.access.scope import Scope, fetch, visible
from app.db import db, end_read, transactional
from app.models import Assignment, AuditEntry, Block, OptInEvidence, Stop
from app.phone import ten_digits
from app.services.audit.record import Action, record
from app.vocabulary import OptIn

_BATCH = 1000
_ANSWERS = {
    OptIn.PENDING: "Opt-in state reset",
    OptIn.OPTED_IN: "User opted in",
    OptIn.OPTED_OUT: "User opted out",
    OptIn.NOT_REQUIRED: "Opt-in not required",
}
# What only the history knows; it never holds a remote number.
_IN_HISTORY = (
    Action.NUMBER_ASSIGNED,
    Action.OPT_IN_NOT_REQUIRED,
    Action.REMOTE_BLOCKED,
    Action.REMOTE_UNBLOCKED,
    Action.HELP_ASKED,
)


@dataclass(frozen=True)
class Step:
    """One step: who, when, from where, to or with which words. "" where there is no such thing."""

    at: dt.datetime
    what: str
    by: str = ""
    address: str = ""
    remote: str = ""
    words: str = ""


@transactional
def export(actor: Actor, scope: Scope, assignment_id: int, kind: str) -> Assignment:
    """Write down that somebody takes the evidence of a number with them. Raises NotFound."""
    assignment = fetch(Assignment, assignment_id, scope)
    record(actor, Action.EVIDENCE_EXPORTED, assignment, format=kind)
    return assignment


def in_batches(scope: Scope, assignment_id: int) -> Iterator[list[Step]]:
    """All of it, a thousand rows at a time, one kind after the other, each oldest first. Raises NotFound.

    For a thread of its own session's: what was read before is forgotten after each batch.
    """
    for model, query, steps in _kinds(scope, fetch(Assignment, assignment_id, scope)):
        last = 0
        while True:
            batch = query.where(model.id > last).order_by(model.id).limit(_BATCH)
            rows = list(db.session.scalars(batch))
            if rows:
                last = rows[-1].id
                yield [step for row in rows for step in steps(row)]
            db.session.expunge_all()
            end_read()
            if len(rows) < _BATCH:
                break


def newest(scope: Scope, assignment: Assignment, most: int) -> tuple[list[Step], bool]:
    """The evidence in the order of time, for a page, and whether there is more than that."""
    found: list[Step] = []
    is_cut = False
    for model, query, steps in _kinds(scope, assignment):
        rows = list(db.session.scalars(query.order_by(model.id.desc()).limit(most + 1)))
        is_cut = is_cut or len(rows) > most
        found += [step for row in rows[:most] for step in steps(row)]
    return sorted(found, key=lambda step: step.at), is_cut


def _kinds(scope: Scope, assignment: Assignment) -> list[tuple[Any, Select[Any], Any]]:
    history = visible(AuditEntry, scope).where(
        AuditEntry.target_kind == Assignment.__tablename__,
        AuditEntry.target_id == assignment.id,
        AuditEntry.action.in_([action.value for action in _IN_HISTORY]),
    )
    return [
        (
            OptInEvidence,
            visible(OptInEvidence, scope).where(OptInEvidence.assignment_id == assignment.id),
            _answer,
        ),
        (Stop, select(Stop).where(Stop.assignment_id == assignment.id), _stop),
        (Block, visible(Block, scope).where(Block.assignment_id == assignment.id), _block),
        (AuditEntry, history, _line),
    ]


def _answer(row: OptInEvidence) -> Iterable[Step]:
    yield Step(row.at, _ANSWERS[row.state], row.by, row.address, words=row.prompt)


def _stop(row: Stop) -> Iterable[Step]:
    remote = ten_digits(row.remote)
    if row.recorded_at is not None:
        yield Step(
            row.recorded_at,
            Action.OPT_OUT_RECORDED,
            row.recorded_by,
            row.recorded_from,
            remote=remote,
        )
    if row.word:
        yield Step(row.stopped_at, Action.REMOTE_STOPPED, remote, remote=remote, words=row.word)
    if row.resumed_at is not None:
        yield Step(row.resumed_at, Action.REMOTE_RESUMED, remote, remote=remote, words=row.resume_word)


def _block(row: Block) -> Iterable[Step]:
    yield Step(row.created_at, "Blocked, and still is", remote=ten_digits(row.remote))


def _line(row: AuditEntry) -> Iterable[Step]:
    yield Step(row.at, row.action, row.actor, words=str(row.change.get("word", "")))
