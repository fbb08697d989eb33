"""The work at the carrier behind a number: its webhook is put there, read back, renewed and removed.

Each step is safe to repeat: the carrier's list is read first and decides what is left to do (D2, D4, D27).
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from urllib.parse import urlsplit

from sqlalchemy import or_

from app import queue
from app.access.policy import SYSTEM
from app.access.scope import EVERYTHING, fetch, visible
from app.carriers.base import CarrierRefused, CarrierTrouble, KeysRefused, Webhook
from app.clock import now
from app.db import db, transactional
from app.models import Assignment, Platform
from app.queue import Task
from app.services.audit.record import Action, record
from app.services.provisioning import failures, platforms
from app.services.provisioning.carrier_work import ClaimLost, Work, claim, mine, renew
from app.vocabulary import AssignmentState, FailureKind

logger = logging.getLogger(__name__)
_MOST_TRIES = 12
_TOGETHER = 25  # numbers in one request
_FEW = 3  # new numbers of a platform that go one by one


class _OtherSystem(Exception):
    """Another URL receives this number."""

    def __init__(self, host: str):
        super().__init__(host)
        self.host = host


def enable(assignment_id: int) -> None:
    """Register our webhook for a *provisioning* number; it ends *active*, *failed*, or due again."""
    work = claim(assignment_id, AssignmentState.PROVISIONING)
    if work is not None:
        _run(work, partial(_ensure_registered, work), _activate, queue.ENABLE_NUMBER)


def enable_together(platform_id: int) -> None:
    """Register the webhooks of a platform's next new numbers with one request and two looks at the list.

    Where the list has something for a number already, and where the carrier refuses the request as a whole,
    each number goes the way of `enable` (D2).
    """
    works = [work for row in _new(platform_id) if (work := claim(row, AssignmentState.PROVISIONING))]
    try:
        registered = _register_together(works)
    except KeysRefused as refusal:
        registered, step = set(), partial(_raise, refusal)
    except CarrierRefused:
        registered, step = set(), None
    except CarrierTrouble as trouble:
        registered, step = set(), partial(_raise, trouble)
    else:
        step = None
    for work in works:
        alone = step or partial(_ensure_registered, work)
        _run(work, _nothing if work.number in registered else alone, _activate, queue.ENABLE_NUMBER)
    if works and _new(platform_id):
        queue.push(queue.ENABLE_NUMBERS, platform_id=platform_id)


def release(assignment_id: int) -> None:
    """Remove our webhook of a *releasing* number; it ends when the carrier's list is without it (D4)."""
    work = claim(assignment_id, AssignmentState.RELEASING)
    if work is not None:
        _run(work, partial(_ensure_removed, work), _end, queue.RELEASE_NUMBER)


def reregister(platform_id: int) -> None:
    """Register every active number of a platform anew after its key changed (D27)."""
    for assignment_id in _stale(platform_id):
        work = claim(assignment_id, AssignmentState.ACTIVE)
        if work is not None:
            _run(work, partial(_ensure_registered, work), _renewed, queue.REREGISTER_NUMBERS)
    _finish_reregistration(platform_id)


def due() -> list[tuple[Task, dict[str, int]]]:
    """What a lost wake-up or a killed worker left behind, as tasks with their ids."""
    free = or_(Assignment.claimed_until.is_(None), Assignment.claimed_until < now())
    waiting = (
        visible(Assignment, EVERYTHING)
        .where(Assignment.state.in_([AssignmentState.PROVISIONING, AssignmentState.RELEASING]))
        .where(Assignment.due_at <= now(), free)
        .order_by(Assignment.due_at)
        .limit(500)
    )
    rows = list(db.session.scalars(waiting))
    new = Counter(row.platform_id for row in rows if _is_new(row))
    together = {platform_id for platform_id, count in new.items() if count > _FEW}
    tasks = [(queue.ENABLE_NUMBERS, {"platform_id": platform_id}) for platform_id in sorted(together)]
    tasks += [
        (
            queue.ENABLE_NUMBER if row.state is AssignmentState.PROVISIONING else queue.RELEASE_NUMBER,
            {"assignment_id": row.id},
        )
        for row in rows
        if not (_is_new(row) and row.platform_id in together)
    ]
    changing = visible(Platform, EVERYTHING).where(Platform.previous_outbound_api_key.is_not(None))
    tasks += [(queue.REREGISTER_NUMBERS, {"platform_id": row.id}) for row in db.session.scalars(changing)]
    return tasks


