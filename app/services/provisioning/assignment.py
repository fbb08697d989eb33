"""Giving a number to a user, changing it, and taking it back (S8 to S11, S17, D1 to D4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError

from app import queue
from app.access.policy import Actor, Closed
from app.access.scope import NODES, Scope, branch, fetch, narrow, node_of, place_of
from app.clock import now
from app.db import db, transactional
from app.errors import Conflict, Invalid
from app.models import Assignment
from app.phone import NotANumber, parse_us, ten_digits
from app.services import search_index
from app.services.audit.record import Action, differences, record
from app.services.provisioning import lookup
from app.services.provisioning.settings import messaging_type, override
from app.services.revisions import require_current
from app.vocabulary import AssignmentState, FailureKind, Level, OptIn


class NumberInUse(Conflict):
    def __init__(self, number: str):
        # Not to whom: that may be a stranger (D1).
        super().__init__(f"{ten_digits(number)} is already assigned.", field="number")


class MmsNotOffered(Invalid):
    message = "MMS is switched off for this CPaaS platform. Choose SMS."

    def __init__(self) -> None:
        super().__init__(field="messaging_type")


class WrongState(Conflict):
    message = "This number has moved on in the meantime; look at its state and try again."


class OfStream(Conflict):
    message = "The settings of this number are those of its media stream. Change them there."


@dataclass(frozen=True)
class NumberWish:
    """What the number form says. `number` as it was typed; `platform_id` None means the only one."""

    number: str
    platform_id: int | None = None
    friendly_name: str = ""
    mms: bool = True
    user_can_block: bool = True


def parsed(number: str) -> str:
    """E.164 of what was typed. Raises Invalid."""
    try:
        return parse_us(number)
    except NotANumber as wrong:
        raise Invalid(str(wrong), field="number") from None


@dataclass(frozen=True)
class Checked:
    """What the carrier and the platform agreed to; `keep` writes it."""

    number: str  # E.164
    platform_id: int
    wish: NumberWish


def assign(actor: Actor, scope: Scope, holder: Scope, wish: NumberWish) -> Assignment:
    """Give a number to a user. Ask the carrier first, write afterwards: its answer can take seconds.

    Raises Invalid, MmsNotOffered, NumberInUse (D1), what `lookup.require_usable` raises, NotFound.
    """
    return keep(actor, narrow(scope, holder), check(scope, holder, wish))


def check(scope: Scope, place: Scope, wish: NumberWish) -> Checked:
    """Ask whether a number may be given to somebody at `place`, or to a stream made there later (S14).

    Raises Invalid, MmsNotOffered, NumberInUse, what `lookup.require_usable` raises, NotFound.
    """
    number = parsed(wish.number)
    platform = lookup.platform_for(scope, place, wish.platform_id)
    if wish.mms and not platform.mms_available:
        raise MmsNotOffered
    platform_id = platform.id
    lookup.require_usable(platform, number, mms=wish.mms)
    return Checked(number, platform_id, wish)


@transactional
def keep(actor: Actor, holder: Scope, checked: Checked, *, is_alone: bool = True) -> Assignment:
    """One number, one holder at a time. The database has the last word when two are quick.

    The holder and the platform are locked, so that neither is closed or deleted at the same moment (D5).
    Nobody is asked about the number of a media stream (S22). One of many is not `is_alone`: its webhook comes
    with theirs, when the caller queues ENABLE_NUMBERS. Raises Closed, Conflict, NumberInUse.
    """
    place: Any = fetch(NODES[holder.level], holder.node_id or 0, holder, lock=True)
    if place.closed_at is not None:
        raise Closed
    wish, platform = checked.wish, lookup.platform_for(holder, holder, checked.platform_id)
    db.session.refresh(platform, with_for_update=True)
    if platform.deleted_at is not None:
        raise Conflict("This CPaaS platform was deleted in the meantime.")
    is_asked = holder.level is Level.USER and platform.user_confirmation_required
    assignment = Assignment(
        number=checked.number,
        friendly_name=wish.friendly_name.strip() or None,
        platform_id=platform.id,
        mms=override(platform.mms_available, wish.mms),
        user_can_block=override(platform.user_can_block, wish.user_can_block),
        opt_in=OptIn.PENDING if is_asked else OptIn.NOT_REQUIRED,
        **branch(place),
    )
    search_index.refresh(assignment, place)
    db.session.add(assignment)
    try:
        db.session.flush()
    except IntegrityError as taken:
        raise NumberInUse(checked.number) from taken
    record(
        actor,
        Action.NUMBER_ASSIGNED,
        assignment,
        holder=place.name if holder.level is Level.STREAM else place.broadworks_id,
        messaging_type=messaging_type(mms=wish.mms),
        user_can_block=wish.user_can_block,
    )
    if is_alone:
        queue.later(queue.ENABLE_NUMBER, assignment_id=assignment.id)
    if assignment.opt_in is OptIn.PENDING:
        queue.later(queue.PROMPT_USER, assignment_id=assignment.id)
    return assignment


def change(actor: Actor, scope: Scope, assignment_id: int, wish: NumberWish, *, seen: int) -> Assignment:
    """Change friendly name, messaging type and blocking (S9) as they were at revision `seen`.

    Number and platform stay as they are. Raises OfStream, ChangedMeanwhile, what `check_change` raises.
    """
    if running(scope, assignment_id).stream_id is not None:
        raise OfStream
    check_change(scope, assignment_id, wish)
    return _change(actor, scope, assignment_id, wish, seen)


@transactional
def _change(actor: Actor, scope: Scope, assignment_id: int, wish: NumberWish, seen: int) -> Assignment:
    require_current(running(scope, assignment_id), seen)
    return rewrite(actor, scope, assignment_id, wish)


def check_change(scope: Scope, assignment_id: int, wish: NumberWish) -> None:
    """Ask whether a number may be changed so; `rewrite` does it.

    Raises MmsNotOffered, SmsOnly and the other answers of the carrier when MMS is newly asked for, NotFound.
    """
    assignment = running(scope, assignment_id)
    platform = lookup.platform_for(scope, place_of(assignment), assignment.platform_id)
    if wish.mms and not platform.mms_available:
        raise MmsNotOffered
    if wish.mms and assignment.mms is False:
        lookup.require_usable(platform, assignment.number, mms=True)


@transactional
def rewrite(actor: Actor, scope: Scope, assignment_id: int, wish: NumberWish) -> Assignment:
    """Write what `check_change` allowed. Raises NotFound, WrongState."""
    assignment = running(scope, assignment_id, lock=True)
    platform = lookup.platform_for(scope, place_of(assignment), assignment.platform_id)
    wanted = {
        "friendly_name": wish.friendly_name.strip() or None,
        "mms": override(platform.mms_available, wish.mms),
        "user_can_block": override(platform.user_can_block, wish.user_can_block),
    }
    changes = differences(assignment, wanted)
    for name, value in wanted.items():
        setattr(assignment, name, value)
    if changes:
        assignment.revision += 1
        search_index.refresh(assignment, node_of(place_of(assignment)))
        record(actor, Action.NUMBER_CHANGED, assignment, **changes)
    return assignment


@transactional
def retry(actor: Actor, scope: Scope, assignment_id: int) -> None:
    """Try a *failed* number again at the carrier (D2). Raises WrongState, NotFound."""
    _restart(actor, scope, assignment_id, Action.NUMBER_RETRIED)


@transactional
def take_over(actor: Actor, scope: Scope, assignment_id: int) -> None:
    """Put our webhook in the place of another system's (D2). Raises WrongState, NotFound."""
    assignment = running(scope, assignment_id, lock=True)
    if assignment.failure_kind is not FailureKind.OTHER_SYSTEM:
        raise WrongState
    assignment.takes_over = True
    _restart(actor, scope, assignment_id, Action.NUMBER_TAKEN_OVER)


