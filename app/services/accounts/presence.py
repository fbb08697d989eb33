"""Which Unity clients are there: when each was last seen, and whether the sessions of open streams count.

Thousands of streams are open in one process, so their sessions are looked at together, every ten seconds;
one whose session was ended is told at once.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import func, or_, update
from sqlalchemy.exc import SQLAlchemyError

from app.access.scope import EVERYTHING, Scope, visible
from app.clock import now
from app.db import db, in_own_context, transactional
from app.models import ClientSession, User

logger = logging.getLogger(__name__)
_EVERY = dt.timedelta(minutes=1)  # how often a client that is there is written down
_HERE = dt.timedelta(seconds=90)  # seen within it means there
_ROUND_SECONDS = 10.0
_AT_ONCE = 1000


@dataclass(frozen=True)
class Seen:
    """When a user's clients were last seen; `is_here` while one of them is signed in and listens or asks."""

    at: dt.datetime | None
    is_here: bool


def of_user(scope: Scope) -> Seen:
    """Whether this user's clients are there."""
    query = visible(ClientSession, scope).with_only_columns(
        func.max(ClientSession.last_seen_at),
        func.max(ClientSession.last_seen_at).filter(ClientSession.ended_at.is_(None)),
    )
    at, still = db.session.execute(query).one()
    return Seen(at, still is not None and still > now() - _HERE)


def note(session_id: int, last_seen_at: dt.datetime | None) -> None:
    """A client asked for something: once a minute, that is written down."""
    if last_seen_at is None or last_seen_at < now() - _EVERY:
        _note([session_id])


class _Stream:
    """The session of one open stream, as it was when it was last looked at."""

    def __init__(self, session_id: int):
        self.session_id = session_id
        self.is_alive = True


class Roll:
    """The streams that are open in this process, called every ten seconds while there are any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._streams: set[_Stream] = set()
        self._is_called = False

    @contextmanager
    def entered(self, session_id: int) -> Iterator[_Stream]:
        """Count in one stream until the end of the block; to be called inside an app context."""
        stream = _Stream(session_id)
        with self._lock:
            self._streams.add(stream)
            if not self._is_called:
                self._is_called = True
                threading.Thread(target=in_own_context(self._call), name="presence", daemon=True).start()
        try:
            yield stream
        finally:
            with self._lock:
                self._streams.discard(stream)

    def look(self, streams: list[_Stream]) -> None:
        """See which of these sessions still count, and write down that their clients are there."""
        ids = {stream.session_id for stream in streams}
        alive = _alive(ids)
        for stream in streams:
            stream.is_alive = stream.session_id in alive
        _note(sorted(alive))

    def _call(self) -> None:
        pause = threading.Event()
        while not pause.wait(_ROUND_SECONDS):
            with self._lock:
                streams = list(self._streams)
                self._is_called = bool(streams)
            if not streams:
                return
            try:
                self.look(streams)
            except SQLAlchemyError as trouble:  # they go on until the database can be asked again
                logger.warning("presence: the database does not answer: %s", type(trouble).__name__)
            finally:
                db.session.remove()


ROLL = Roll()


@contextmanager
def listening(session_id: int) -> Iterator[_Stream]:
    """One open stream of a client session: `is_alive` says whether it may go on."""
    with ROLL.entered(session_id) as stream:
        ROLL.look([stream])
        db.session.remove()
        yield stream


def recheck(stream: _Stream) -> None:
    """Something happened to the session: look now."""
    ROLL.look([stream])
    db.session.remove()


def _alive(session_ids: set[int]) -> set[int]:
    """Those that did not end. A stream needs no new token while its session can still get one."""
    lasts_until = func.coalesce(ClientSession.refresh_expires_at, ClientSession.expires_at)
    found: set[int] = set()
    ids = sorted(session_ids)
    for start in range(0, len(ids), _AT_ONCE):
        query = visible(ClientSession, EVERYTHING).join(User, User.id == ClientSession.user_id)
        query = query.where(
            ClientSession.id.in_(ids[start : start + _AT_ONCE]),
            ClientSession.ended_at.is_(None),
            lasts_until > now(),
            User.closed_at.is_(None),
        )
        found |= set(db.session.scalars(query.with_only_columns(ClientSession.id)))
    db.session.rollback()
    return found


@transactional
def _note(session_ids: list[int]) -> None:
    """In the order of their ids, and only those that were not written down within the minute."""
    due = or_(ClientSession.last_seen_at.is_(None), ClientSession.last_seen_at < now() - _EVERY)
    for start in range(0, len(session_ids), _AT_ONCE):
        db.session.execute(
            update(ClientSession)
            .where(ClientSession.id.in_(session_ids[start : start + _AT_ONCE]), due)
            .values(last_seen_at=now()),
            execution_options={"scope": EVERYTHING, "synchronize_session": False},
        )
