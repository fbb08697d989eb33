"""IM&P, the live channel from the cloud to Unity clients: one Redis stream per user, at each site (D24, S25).

The database is the truth; an event says "look". An event id is `<generation>-<stream id>`. The
generation lives in Redis and changes whenever events may have been lost (Redis emptied, or out of
reach while something happened); a client that comes back with an older one, or with that of another
site, is told to `resync`.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import current_app
from redis import Redis
from redis.exceptions import NoScriptError, RedisError

from app import missed, wakeups
from app.db import after_commit
from app.redis_edge import edges

_GENERATION = "impp:generation"
_KEPT = 1000  # events per user
_DAYS_KEPT = 3
_BEAT_SECONDS = 10
_READ_AT_ONCE = 200
_CHECK = "check"  # between us: no client sees it
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


def publish_all(events: Iterable[tuple[int | None, str, dict[str, Any]]]) -> None:
    """The same for several events, with one round trip to Redis."""
    told = [(user_id, kind, data) for user_id, kind, data in events if user_id is not None]
    if told:
        after_commit(lambda: _publish(told))


def publish_now(user_id: int, kind: str, data: dict[str, Any]) -> None:
    """Tell a user's clients at once. Without a site's Redis, all clients there resync when it is back."""
    _publish([(user_id, kind, data)])


def _publish(events: list[tuple[int, str, dict[str, Any]]]) -> None:
    """At our site first, then at the others; one that does not answer is left out (S25)."""
    _everywhere(lambda redis: _add(redis, events))


def _everywhere(work: Callable[[Redis], object]) -> None:
    for site, edge in edges().items():
        try:
            edge.call(work)
        except RedisError as trouble:
            missed.note(site, _begin_anew, trouble)


# All of it with one command: four of them cost a thread four times as much. KEYS: the generation, then the
# stream of each event. ARGV: a generation to begin with, events kept, seconds kept, where streams are woken;
# then kind, data and user of each event.
_ADD = """
redis.call('SET', KEYS[1], ARGV[1], 'NX')
for n = 2, #KEYS do
  local at = 3 * n - 1
  redis.call('XADD', KEYS[n], 'MAXLEN', '~', ARGV[2], '*', 'kind', ARGV[at], 'data', ARGV[at + 1])
  redis.call('EXPIRE', KEYS[n], ARGV[3])
  redis.call('PUBLISH', ARGV[4], ARGV[at + 2])