def _restart(actor: Actor, scope: Scope, assignment_id: int, action: Action) -> None:
    assignment = running(scope, assignment_id, lock=True)
    if assignment.state is not AssignmentState.FAILED:
        raise WrongState
    assignment.state, assignment.failure_kind, assignment.failure_reason = (
        AssignmentState.PROVISIONING,
        None,
        "",
    )
    assignment.due_at, assignment.tries, assignment.claim = now(), 0, None
    record(actor, action, assignment)
    queue.later(queue.ENABLE_NUMBER, assignment_id=assignment.id)


@transactional
def release(actor: Actor, scope: Scope, assignment_id: int) -> None:
    """Take a number back (S17, D4): texting and billing stop now, the carrier's webhook goes in a job.

    Raises NotFound.
    """
    assignment = running(scope, assignment_id, lock=True)
    assignment.state, assignment.release_requested_at = AssignmentState.RELEASING, now()
    assignment.failure_kind, assignment.failure_reason = None, ""
    assignment.due_at, assignment.tries, assignment.claim = now(), 0, None
    record(actor, Action.NUMBER_DELETED, assignment)
    queue.later(queue.ERASE_NUMBER, assignment_id=assignment.id)
    queue.later(queue.RELEASE_NUMBER, assignment_id=assignment.id)


def running(scope: Scope, assignment_id: int, *, lock: bool = False) -> Assignment:
    """An assignment that nobody has deleted. Raises NotFound, WrongState."""
    assignment = fetch(Assignment, assignment_id, scope, lock=lock)
    if assignment.release_requested_at is not None:
        raise WrongState("This number was deleted.")
    return assignment
