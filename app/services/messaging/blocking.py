"""A user blocks a remote number: its later texts are not handed over (S23, D9)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, delete, literal_column, select

from app.access.policy import Actor
from app.access.scope import EVERYTHING, Scope, branch, fetch, visible
from app.db import db, insert_once, transactional
from app.errors import NotAllowed
from app.models import Assignment, Block, Platform
from app.services.audit.record import Action, record
from app.services.provisioning import assignment as assignments
from app.services.provisioning.settings import effective
from app.vocabulary import Level


class BlockingOff(NotAllowed):
    message = "Blocking numbers is switched off for this number."


@transactional
def block(actor: Actor, scope: Scope, assignment_id: int, remote: str) -> None:
    """Block a remote number; blocking it again changes nothing. Raises BlockingOff, NotFound."""
    assignment = assignments.running(scope, assignment_id)
    if not effective(assignment, _platform(assignment)).can_block:
        raise BlockingOff
    if insert_once(Block, assignment_id=assignment.id, remote=remote, **branch(assignment)) is not None:
        record(actor, Action.REMOTE_BLOCKED, assignment)


@transactional
def unblock(actor: Actor, scope: Scope, assignment_id: int, remote: str) -> None:
    """Remove a block, also when blocking was switched off since (D9)."""
    assignment = fetch(Assignment, assignment_id, scope)
    gone = db.session.execute(
        delete(Block).where(Block.assignment_id == assignment.id, Block.remote == remote),
        execution_options={"scope": EVERYTHING},
    )
    if gone.rowcount:  # type: ignore[attr-defined]
        record(actor, Action.REMOTE_UNBLOCKED, assignment)


def is_blocked(assignment_id: Any, remote: Any) -> ColumnElement[bool]:
    """Whether a remote number is blocked for a number, as a condition of a statement: columns or values."""
    query = visible(Block, EVERYTHING).where(Block.assignment_id == assignment_id, Block.remote == remote)
    return query.with_only_columns(literal_column("1")).exists()


def find_block(scope: Scope, assignment_id: int, remote: str) -> bool:
    """Whether this remote number is blocked for a number. Raises NotFound."""
    number = fetch(Assignment, assignment_id, scope)
    return bool(db.session.scalar(select(is_blocked(number.id, remote))))


def blocks(scope: Scope, assignment_id: int) -> list[Block]:
    """The blocked numbers of a number, newest first."""
    query = visible(Block, scope).where(Block.assignment_id == assignment_id)
    return list(db.session.scalars(query.order_by(Block.id.desc())))


def _platform(assignment: Assignment) -> Platform:
    return fetch(Platform, assignment.platform_id, Scope(Level.PROVIDER, assignment.provider_id))