end
"""
_ADD_DIGEST = hashlib.sha1(_ADD.encode(), usedforsecurity=False).hexdigest()  # as Redis names scripts


def _add(redis: Redis, events: list[tuple[int, str, dict[str, Any]]]) -> None:
    keys = [_GENERATION, *(_key(user_id) for user_id, _kind, _data in events)]
    told: list[Any] = [secrets.token_hex(6), _KEPT, _DAYS_KEPT * 86_400, wakeups.CHANNEL]
    for user_id, kind, data in events:
        told += [str(kind), json.dumps(data), user_id]
    try:
        redis.evalsha(_ADD_DIGEST, len(keys), *keys, *told)
    except NoScriptError:  # a Redis that was started anew
        redis.eval(_ADD, len(keys), *keys, *told)


def check(user_id: int) -> None:
    """Have the open streams of a user look whether their sessions still count, after commit."""
    after_commit(lambda: publish_now(user_id, _CHECK, {}))


def forget(user_id: int | None) -> None:
    """Messages were erased: what was published about them goes too, and clients look anew."""
    if user_id is not None:
        after_commit(lambda: _forget(user_id))


def _forget(user_id: int) -> None:
    _everywhere(lambda redis: redis.delete(_key(user_id)))
    publish_now(user_id, "resync", {})


def watch() -> None:
    """Notice that a Redis went away, and see to those that are back; called by every sweep."""
    _everywhere(lambda redis: redis.ping())
    missed.settle(_begin_anew)


def _begin_anew(redis: Redis) -> None:
    """A new generation: every client then looks into the database.

    What is there goes first. Nobody would be shown it again, and it may hold words that were erased while
    this Redis was away (S17). In this order: what is added meanwhile is of the generation that ends.
    """
    keys = list(redis.scan_iter(match=_key("*"), count=_READ_AT_ONCE))
    for start in range(0, len(keys), _READ_AT_ONCE):
        redis.unlink(*keys[start : start + _READ_AT_ONCE])
    redis.set(_GENERATION, secrets.token_hex(6))


def stream(
    user_id: int,
    last_event_id: str,
    is_allowed: Callable[[], bool],
    recheck: Callable[[], None] = lambda: None,
) -> Iterator[Event]:
    """Events for one client, from where it stopped, for as long as `is_allowed()` says so.

    Yields an Event of kind "beat" about every ten seconds when nothing happens, and "resync" when the
    client may have missed something. It keeps trying while Redis is away. `is_allowed` is asked at every
    turn and may answer from memory; `recheck` is called when its answer may have changed.
    """
    generation, _, position = last_event_id.partition("-")
    is_fresh, is_new = not last_event_id, True
    redis = current_app.extensions["redis_for_streams"]
    with wakeups.ear(redis).bell(str(user_id)) as bell:
        while is_allowed():
            try:
                current, entries = _read(redis, user_id, position)
                is_gap = current != generation or entries is None
                if not is_gap and (is_new or len(entries or ()) == _READ_AT_ONCE):
                    is_gap = _is_gap(redis, user_id, position)
                if is_gap:
                    generation, position = current, _end(redis, user_id)
                    if not is_fresh:
                        yield Event(f"{generation}-{position}", "resync", {})
                    is_fresh = is_new = False
                    continue
                is_new = False
                for entry_id, event in entries or ():
                    position = entry_id
                    if event["kind"] == _CHECK:
                        recheck()
                    elif is_allowed():
                        yield Event(f"{generation}-{position}", event["kind"], json.loads(event["data"]))
                if len(entries or ()) < _READ_AT_ONCE and not bell.wait(_BEAT_SECONDS):
                    yield Event("", "beat", {})
            except RedisError:
                is_fresh = False  # whatever happens until the first look is missed
                yield Event("", "beat", {})
                bell.wait(1)


_Entries = list[tuple[str, dict[str, str]]]


def _read(redis: Any, user_id: int, position: str) -> tuple[str, _Entries | None]:
    """The generation, and what is in a user's stream after a position; None for one that makes no sense."""
    is_good = bool(_POSITION.fullmatch(position))
    pipe = redis.pipeline(transaction=False)
    pipe.get(_GENERATION)
    if is_good:
        pipe.xrange(_key(user_id), min=f"({position}", count=_READ_AT_ONCE)
    generation, *rest = pipe.execute()
    if generation is None:
        redis.set(_GENERATION, secrets.token_hex(6), nx=True)
        generation = redis.get(_GENERATION)
    return str(generation), rest[0] if rest else None


def _end(redis: Any, user_id: int) -> str:
    newest = redis.xrevrange(_key(user_id), count=1)
    return str(newest[0][0]) if newest else f"{_milliseconds(redis) - 1}-0"


def _is_gap(redis: Any, user_id: int, position: str) -> bool:
    """Whether entries after `position` were trimmed away, or have ended with all others of their days."""
    oldest = redis.xrange(_key(user_id), count=1)
    if not oldest:
        return True
    if _order(position) >= _order(oldest[0][0]):
        return False
    is_long_ago = _order(position)[0] < _milliseconds(redis) - _DAYS_KEPT * 86_400_000
    return is_long_ago or redis.xlen(_key(user_id)) >= _KEPT


def _milliseconds(redis: Any) -> int:
    """The clock by which entries are numbered."""
    seconds, microseconds = redis.time()
    return int(seconds) * 1000 + int(microseconds) // 1000


def _order(position: str) -> tuple[int, int]:
    milliseconds, _, serial = position.partition("-")
    return (int(milliseconds), int(serial)) if milliseconds.isdigit() and serial.isdigit() else (0, 0)


def _key(user_id: int | str) -> str:
    return f"impp:user:{user_id}"
