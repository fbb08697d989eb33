"""One ear for all event streams of a process: whose stream has something new is told by one subscription.

A stream that asked Redis itself would need a connection of its own for as long as it is open. Here one
thread listens and rings the bells of the streams concerned; each then looks for itself, so a ring that was
lost costs only the time until the next beat.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)
CHANNEL = "impp:wake"
_POLL_SECONDS = 5.0
_AGAIN_SECONDS = 1.0


class Bell:
    """Rings for one stream."""

    def __init__(self) -> None:
        self._rung = threading.Event()

    def ring(self) -> None:
        self._rung.set()

    def wait(self, seconds: float) -> bool:
        """Until it rings, or that long. Returns whether it rang; from then on it can ring anew."""
        has_rung = self._rung.wait(seconds)
        self._rung.clear()
        return has_rung


class Ear:
    """Listens for as long as there are bells, and rings those of the key that somebody calls."""

    def __init__(self, redis: Redis):
        self._redis = redis
        self._lock = threading.Lock()
        self._bells: dict[str, set[Bell]] = {}
        self._is_listening = False

    @contextmanager
    def bell(self, key: str) -> Iterator[Bell]:
        """A bell that rings for `key` until the end of the block."""
        bell = Bell()
        with self._lock:
            self._bells.setdefault(key, set()).add(bell)
            if not self._is_listening:
                self._is_listening = True
                threading.Thread(target=self._listen, name="wakeups", daemon=True).start()
        try:
            yield bell
        finally:
            with self._lock:
                self._bells[key].discard(bell)
                if not self._bells[key]:
                    del self._bells[key]

    def _listen(self) -> None:
        while True:
            try:
                self._hear()
            except RedisError as trouble:
                logger.warning("wake-ups: Redis does not answer: %s", type(trouble).__name__)
            if self._is_over():
                return
            self._ring_all()  # whatever was said meanwhile was not heard
            threading.Event().wait(_AGAIN_SECONDS)

    def _hear(self) -> None:
        """Until nobody needs it any longer."""
        with self._redis.pubsub() as line:
            line.subscribe(CHANNEL)
            while self._bells:
                said = line.get_message(timeout=_POLL_SECONDS)
                if said is None:
                    continue
                if said["type"] == "message":
                    self._ring(_as_text(said["data"]))
                elif said["type"] == "subscribe":
                    self._ring_all()

    def _is_over(self) -> bool:
        with self._lock:
            self._is_listening = bool(self._bells)
            return not self._is_listening

    def _ring(self, key: str) -> None:
        with self._lock:
            bells = list(self._bells.get(key, ()))
        for bell in bells:
            bell.ring()

    def _ring_all(self) -> None:
        with self._lock:
            keys = list(self._bells)
        for key in keys:
            self._ring(key)


def _as_text(data: str | bytes) -> str:
    return data if isinstance(data, str) else data.decode()


_ears: WeakKeyDictionary[Redis, Ear] = WeakKeyDictionary()
_making = threading.Lock()


def ear(redis: Redis) -> Ear:
    """The ear of this process at this Redis."""
    with _making:
        if redis not in _ears:
            _ears[redis] = Ear(redis)
        return _ears[redis]
