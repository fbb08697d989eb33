"""Thousands of clients that listen for events, on raw sockets and one thread."""

from __future__ import annotations

import re
import selectors
import socket
import threading
import time
from collections.abc import Callable

_EVENT = re.compile(rb"event: message\.created\n.*?This is question (\d+)\.", re.DOTALL)
_LONGEST_LINE = 64 * 1024


class Listeners:
    """Open streams; `heard` gets the serial of each text that arrives at each, and when (perf_counter)."""

    def __init__(self, port: int, tokens: list[str], heard: Callable[[int, float], None]):
        self._port, self._heard = port, heard
        self._selector = selectors.DefaultSelector()
        self._rest: dict[socket.socket, bytes] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self.lost = 0
        for token in tokens:
            self._open(token)

    def _open(self, token: str) -> None:
        line = socket.create_connection(("127.0.0.1", self._port), timeout=30)
        head = f"GET /client/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n"
        line.sendall(head.encode())
        self._rest[line] = b""
        self._selector.register(line, selectors.EVENT_READ)

    def waituntil_open(self, seconds: float = 120) -> None:
        """Until every stream has said its first line. Raises AssertionError when one is refused or late."""
        until = time.monotonic() + seconds
        silent = set(self._rest)
        while silent:
            assert time.monotonic() < until, f"{len(silent)} streams did not open"
            for key, _events in self._selector.select(1):
                line: socket.socket = key.fileobj  # type: ignore[assignment]
                said = line.recv(65536)
                assert said, "a stream was closed"
                self._rest[line] += said
                if b"retry:" in self._rest[line]:
                    assert self._rest[line].startswith(b"HTTP/1.1 200"), self._rest[line][:200]
                    silent.discard(line)
        for line in self._rest:
            self._rest[line] = b""

    def __enter__(self) -> Listeners:
        self._thread.start()
        return self

    def __exit__(self, *_trouble: object) -> None:
        self._stopping.set()
        self._thread.join(5)
        for line in self._rest:
            line.close()
        self._selector.close()

    def _listen(self) -> None:
        while not self._stopping.is_set():
            for key, _events in self._selector.select(0.2):
                line: socket.socket = key.fileobj  # type: ignore[assignment]
                said, at = line.recv(65536), time.perf_counter()
                if not said:
                    self.lost += 1
                    self._selector.unregister(line)
                    continue
                self._read(line, said, at)

    def _read(self, line: socket.socket, said: bytes, at: float) -> None:
        text, end = self._rest[line] + said, 0
        for found in _EVENT.finditer(text):
            self._heard(int(found[1]), at)
            end = found.end()
        self._rest[line] = text[end:][-_LONGEST_LINE:]
