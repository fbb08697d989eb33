"""Security events: refused requests are counted, never listed one by one (adr/0026).

A request only adds to a count in the memory of its process, which asks nobody and waits for nobody. A second
later a thread adds the counts of that second to the table, in a transaction of its own: so a request that is
undone is counted, without Redis too, and 20,000 requests of one kind from one place in an hour are one row.
"""

from __future__ import annotations

import atexit
import datetime as dt
import hashlib
import hmac
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, delete, func, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Engine

from app.access.policy import Actor
from app.access.scope import EVERYTHING, Scope, place_of, visible
from app.addresses import counted_as
from app.clock import now
from app.config import settings
from app.db import db, end_read, in_own_context, transactional
from app.models import PortalUser, SecurityEvent, User
from app.services.keyset import Page, page
from app.services.outages import is_away
from app.services.search_index import pattern
from app.services.security.buckets import NOBODY, SEVERAL, Bucket, Tally, Who, folded, hour_of
from app.vocabulary import ActorKind, Role, SecurityEventKind

logger = logging.getLogger(__name__)
WRITE_AFTER = 1.0  # seconds
_AGAIN_AFTER = 5.0  # seconds, while the database is away
_MOST_WAITING = 500  # different counts in memory; what comes then has neither address nor account
_MOST_ROWS = 500_000
_FORGOTTEN_AT_ONCE = 5_000
_LONGEST_NAME, _LONGEST_ROUTE = 254, 80
_BATCH = 1000


# By which a name is found, and how it is shown.
_STAFF_NAMES = (PortalUser.email, PortalUser.email.label("shown"))
_USER_NAMES = (User.broadworks_key, User.broadworks_id)


