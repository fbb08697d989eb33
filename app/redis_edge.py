"""The short way to Redis, which never makes people wait twice for a Redis that is away (D24).

The call that meets an outage pays for it with its timeout. From then on every call is refused at once,
while one thread of this process looks twice a second whether Redis is back; what an outage left undone
is done then, and the way is open again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakKeyDictionary

from flask import current_app
from redis import Redis
from redis.exceptions import ConnectionError as NotConnected
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as TooSlow

from app.config import settings

T = TypeVar("T")
_LOOK_EVERY = 0.5  # seconds


class KnownToBeAway(NotConnected):
    """Not asked: an earlier call found Redis away, and nobody has seen it since."""


class Edge:
    """One connection pool, and whether there is a Redis behind it."""

    def __init__(self, redis: Redis):
        self._redis = redis
        self._lock = threading.Lock()
        self._is_away = self._is_looking = False
        self._undone: dict[str, Callable[[Redis], object]] = {}

    def call(self, work: Callable[[Redis], T]) -> T:
        """What `work` returns. Raises RedisError; KnownToBeAway at once during an outage."""
        if self._is_away:
            raise KnownToBeAway
        try:
            return work(self._redis)
        except (NotConnected, TooSlow):
            with self._lock:
                self._is_away = True
                self._look()
            raise

    def after_outage(self, name: str, work: Callable[[Redis], object]) -> None:
        """Do `work` as soon as Redis answers; once, however often it is asked for under this name."""
        with self._lock:
            self._undone[name] = work
            self._look()

    def _look(self) -> None:
        """Under the lock: start the one thread that looks, unless it is at it."""
        if not self._is_looking:
            self._is_looking = True
            threading.Thread(target=self._until_back, name="redis-edge", daemon=True).start()

    def _until_back(self) -> None:
        while True:
            time.sleep(_LOOK_EVERY)
            try:
                self._redis.ping()
                self._is_away = False
                self._do_undone()
            except RedisError:
                continue
            with self._lock:
                if not self._undone and not self._is_away:  # nothing came while we were busy
                    self._is_looking = False
                    return

    def _do_undone(self) -> None:
        with self._lock:
            waiting = dict(self._undone)
        for name, work in waiting.items():
            work(self._redis)
            with self._lock:
                if self._undone.get(name) is work:
                    del self._undone[name]


_edges: WeakKeyDictionary[Redis, Edge] = WeakKeyDictionary()
_making = threading.Lock()


def edge() -> Edge:
    """The edge of the running app's Redis."""
    return _edge_of(current_app.extensions["redis"])


def edges() -> dict[str, Edge]:
    """Those of every site's Redis by the site's name, our own first; each has an outage of its own (S25)."""
    peers: dict[str, Redis] = current_app.extensions["redis_of_peers"]
    return {settings().site: edge(), **{site: _edge_of(redis) for site, redis in peers.items()}}


def _edge_of(redis: Redis) -> Edge:
    with _making:
        if redis not in _edges:
            _edges[redis] = Edge(redis)
        return _edges[redis]
