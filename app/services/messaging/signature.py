"""Which calls of a carrier are believed: enforce, or only observe; refused ones are kept a week (D27, D34).

Enforced, a call needs a valid signature and the fixed header. Observed, the header alone lets it in, and a
wrong signature is marked and counted. Refused calls can be replayed when the mistake was ours. A refused call
whose signature was right is mailed about, once a day for a platform.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app import queue
from app.access.policy import Actor
from app.access.scope import EVERYTHING, Scope, fetch, visible
from app.carriers.registry import receiving
from app.clock import in_words, now
from app.db import db, transactional
from app.errors import DomainError
from app.models import CallCount, Platform, Provider, RefusedCall
from app.services.audit.record import Action, differences, record
from app.services.keyset import Page, page
from app.services.messaging import call_alerts
from app.services.provisioning import platforms
from app.services.revisions import require_current
from app.vocabulary import CallFault, SignatureMode

KEPT = dt.timedelta(days=7)
MOST_KEPT = 1000  # of one platform
MOST_TRIES = 5  # of settling a replayed event
_MOST_LISTED = 500  # platforms
_LARGEST_KEPT = 64 * 1024  # bytes of an unsigned body; a larger one is counted, but not kept
_ALERTS = {CallFault.UNREADABLE, CallFault.REUSED_ID, CallFault.LEGACY_OFF}
_NO_SYNC = {"scope": EVERYTHING, "synchronize_session": False}


class CallRefused(DomainError):
    """The signature or the fixed header is wrong: 401."""

    message = "invalid signature"


@dataclass(frozen=True)
class Verdict:
    """What a call is worth. `fault` is None for one that is right."""

    fault: CallFault | None
    is_accepted: bool
    is_signed: bool = False


RIGHT = Verdict(None, is_accepted=True, is_signed=True)
REUSED_ID = Verdict(CallFault.REUSED_ID, is_accepted=False, is_signed=True)
LEGACY_OFF = Verdict(CallFault.LEGACY_OFF, is_accepted=False, is_signed=True)


def judge(platform: Platform, headers: Mapping[str, str]) -> Verdict:
    """Whether a call at the platform's own address is settled. Reads nothing and writes nothing."""
    signed = is_signed(platform, headers)
    if not has_header(platform, headers):
        return Verdict(CallFault.HEADER, is_accepted=False, is_signed=signed)
    if not signed:
        return Verdict(CallFault.SIGNATURE, is_accepted=platform.signature_mode is SignatureMode.OBSERVE)
    return RIGHT


def is_signed(platform: Platform, headers: Mapping[str, str]) -> bool:
    """Whether one of the platform's keys made the signature."""
    return any(
        receiving(platform.carrier).is_signed(headers, key) for key in platforms.signing_keys(platform)
    )


def has_header(platform: Platform, headers: Mapping[str, str]) -> bool:
    """Whether the fixed header is there, with the present value or one before it."""
    return any(
        receiving(platform.carrier).has_header(headers, key) for key in platforms.header_keys(platform)
    )


@transactional
def keep(platform_id: int, verdict: Verdict, body: bytes | None, *, address: str) -> None:
    """Count a call with a fault, and keep its raw body, encrypted; None for one that is only counted."""
    if verdict.fault is None:
        return
    platform = fetch(Platform, platform_id, EVERYTHING)
    count = _count(platform_id, verdict.fault, was_accepted=verdict.is_accepted)
    if verdict.fault in _ALERTS and count == 1:  # the first of the day
        call_alerts.notify_refused_call(platform, verdict.fault, kept=in_words(KEPT))
    if body is None or (len(body) > _LARGEST_KEPT and not verdict.is_signed):
        return
    db.session.add(
        RefusedCall(
            provider_id=platform.provider_id,
            platform_id=platform_id,
            fault=verdict.fault,
            was_accepted=verdict.is_accepted,
            is_signed=verdict.is_signed,
            address=address[:64],
            payload=body,
        )
    )
    db.session.flush()
    _drop_surplus(platform_id)


def _count(platform_id: int, fault: CallFault, *, was_accepted: bool) -> int:
    """How many there were of this kind today, with this one."""
    key = {"platform_id": platform_id, "day": now().date(), "fault": fault, "was_accepted": was_accepted}
    counted = (
        insert(CallCount)
        .values(**key, count=1)
        .on_conflict_do_update(index_elements=list(key), set_={"count": CallCount.count + 1})
        .returning(CallCount.count)
    )
    return db.session.scalar(counted) or 0


def _drop_surplus(platform_id: int) -> None:
    """All but the newest thousand. What somebody else is dropping at this moment is left to them."""
    own = visible(RefusedCall, EVERYTHING).where(RefusedCall.platform_id == platform_id)
    own = own.with_only_columns(RefusedCall.id)
    # By itself: a statement that locks would lock the thousand that it passes over, too.
    newest_surplus = own.order_by(RefusedCall.id.desc()).offset(MOST_KEPT).limit(1).scalar_subquery()
    surplus = own.where(RefusedCall.id <= newest_surplus).limit(100).with_for_update(skip_locked=True)
    ids = list(db.session.scalars(surplus))
    if ids:
        db.session.execute(delete(RefusedCall).where(RefusedCall.id.in_(ids)), execution_options=_NO_SYNC)


@transactional
def forget_old() -> None:
    """What was kept goes after 7 days, the counts after 90."""
    db.session.execute(
        delete(RefusedCall).where(RefusedCall.received_at < now() - KEPT), execution_options=_NO_SYNC
    )
    db.session.execute(delete(CallCount).where(CallCount.day < now().date() - dt.timedelta(days=90)))


