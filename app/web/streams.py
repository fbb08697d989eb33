"""Open event streams of web clients in one process: how many a user may have, what proxies are told."""

from __future__ import annotations

from collections import Counter
from threading import Lock

from flask import Response

RETRY_MILLISECONDS = 2000
# A stream may hold a thread of its process: one user's must not take them all. A page that was left counts
# until the next beat, ten seconds at most, so somebody who reloads a lot has several.
MOST = 24
_live: Counter[int] = Counter()
_counting = Lock()


def enter(user_id: int) -> bool:
    """Whether this user may open one more; then it counts until `prepared` ends it."""
    with _counting:
        if _live[user_id] >= MOST:
            return False
        _live[user_id] += 1
        return True


def prepared(response: Response, user_id: int) -> Response:
    """An answer that nobody keeps or gathers on the way, and that gives its place back at its end."""
    response.call_on_close(lambda: _leave(user_id))
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _leave(user_id: int) -> None:
    with _counting:
        _live[user_id] -= 1
        if not _live[user_id]:
            del _live[user_id]
