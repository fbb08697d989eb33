"""Open event streams in one process: how many a user may have, what proxies are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from threading import Lock

from flask import Response, stream_with_context

RETRY_MILLISECONDS = 2000
SECONDS_UNTIL_NOTICED = 10  # a client that went away is noticed at the next beat


class Streams:
    """A stream may hold a thread of its process: one user's must not take them all."""

    def __init__(self, most: int):
        self.most = most
        self.live: Counter[int] = Counter()
        self._counting = Lock()

    def enter(self, user_id: int) -> bool:
        """Whether this user may open one more; then it counts until it leaves."""
        with self._counting:
            if self.live[user_id] >= self.most:
                return False
            self.live[user_id] += 1
            return True

    def leave(self, user_id: int) -> None:
        """One is closed."""
        with self._counting:
            self.live[user_id] -= 1
            if not self.live[user_id]:
                del self.live[user_id]

    def answer(self, lines: Iterator[str], user_id: int) -> Response:
        """An answer that nobody keeps or gathers on the way, and that gives its place back at its end."""
        response = Response(stream_with_context(lines), content_type="text/event-stream")
        response.call_on_close(lambda: self.leave(user_id))
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Accel-Buffering"] = "no"
        return response