@dataclass(frozen=True)
class Week:
    """Calls with a fault in the last 7 days, and how many events can be replayed.

    `unreadable` are signed calls that could not be read; they are not among the refused.
    """

    refused: int = 0
    unreadable: int = 0
    observed: int = 0
    replayable: int = 0


def weeks(scope: Scope) -> dict[int, Week]:
    """By platform, for those at this place that had any."""
    since = now().date() - KEPT
    counts = (
        select(CallCount.platform_id, CallCount.fault, CallCount.was_accepted, func.sum(CallCount.count))
        .where(
            CallCount.day > since,
            CallCount.platform_id.in_(visible(Platform, scope).with_only_columns(Platform.id)),
        )
        .group_by(CallCount.platform_id, CallCount.fault, CallCount.was_accepted)
    )
    found: dict[int, Counter[str]] = {}
    rows = db.session.execute(counts, execution_options={"scope": scope})
    for platform_id, fault, was_accepted, count in rows:
        refused = "unreadable" if fault is CallFault.UNREADABLE else "refused"
        found.setdefault(platform_id, Counter())["observed" if was_accepted else refused] += count
    open_ones = _replayable(scope).group_by(RefusedCall.platform_id)
    columns = open_ones.with_only_columns(RefusedCall.platform_id, func.count())
    for platform_id, count in db.session.execute(columns):
        found.setdefault(platform_id, Counter())["replayable"] = count
    return {platform_id: Week(**values) for platform_id, values in found.items()}


def refused_page(
    scope: Scope, *, platform_id: int | None = None, after: str | None = None, before: str | None = None
) -> Page[RefusedCall]:
    """Refused and observed calls, newest first, of one platform or of all at this place."""
    query = visible(RefusedCall, scope)
    if platform_id is not None:
        query = query.where(RefusedCall.platform_id == platform_id)
    return page(query, order=(RefusedCall.id,), newest_first=True, after=after, before=before)


def _replayable(scope: Scope) -> Select[RefusedCall]:
    """What nobody replayed yet, or was given up: after a mend of ours it may go through."""
    return visible(RefusedCall, scope).where(
        RefusedCall.was_accepted.is_(False),
        RefusedCall.replayed_at.is_(None),
        or_(RefusedCall.replay_wanted_at.is_(None), RefusedCall.tries >= MOST_TRIES),
    )


@transactional
def want_replay(actor: Actor, scope: Scope, platform_id: int, call_id: int | None = None) -> int:
    """Have a job settle one refused event of a platform, or all that nobody replayed yet.

    Returns how many. Raises NotFound.
    """
    platform = platforms.one(scope, platform_id)
    wanted = _replayable(scope).where(RefusedCall.platform_id == platform.id)
    if call_id is not None:
        wanted = wanted.where(RefusedCall.id == call_id)
    marked = db.session.execute(
        update(RefusedCall)
        .where(RefusedCall.id.in_(wanted.with_only_columns(RefusedCall.id)))
        .values(replay_wanted_at=now(), tries=0),
        execution_options=_NO_SYNC,
    )
    count: int = marked.rowcount  # type: ignore[attr-defined]
    if count:
        record(actor, Action.CALLS_REPLAYED, platform, events=count)
        queue.later(queue.REPLAY_CALLS)
    return count


def wanted() -> list[int]:
    """Refused events that somebody wants settled, oldest first."""
    query = visible(RefusedCall, EVERYTHING).where(
        RefusedCall.replay_wanted_at.is_not(None),
        RefusedCall.replayed_at.is_(None),
        RefusedCall.tries < MOST_TRIES,
    )
    return list(
        db.session.scalars(query.with_only_columns(RefusedCall.id).order_by(RefusedCall.id).limit(500))
    )


@transactional
def set_mode(actor: Actor, scope: Scope, platform_id: int, mode: SignatureMode, *, seen: int) -> None:
    """Enforce signatures, or only observe them. Raises ChangedMeanwhile, NotFound."""
    platform = platforms.one(scope, platform_id)
    platform = fetch(Platform, platform.id, scope, lock=True)
    require_current(platform, seen)
    changes = differences(platform, {"signature_mode": mode})
    if changes:
        platform.signature_mode = mode
        platform.revision += 1
        record(actor, Action.SIGNATURE_MODE_CHANGED, platform, **changes)


def listed(scope: Scope) -> list[Platform]:
    """The platforms at this place and below, by provider."""
    query = visible(Platform, scope).where(Platform.deleted_at.is_(None))
    return list(db.session.scalars(query.order_by(Platform.provider_id, Platform.id).limit(_MOST_LISTED)))


def names(scope: Scope) -> dict[int, tuple[str, str]]:
    """Names of every platform and its provider at this place and below, deleted ones too."""
    query = visible(Platform, scope).join(Provider, Provider.id == Platform.provider_id)
    rows = db.session.execute(
        query.with_only_columns(Platform.id, Platform.name.label("platform"), Provider.name)
    )
    return {row.id: (row.platform, row.name) for row in rows}


def one(scope: Scope, platform_id: int) -> Platform:
    """A platform at this place or below. Raises NotFound."""
    return platforms.one(scope, platform_id)


def refused(scope: Scope, call_id: int) -> RefusedCall:
    """A refused call at this place or below. Raises NotFound."""
    return fetch(RefusedCall, call_id, scope)