def _run(work: Work, step: Callable[[], None], done: Callable[[Work], None], task: Task) -> None:
    """Call, then record. Trouble that passes is due again; a refusal is for a person."""
    try:
        step()
    except ClaimLost:
        logger.info("assignment %s was taken or changed meanwhile", work.assignment_id)
    except _OtherSystem as other:
        _fail(
            work,
            FailureKind.OTHER_SYSTEM,
            f"Another system receives this number ({other.host}). Take over, or delete the number here.",
        )
    except KeysRefused as refusal:
        _give_up_or_wait(work, task, refusal, FailureKind.KEYS_REFUSED)
    except CarrierRefused as refusal:
        _give_up_or_wait(work, task, refusal, FailureKind.CARRIER_REFUSED)
    except CarrierTrouble as trouble:
        logger.warning("assignment %s: %s", work.assignment_id, trouble.message)
        _wait(work, task, trouble.message)
    else:
        done(work)


def _is_new(row: Assignment) -> bool:
    """Whether the carrier was never asked for it."""
    return row.state is AssignmentState.PROVISIONING and row.tries == 0 and not row.takes_over


def _new(platform_id: int) -> list[int]:
    query = visible(Assignment, EVERYTHING).where(
        Assignment.platform_id == platform_id,
        Assignment.state == AssignmentState.PROVISIONING,
        Assignment.due_at <= now(),
        Assignment.claimed_until.is_(None),
        Assignment.tries == 0,
        Assignment.takes_over.is_(False),
    )
    return [row.id for row in db.session.scalars(query.order_by(Assignment.id).limit(_TOGETHER))]


def _register_together(works: list[Work]) -> set[str]:
    """The numbers that the carrier's list shows as ours after one request."""
    if not works:
        return set()
    first = works[0]
    listed = {hook.number for hook in first.carrier.webhooks()}
    fresh = []
    for work in works:
        if work.number not in listed and work.key_version == first.key_version:
            with suppress(ClaimLost):
                renew(work)
                fresh.append(work.number)
    return first.carrier.register_webhooks(fresh, first.url, first.header_name, first.header_value)


def _nothing() -> None:
    """It is done already."""


def _raise(trouble: CarrierTrouble) -> None:
    raise trouble


def _ensure_registered(work: Work) -> None:
    """Ours is there: adopt it. None: register and read back. Another's: only when told to take over."""
    renew(work)
    hooks = [hook for hook in work.carrier.webhooks() if hook.number == work.number]
    ours = [hook for hook in hooks if _is_ours(work, hook)]
    foreign = [hook for hook in hooks if hook not in ours]
    current = [hook for hook in ours if (hook.url, hook.header_value) == (work.url, work.header_value)]
    stale = [hook for hook in ours if hook not in current]
    # An active number stays active whatever else is listed: only a new one asks who has it (D2).
    if foreign and not work.takes_over and work.state is AssignmentState.PROVISIONING:
        raise _OtherSystem(urlsplit(foreign[0].url).hostname or "unknown")
    if not current:
        renew(work)
        work.carrier.register_webhook(work.number, work.url, work.header_name, work.header_value)
    for hook in [*stale, *(foreign if work.takes_over else []), *current[1:]]:
        renew(work)
        work.carrier.remove_webhook(hook.auth_id)


