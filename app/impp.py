"""IM&P, the live channel from the cloud to Unity clients: one Redis stream per user (D24).

The database is the truth; an event says "look". An event id is `<generation>-<stream id>`. The
generation lives in Redis and changes whenever events may have been lost (Redis emptied, or out of
reach while something happened); a client that comes back with an older one is told to `resync`.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import current_app
from redis import Redis
from redis.exceptions import RedisError

from app.db import after_commit
from app.redis_edge import edge

logger = logging.getLogger(__name__)
_GENERATION = "impp:generation"
_KEPT = 1000  # events per user
_DAYS_KEPT = 3
_BEAT_SECONDS = 10
_POSITION = re.compile(r"[0-9]{1,20}-[0-9]{1,20}")


@dataclass(frozen=True)
class Event:
    """What a client receives. `id` is empty for a heartbeat."""

    id: str
    kind: str
    data: dict[str, Any]


def publish(user_id: int | None, kind: str, data: dict[str, Any]) -> None:
    """Tell a user's clients, after the current transaction commits. A media stream (None) has none."""
    if user_id is not None:
        after_commit(lambda: publish_now(user_id, kind, data))


def publish_now(user_id: int, kind: str, data: dict[str, Any]) -> None:
    """Tell a user's clients at once. Without Redis, all clients resync when it is back."""
    try:
        edge().call(lambda redis: _add(redis, user_id, kind, data))
    except RedisError as trouble:
        logger.warning("event not published, clients will resync: %s", type(trouble).__name__)
        _resync_later()


def _add(redis: Redis, user_id: int, kind: str, data: dict[str, Any]) -> None:
    pipe = redis.pipeline(transaction=False)
    pipe.set(_GENERATION, secrets.token_hex(6), nx=True)
    pipe.xadd(_key(user_id), {"kind": kind, "data": json.dumps(data)}, maxlen=_KEPT, approximate=True)
    pipe.expire(_key(user_id), _DAYS_KEPT * 86_400)
    pipe.execute()


def forget(user_id: int | None) -> None:
    """Messages were erased: what was published about them goes too, and clients look anew."""
    if user_id is not None:
        after_commit(lambda: _forget(user_id))


def _forget(user_id: int) -> None:
    try:
        edge().call(lambda redis: redis.delete(_key(user_id)))
    except RedisError:
        logger.warning("events of user %s not removed; they go when Redis is back", user_id)
        edge().after_outage(f"forget {user_id}", lambda redis: redis.delete(_key(user_id)))
    publish_now(user_id, "resync", {})


def watch() -> None:
    """Notice that Redis went away; called by every sweep."""
    try:
        edge().call(lambda redis: redis.ping())
    except RedisError:
        _resync_later()


def _resync_later() -> None:
    """A new generation as soon as Redis is back: every client then looks into the database."""
    edge().after_outage("resync", lambda redis: redis.set(_GENERATION, secrets.token_hex(6)))


def stream(user_id: int, last_event_id: str, is_allowed: Callable[[], bool]) -> Iterator[Event]:
    """Events for one client, from where it stopped, for as long as `is_allowed()` says so.

    Yields an Event of kind "beat" about every ten seconds when nothing happens, and "resync" when the
    client may have missed something. It keeps trying while Redis is away.
    """
    generation, _, position = last_event_id.partition("-")
    fresh = not last_event_id
    while is_allowed():
        try:
            current = _generation()
            if fresh:
                position, fresh = _end(user_id), False
            elif current != generation or not _POSITION.fullmatch(position) or _is_gap(user_id, position):
                position = _end(user_id)
                yield Event(f"{current}-{position}", "resync", {})
            generation = current
            for entry_id, event in _read(user_id, position):
                position = entry_id
                yield Event(f"{generation}-{position}", event["kind"], json.loads(event["data"]))
            yield Event("", "beat", {})
        except RedisError:
            yield Event("", "beat", {})
            time.sleep(1)


def _read(user_id: int, position: str) -> Iterator[tuple[str, dict[str, str]]]:
    """What comes within one beat. Redis waits for us, so an event is here at once."""
    redis = current_app.extensions["redis_for_streams"]
    for _stream, entries in redis.xread({_key(user_id): position}, block=_BEAT_SECONDS * 1000) or []:
        yield from entries


def _generation() -> str:
    redis = current_app.extensions["redis_for_streams"]
    redis.set(_GENERATION, secrets.token_hex(6), nx=True)
    return str(redis.get(_GENERATION))


def _end(user_id: int) -> str:
    newest = current_app.extensions["redis_for_streams"].xrevrange(_key(user_id), count=1)
    return newest[0][0] if newest else "0-0"


def _is_gap(user_id: int, position: str) -> bool:
    """Whether entries after `position` were trimmed away."""
    redis = current_app.extensions["redis_for_streams"]
    if redis.xlen(_key(user_id)) < _KEPT:
        return False
    oldest = redis.xrange(_key(user_id), count=1)
    return bool(oldest) and _order(position) < _order(oldest[0][0])


def _order(position: str) -> tuple[int, int]:
    milliseconds, _, serial = position.partition("-")
    return (int(milliseconds), int(serial)) if milliseconds.isdigit() and serial.isdigit() else (0, 0)


def _key(user_id: int) -> str:
    return f"impp:user:{user_id}"
