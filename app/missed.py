"""Which site's Redis missed events: written down in the database until that site's clients were told (S25).

A process that cannot publish to a Redis makes a note, once for many events. When that Redis answers again
the process has the clients read anew and takes its note back. If it died meanwhile, or cannot reach that
Redis while others can, any site's sweep does so in its place (adr/0018).
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.exc import SQLAlchemyError

from app.clock import now
from app.db import db, end_read, in_own_context, transactional
from app.models import MissedEvents
from app.redis_edge import Edge, edges

logger = logging.getLogger(__name__)
_LEASE = dt.timedelta(seconds=60)
_MARGIN = dt.timedelta(seconds=15)  # how far the clocks of two machines may be apart
_TOLD_EVERY = dt.timedelta(seconds=60)  # clients of a Redis that one process cannot reach and another can
_FORGOTTEN_AFTER = dt.timedelta(days=3)  # as long as events are kept

Tell = Callable[[Redis], object]


@dataclass(frozen=True)
class _Note:
    """A row as it was read or written."""

    id: int
    kept_until: dt.datetime


_notes: WeakKeyDictionary[Edge, _Note] = WeakKeyDictionary()  # this process's own
_writing = threading.Lock()


def note(site: str, tell: Tell, trouble: RedisError) -> None:
    """This site's Redis was not told of something. Its clients read anew as soon as it answers.

    To be called after the miss, so that the note is of a later moment, and outside of transactions.
    `tell` is what has them read anew.
    """
    edge = edges()[site]
    with _writing:
        held = _notes.get(edge)
        if held is None or held.kept_until - _MARGIN < now():
            logger.warning("%s, clients will resync: %s", _missing_at(site), type(trouble).__name__)
            try:
                _notes[edge] = in_own_context(_write)(site, held)
            except SQLAlchemyError as also:  # if this process lives, it tells them all the same
                logger.warning("not written down that clients must resync: %s", type(also).__name__)
    edge.after_outage("resync", _teller(edge, tell))


def settle(tell: Tell) -> None:
    """Have the clients of every site read anew whose Redis missed events and answers; called by every sweep.

    Notes of processes that live are left to them, for a minute.
    """
    known = edges()
    for site, notes in _due().items():
        if site not in known:
            logger.warning("%s: SITE and PEER_REDIS_URLS do not name it alike everywhere", _missing_at(site))
            _forget_old(site)
            continue
        at = now()
        try:
            known[site].call(tell)
        except RedisError:
            continue  # it is away: a later sweep, of whichever site
        _take_back([one for one in notes if one.kept_until <= at])
        _told([one for one in notes if one.kept_until > at], at)


def _teller(edge: Edge, tell: Tell) -> Tell:
    """What this process does when the Redis answers again. An event that is missed while it is at it finds
    no note any longer, and makes a new one.
    """

    def work(redis: Redis) -> None:
        with _writing:
            held = _notes.pop(edge, None)
        tell(redis)
        if held is not None:
            try:
                take_back([held])
            except SQLAlchemyError as trouble:  # a sweep will tell them once more
                logger.warning("a note of missed events is left: %s", type(trouble).__name__)

    take_back = in_own_context(_take_back)
    return work


def _missing_at(site: str) -> str:
    return f"events are not published at {site}" if site else "events are not published"


@transactional
def _write(site: str, held: _Note | None) -> _Note:
    """The same note for longer, or a new one where there is none, or somebody took it back."""
    at = now()
    until = at + _LEASE
    if held is not None:
        longer = update(MissedEvents).where(_is(held)).values(kept_until=until)
        if db.session.scalar(longer.returning(MissedEvents.id)) is not None:
            return _Note(held.id, until)
    row = MissedEvents(site=site, since=at, kept_until=until)
    db.session.add(row)
    db.session.flush()
    return _Note(row.id, until)


def _due() -> dict[str, list[_Note]]:
    """All notes of each site that has to be told now."""
    at = now()
    found: dict[str, list[_Note]] = defaultdict(list)
    overdue = set()
    for row in db.session.scalars(select(MissedEvents).order_by(MissedEvents.id)):
        found[row.site].append(_Note(row.id, row.kept_until))
        if row.kept_until <= at or row.since <= at - _TOLD_EVERY:
            overdue.add(row.site)
    end_read()
    return {site: notes for site, notes in found.items() if site in overdue}


@transactional
def _take_back(notes: list[_Note]) -> None:
    """Those that nobody has renewed since they were read."""
    for one in notes:
        db.session.execute(delete(MissedEvents).where(_is(one)))


@transactional
def _told(notes: list[_Note], at: dt.datetime) -> None:
    """Their processes still miss events; what was missed up to now the clients know."""
    ids = [one.id for one in notes]
    db.session.execute(update(MissedEvents).where(MissedEvents.id.in_(ids)).values(since=at))


@transactional
def _forget_old(site: str) -> None:
    """Of a site that is no more: its events are gone by now, too."""
    is_old = MissedEvents.kept_until < now() - _FORGOTTEN_AFTER
    db.session.execute(delete(MissedEvents).where(MissedEvents.site == site, is_old))


def _is(one: _Note) -> ColumnElement[bool]:
    return (MissedEvents.id == one.id) & (MissedEvents.kept_until == one.kept_until)
