"""How long are texts kept? A provider says how many days; what is older loses words and media by itself.

It goes in small batches with pauses between them, each a transaction of a few milliseconds that waits for
nobody: a conversation in which something happens at that moment has its turn later. The history proves it,
with one line for each day.
"""

from __future__ import annotations

import datetime as dt
import time

from sqlalchemy import Select, func, literal

from app import impp, queue
from app.access.policy import SYSTEM, Actor
from app.access.scope import EVERYTHING, Scope, fetch, visible
from app.clock import now
from app.db import db, end_read, transactional
from app.errors import Invalid
from app.models import AuditEntry, Conversation, Message, Provider
from app.services.accounts import nodes
from app.services.audit.record import Action, record
from app.services.messaging import erasure
from app.services.revisions import require_current
from app.vocabulary import Level, MessageState

LONGEST = 3650  # days
_BATCH = 200
_PAUSE = 0.05  # seconds between two batches
_LONGEST_RUN = 2.0  # seconds; then whatever else this worker has to do comes first
# What has become old enough waits for company: a user's clients look anew once an hour at most.
_SLACK = dt.timedelta(hours=1)
_ON_THEIR_WAY = (MessageState.QUEUED, MessageState.CLAIMED, MessageState.SENDING)


def checked(days: int | None) -> int | None:
    """Raises Invalid."""
    if days is not None and not 1 <= days <= LONGEST:
        raise Invalid(f"Enter 1 to {LONGEST} days, or nothing.", field="retention_days")
    return days


def would_erase(scope: Scope, days: int | None) -> int:
    """How many saved messages of a provider are older than that many days. Raises Invalid, NotFound."""
    provider = fetch(Provider, scope.node_id or 0, scope)
    days = checked(days)
    if days is None:
        return 0
    query = _older(provider.id, now() - dt.timedelta(days=days))
    return db.session.scalar(query.with_only_columns(func.count())) or 0


def is_shorter(before: int | None, days: int | None) -> bool:
    """Whether something may be erased that was kept before."""
    return days is not None and (before is None or days < before)


@transactional
def change(actor: Actor, scope: Scope, days: int | None, *, seen: int) -> None:
    """Set for how many days a provider's texts are kept, as it was at revision `seen`. None: until deleted.

    Raises Invalid, Closed, ChangedMeanwhile, NotFound.
    """
    provider: Provider = nodes.open_node(scope)
    require_current(provider, seen)
    days = checked(days)
    if days == provider.retention_days:
        return
    record(actor, Action.RETENTION_CHANGED, provider, retention_days=[provider.retention_days, days])
    provider.retention_days = days
    provider.revision += 1
    queue.later(queue.ERASE_OLD)


def is_due() -> bool:
    """Whether any provider has texts that are too old."""
    return any(
        db.session.scalar(_older(provider_id, _before(days) - _SLACK).with_only_columns(literal(1)).limit(1))
        for provider_id, days in _providers()
    )


def erase_old() -> None:
    """Erase what is too old, for a moment; the rest after whatever else the worker has to do."""
    queue.woken(queue.ERASE_OLD)
    until = time.monotonic() + _LONGEST_RUN
    told: set[int] = set()
    for provider_id, _days in _providers():
        while _erase_some(provider_id, told):
            if time.monotonic() > until:
                queue.push(queue.ERASE_OLD)
                return
            time.sleep(_PAUSE)


def _providers() -> list[tuple[int, int]]:
    query = visible(Provider, EVERYTHING).where(Provider.retention_days.is_not(None)).order_by(Provider.id)
    rows = db.session.execute(query.with_only_columns(Provider.id, Provider.retention_days)).all()
    end_read()
    return [(row.id, row.retention_days) for row in rows]


def _before(days: int) -> dt.datetime:
    return now() - dt.timedelta(days=days)


def _older(provider_id: int, before: dt.datetime) -> Select[Message]:
    """What may be erased: texts on their way out may not yet."""
    return visible(Message, Scope(Level.PROVIDER, provider_id)).where(
        Message.erased_at.is_(None), Message.created_at < before, Message.state.not_in(_ON_THEIR_WAY)
    )


@transactional
def _erase_some(provider_id: int, told: set[int]) -> bool:
    """One batch, the oldest first, with its line in the history. Returns whether there was anything.

    Conversations are locked before messages, as whoever writes into one does, and one that is locked is left
    for later.
    """
    provider = fetch(Provider, provider_id, EVERYTHING, lock=True)  # two jobs would both write the line
    if provider.retention_days is None:
        return False
    before = _before(provider.retention_days)
    oldest = _older(provider_id, before).order_by(Message.created_at, Message.id).limit(_BATCH)
    columns = (Message.id, Message.conversation_id, Message.user_id)
    rows = db.session.execute(oldest.with_only_columns(*columns)).all()
    free = _locked({row.conversation_id for row in rows if row.conversation_id is not None})
    rows = [row for row in rows if row.conversation_id is None or row.conversation_id in free]
    if not rows:
        return False
    erasure.erase_batch([row.id for row in rows])
    erasure.drop_empty(free)
    _prove(provider, len(rows), before)
    for user_id in sorted({row.user_id for row in rows if row.user_id is not None} - told):
        impp.forget(user_id)
        told.add(user_id)
    return True


def _locked(conversation_ids: set[int]) -> set[int]:
    query = visible(Conversation, EVERYTHING).where(Conversation.id.in_(sorted(conversation_ids)))
    locked = query.with_only_columns(Conversation.id).order_by(Conversation.id)
    return set(db.session.scalars(locked.with_for_update(skip_locked=True)))


def _prove(provider: Provider, count: int, before: dt.datetime) -> None:
    """The line of this provider and day (UTC) counts on, in the transaction that erases."""
    midnight = now().replace(hour=0, minute=0, second=0, microsecond=0)
    query = visible(AuditEntry, EVERYTHING).where(
        AuditEntry.target_kind == Provider.__tablename__,
        AuditEntry.target_id == provider.id,
        AuditEntry.action == Action.RETENTION_ERASED.value,
        AuditEntry.at >= midnight,
    )
    entry = db.session.scalar(query.order_by(AuditEntry.id.desc()).limit(1))
    if entry is None:
        record(SYSTEM, Action.RETENTION_ERASED, provider, messages=count, older_than=before.isoformat())
    else:
        total = entry.change["messages"] + count
        entry.change = {**entry.change, "messages": total, "older_than": before.isoformat()}
