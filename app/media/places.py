"""Places for work that takes much memory: few at once, and a short line of those who wait for one."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class NoPlace(Exception):
    """The line is full, or no place became free in time."""


class Places:
    """`count` places of this process. Each who waits holds a thread, so at most `line` may wait, and of one
    `sharer` at most half of them: one person cannot keep everybody else out.
    """

    def __init__(self, count: int, line: int):
        self._free = threading.BoundedSemaphore(count)
        self._lock = threading.Lock()
        self._waiting: Counter[str] = Counter()
        self._line = line
        self._share = max(1, line // 2)

    @contextmanager
    def taken(self, seconds: float, *, sharer: str = "", in_line: bool = True) -> Iterator[None]:
        """Hold a place, after waiting for it `seconds` at most. Without `in_line` the line may be any length:
        for a job, whose threads are few and its own. Raises NoPlace.
        """
        if not self._free.acquire(blocking=False):
            self._wait(seconds, sharer, in_line)
        try:
            yield
        finally:
            self._free.release()

    def _wait(self, seconds: float, sharer: str, in_line: bool) -> None:
        with self._lock:
            is_full = self._waiting.total() >= self._line
            has_share = sharer and self._waiting[sharer] >= self._share
            if in_line and (is_full or has_share):
                raise NoPlace
            self._waiting[sharer] += 1
        try:
            if not self._free.acquire(timeout=seconds):
                raise NoPlace
        finally:
            with self._lock:
                self._waiting[sharer] -= 1
                if not self._waiting[sharer]:
                    del self._waiting[sharer]