def _ensure_removed(work: Work) -> None:
    renew(work)
    for hook in work.carrier.webhooks():
        if hook.number == work.number and _is_ours(work, hook):
            renew(work)
            work.carrier.remove_webhook(hook.auth_id)
    renew(work)
    if any(hook.number == work.number and _is_ours(work, hook) for hook in work.carrier.webhooks()):
        raise CarrierTrouble("The carrier still lists the webhook of this number.")


def _is_ours(work: Work, hook: Webhook) -> bool:
    """The path of this platform, which nobody else can know, at whatever host we had then; or the address
    that registrations before us used.
    """
    path = urlsplit(hook.url).path
    return path == urlsplit(work.url).path or hook.url == platforms.legacy_url()


@transactional
def _activate(work: Work) -> None:
    if row := mine(work):
        row.state, row.registered_key_version = AssignmentState.ACTIVE, work.key_version
        row.tries, row.takes_over = 0, False
        record(SYSTEM, Action.NUMBER_ACTIVE, row)


@transactional
def _renewed(work: Work) -> None:
    if row := mine(work):
        row.registered_key_version, row.tries = work.key_version, 0
        record(SYSTEM, Action.NUMBER_REREGISTERED, row)


@transactional
def _end(work: Work) -> None:
    if row := mine(work):
        row.state, row.ended_at = AssignmentState.ENDED, now()
        record(SYSTEM, Action.NUMBER_ENDED, row)


def _give_up_or_wait(work: Work, task: Task, refusal: CarrierRefused, kind: FailureKind) -> None:
    """Only a number that is being set up can fail; the other two try again until they succeed."""
    if work.state is AssignmentState.PROVISIONING:
        _fail(work, kind, refusal.message)
    else:
        _wait(work, task, refusal.message)


@transactional
def _fail(work: Work, kind: FailureKind, reason: str) -> None:
    if row := mine(work):
        row.state, row.failure_kind, row.failure_reason = AssignmentState.FAILED, kind, reason[:300]
        row.tries, row.takes_over = 0, False
        record(SYSTEM, Action.NUMBER_FAILED, row, reason=reason)
        failures.tell(row, reason, work.claim)


@transactional
def _wait(work: Work, task: Task, reason: str) -> None:
    row = mine(work)
    if row is None:
        return
    if row.state is AssignmentState.PROVISIONING and row.tries >= _MOST_TRIES:
        row.state, row.failure_reason = AssignmentState.FAILED, reason[:300]
        row.tries = 0
        failures.tell(row, reason, work.claim)
    else:
        row.due_at = now() + dt.timedelta(seconds=task.delay(row.tries))
        row.failure_reason = reason[:300]
    record(
        SYSTEM,
        Action.NUMBER_FAILED if row.state is AssignmentState.FAILED else Action.NUMBER_WAITS,
        row,
        reason=reason,
    )


def _stale(platform_id: int) -> list[int]:
    platform = fetch(Platform, platform_id, EVERYTHING)
    query = visible(Assignment, EVERYTHING).where(
        Assignment.platform_id == platform_id,
        Assignment.state == AssignmentState.ACTIVE,
        or_(
            Assignment.registered_key_version.is_(None),
            Assignment.registered_key_version != platform.key_version,
        ),
    )
    return [row.id for row in db.session.scalars(query.order_by(Assignment.id))]


def _being_set_up(platform_id: int) -> bool:
    """Whether a job is at work that may have begun with the keys before."""
    query = visible(Assignment, EVERYTHING).where(
        Assignment.platform_id == platform_id,
        Assignment.state == AssignmentState.PROVISIONING,
        Assignment.claimed_until > now(),
    )
    return db.session.scalar(query.limit(1)) is not None


@transactional
def _finish_reregistration(platform_id: int) -> None:
    """The old key and header stop counting when the last number carries the new ones."""
    platform = fetch(Platform, platform_id, EVERYTHING, lock=True)
    if platform.previous_outbound_api_key is None or _stale(platform_id) or _being_set_up(platform_id):
        return
    platform.previous_outbound_api_key = platform.previous_receiver_header_key = None
    record(SYSTEM, Action.PLATFORM_REREGISTERED, platform)