class _Waiting:
    """The counts of this process that are not in the table yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[tuple[Bucket, Who], Tally] = {}
        self._is_timed = False
        self.is_timed = True  # tests write when they want to

    def add(self, bucket: Bucket, who: Who, tally: Tally, write: Callable[[], None]) -> None:
        with self._lock:
            key = (bucket, who)
            if key not in self._counts and len(self._counts) >= _MOST_WAITING:
                bucket, who = bucket._replace(address="", actor_kind=SEVERAL.kind, actor=""), SEVERAL
                key = (bucket, who)
            self._counts[key] = self._counts[key] + tally if key in self._counts else tally
            self._start(write, WRITE_AFTER)

    def take(self) -> dict[tuple[Bucket, Who], Tally]:
        with self._lock:
            taken, self._counts = self._counts, {}
            self._is_timed = False
            return taken

    def give_back(self, taken: dict[tuple[Bucket, Who], Tally], write: Callable[[], None]) -> None:
        """They could not be written: again in a while, with what came meanwhile."""
        with self._lock:
            for key, tally in self._counts.items():
                taken[key] = taken[key] + tally if key in taken else tally
            self._counts = taken
            self._start(write, _AGAIN_AFTER)

    def _start(self, write: Callable[[], None], seconds: float) -> None:
        """Under the lock: the one timer, unless it runs."""
        if self._is_timed or not self.is_timed:
            return
        self._is_timed = True
        timer = threading.Timer(seconds, write)
        timer.daemon = True
        timer.start()


waiting = _Waiting()
_at_exit: list[Callable[[], None]] = []


def record_event(
    kind: SecurityEventKind, *, address: str, who: Who = NOBODY, route: str = "", count: int = 1
) -> None:
    """Count something that was refused.

    `address`: where it came from, as the connection says it; `who`: see `who_is` and `claimed`; `route`: the
    name of the address of ours that was asked. Asks no database and raises nothing.
    """
    at = now()
    who = replace(who, name=_storable(who.name))
    bucket = Bucket(hour_of(at), kind, counted_as(address), who.kind, who.name)
    write = in_own_context(_write_quietly)
    waiting.add(bucket, who, Tally(count, at, at, route[:_LONGEST_ROUTE], who.id), write)
    if not _at_exit:
        _at_exit.append(atexit.register(write))


def who_is(actor: Actor | None) -> Who:
    """The account of somebody who is signed in; nobody for None."""
    if actor is None:
        return NOBODY
    if actor.role is Role.CLIENT:
        return Who(ActorKind.CLIENT, actor.name, actor.scope.node_id)
    return Who(ActorKind.STAFF, actor.name, actor.account_id)


def claimed(kind: ActorKind, name: str) -> Who:
    """The name with which somebody tried to sign in, as portal user (STAFF) or user (CLIENT).

    Whether there is such an account is asked when the count is written, never while the request waits. A name
    without one is kept as a keyed digest: it may be a password that was typed into the wrong field.
    """
    return Who(kind, name.strip().lower(), is_claimed=True)


def write_waiting() -> None:
    """Add the counts of this process to the table. Raises what is_away knows; then they wait on."""
    taken = waiting.take()
    if not taken:
        return
    try:
        _write(taken)
    except Exception as trouble:
        if is_away(trouble):  # what no database takes would else be tried for ever
            waiting.give_back(taken, in_own_context(_write_quietly))
        raise


def _write_quietly() -> None:
    """In a thread, or at the end of the process."""
    if not waiting.is_timed or not isinstance(db.engine, Engine):
        return  # the one connection of a test, which is busy
    try:
        write_waiting()
    except Exception as trouble:
        if not is_away(trouble):
            logger.exception("security events of a second are lost")
            return
        logger.warning("security events wait for the database: %s", type(trouble).__name__)


def _storable(name: str) -> str:
    """Without what no database takes: NUL, half a character."""
    return name.replace("\0", "").encode(errors="replace").decode()[:_LONGEST_NAME]


@transactional
def _write(taken: dict[tuple[Bucket, Who], Tally]) -> None:
    """Rows that are there are counted on by their ids, so that no id is used up for nothing; a row that
    another process makes at this moment is counted on all the same.
    """
    counts = _named(taken)
    ids = _existing({bucket[:2] for bucket in counts})
    rows = folded(counts, set(ids))
    for bucket in sorted(rows, key=lambda one: (one not in ids, ids.get(one, 0), one)):
        tally = rows[bucket]
        more = {
            "count": SecurityEvent.count + tally.count,
            "last_at": _later(SecurityEvent.last_at, tally.last_at),
            "last_route": tally.route,
        }
        if bucket in ids:
            db.session.execute(update(SecurityEvent).where(SecurityEvent.id == ids[bucket]).values(more))
            continue
        new = insert(SecurityEvent).values(
            **bucket._asdict(),
            actor_id=tally.actor_id,
            count=tally.count,
            last_route=tally.route,
            first_at=tally.first_at,
            last_at=tally.last_at,
        )
        db.session.execute(new.on_conflict_do_update(index_elements=list(Bucket._fields), set_=more))


def _later(column: Any, at: dt.datetime) -> ColumnElement[Any]:
    return func.greatest(column, literal(at, column.type), type_=column.type)


def _named(taken: dict[tuple[Bucket, Who], Tally]) -> dict[Bucket, Tally]:
    """Names that were claimed become accounts, or digests."""
    known = _accounts({who for _, who in taken if who.is_claimed})
    counts: dict[Bucket, Tally] = {}
    for (bucket, who), tally in taken.items():
        real = known.get(who, Who(ActorKind.UNKNOWN, _digest(who.name))) if who.is_claimed else who
        row = bucket._replace(actor_kind=real.kind, actor=real.name)
        named = replace(tally, actor_id=real.id)
        counts[row] = counts[row] + named if row in counts else named
    return counts


def _accounts(claims: set[Who]) -> dict[Who, Who]:
    """Those of these names that portal users or users have."""
    found: dict[Who, Who] = {}
    for kind, query in (
        (ActorKind.STAFF, visible(PortalUser, EVERYTHING).with_only_columns(PortalUser.id, *_STAFF_NAMES)),
        (ActorKind.CLIENT, _open_users().with_only_columns(User.id, *_USER_NAMES)),
    ):
        names = {who.name: who for who in claims if who.kind is kind and who.name}
        if names:
            key = query.selected_columns[1]
            for row_id, name, shown in db.session.execute(query.where(key.in_(names))):
                found[names[name]] = Who(kind, shown, row_id)
    return found


def _open_users() -> Any:
    return visible(User, EVERYTHING).where(User.closed_at.is_(None))


def _digest(name: str) -> str:
    """Enough to see that it is the same name, worth nothing without our key."""
    if not name:
        return ""
    return hmac.new(_key(), name.encode(), hashlib.sha256).hexdigest()[:12]


def _key() -> bytes:
    return b"name of nobody:" + settings().secret_key.encode()


def _existing(parts: set[tuple[dt.datetime, SecurityEventKind]]) -> dict[Bucket, int]:
    """The rows of these hours and kinds, with their ids: a few hundred at most."""
    columns = [getattr(SecurityEvent, name) for name in Bucket._fields]
    query = select(SecurityEvent.id, *columns).where(
        tuple_(SecurityEvent.hour, SecurityEvent.kind).in_(sorted(parts))
    )
    return {Bucket(*row[1:]): row[0] for row in db.session.execute(query)}


@dataclass(frozen=True)
class Filters:
    """What the page is narrowed to; "" and None ask for all. `until` is the first moment that is not."""

    kind: SecurityEventKind | None = None
    actor: str = ""
    address: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None

    def __bool__(self) -> bool:
        return self != Filters()


def events_page(
    filters: Filters = Filters(), *, after: str | None = None, before: str | None = None
) -> Page[SecurityEvent]:
    """Newest hour first."""
    return _page(filters, after=after, before=before)


def events_in_batches(filters: Filters) -> Iterator[list[SecurityEvent]]:
    """All of it, a thousand rows at a time, for a file."""
    mark = None
    while True:
        batch = _page(filters, after=mark, limit=_BATCH)
        yield batch.items
        db.session.expunge_all()
        end_read()
        mark = batch.after
        if mark is None:
            return


def places_of(rows: list[SecurityEvent]) -> dict[int, Scope]:
    """Where the portal users of these rows have their accounts now, by their ids."""
    ids = {row.actor_id for row in rows if row.actor_kind is ActorKind.STAFF and row.actor_id is not None}
    if not ids:
        return {}
    query = visible(PortalUser, EVERYTHING).where(PortalUser.id.in_(ids))
    return {person.id: place_of(person) for person in db.session.scalars(query)}


def counts_since(since: dt.datetime) -> dict[SecurityEventKind, int]:
    """How many of each kind in the hours from then on, for an overview; kinds without any are left out."""
    query = (
        select(SecurityEvent.kind, func.sum(SecurityEvent.count))
        .where(SecurityEvent.hour >= hour_of(since))
        .group_by(SecurityEvent.kind)
    )
    return {kind: int(count) for kind, count in db.session.execute(query)}


@transactional
def forget_old() -> None:
    """Hours older than SECURITY_EVENTS_DAYS go, and the oldest above 500,000 rows; 5,000 with each sweep."""
    before = now() - dt.timedelta(days=settings().security_events_days)
    newest = db.session.scalar(select(func.max(SecurityEvent.id))) or 0
    old = (
        select(SecurityEvent.id)
        .where((SecurityEvent.hour < before) | (SecurityEvent.id <= newest - _MOST_ROWS))
        .order_by(SecurityEvent.hour, SecurityEvent.id)
        .limit(_FORGOTTEN_AT_ONCE)
    )
    statement = delete(SecurityEvent).where(SecurityEvent.id.in_(old))
    db.session.execute(statement, execution_options={"synchronize_session": False})


def _page(filters: Filters, **more: Any) -> Page[SecurityEvent]:
    query = select(SecurityEvent)
    if filters.since is not None:
        query = query.where(SecurityEvent.hour >= hour_of(filters.since))
    if filters.until is not None:
        query = query.where(SecurityEvent.hour < filters.until)
    fits = None
    if filters.kind or filters.actor.strip() or filters.address.strip():
        fits = lambda model: _fits(model, filters)  # noqa: E731
    return page(query, order=(SecurityEvent.hour, SecurityEvent.id), newest_first=True, fits=fits, **more)


def _fits(model: Any, filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.kind:
        conditions.append(model.kind == filters.kind)
    if filters.actor.strip():
        conditions.append(model.actor.ilike(pattern(filters.actor), escape="\\"))
    if typed := filters.address.strip():
        whole = counted_as(typed)
        part = model.address.ilike(pattern(typed), escape="\\")
        conditions.append(model.address == whole if whole else part)
    return conditions
