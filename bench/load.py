"""A load generator on raw sockets: one thread, requests made beforehand, so that it costs little itself."""

from __future__ import annotations

import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

CONNECTIONS = 32
_LONGEST_WAIT = 20  # seconds, for the last answers


@dataclass
class Load:
    """What came of it. Latencies are in milliseconds; `own` is what this generator itself used of a core."""

    began: float = 0.0  # of time.perf_counter(), which all processes of a machine share
    seconds: float = 0.0
    own: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def request(path: str, headers: dict[str, str], body: bytes) -> bytes:
    """A POST as it goes over the line."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def as_fast_as_possible(port: int, requests: Sequence[bytes], seconds: float) -> Load:
    """Each of the connections asks again as soon as it has its answer."""
    return _Generator(port, None).run(requests, seconds)


def at_rate(port: int, requests: Sequence[bytes], rate: float) -> Load:
    """One request every 1/rate seconds, whatever becomes of those before it.

    A latency counts from when the request was due, also while it waits for a free connection.
    """
    return _Generator(port, rate).run(requests, len(requests) / rate)


class _Line:
    """One connection, kept alive, with at most one request on its way."""

    def __init__(self, port: int):
        self._port = port
        self.due: float | None = None  # None while nothing is asked
        self._heard = b""
        self.connect()

    def connect(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self._port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes, due: float) -> None:
        self.due, self._heard = due, b""
        self.socket.sendall(request)

    def answer(self) -> tuple[int, bool] | None:
        """(status, whether the server closes), or None while the answer is not all there."""
        self._heard += self.socket.recv(65536)
        head, found, body = self._heard.partition(b"\r\n\r\n")
        if not found:
            return None if self._heard else (0, True)
        low = head.lower()
        length = int(low.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        if len(body) < length:
            return None
        return int(head[9:12]), b"connection: close" in low


class _Generator:
    def __init__(self, port: int, rate: float | None):
        self._rate = rate
        self._sent, self._next = 0, 0.0
        self._selector = selectors.DefaultSelector()
        self._lines = [_Line(port) for _ in range(CONNECTIONS)]
        for line in self._lines:
            self._selector.register(line.socket, selectors.EVENT_READ, line)
        self._idle = list(self._lines)

    def run(self, requests: Sequence[bytes], seconds: float) -> Load:
        load, left = Load(), iter(enumerate(requests))
        used, began = time.process_time(), time.perf_counter()
        load.began = began
        try:
            while (at := time.perf_counter()) < began + seconds:
                if not self._send(left, began, at):
                    break
                self._hear(load, self._pause(began))
            until = time.perf_counter() + _LONGEST_WAIT
            while len(self._idle) < CONNECTIONS and time.perf_counter() < until:
                self._hear(load, 0.1)
        finally:
            for line in self._lines:
                line.socket.close()
            self._selector.close()
        load.seconds = time.perf_counter() - began
        load.own = (time.process_time() - used) / load.seconds
        load.statuses[0] += CONNECTIONS - len(self._idle)  # never answered
        return load

    def _send(self, left: Iterator[tuple[int, bytes]], began: float, at: float) -> bool:
        """Whatever is due, on the lines that are free; False when there are no more requests."""
        self._next = began
        while self._idle:
            if self._rate is not None:
                self._next = began + self._sent / self._rate
                if self._next > at:
                    return True
            found = next(left, None)
            if found is None:
                return False
            self._sent += 1
            self._idle.pop().ask(found[1], self._next if self._rate is not None else time.perf_counter())
        return True

    def _pause(self, began: float) -> float:
        """How long to listen before something is due again."""
        if self._rate is None or not self._idle:
            return 0.1
        return max(0.0, began + self._sent / self._rate - time.perf_counter())

    def _hear(self, load: Load, seconds: float) -> None:
        for key, _events in self._selector.select(seconds):
            line: _Line = key.data
            answer = line.answer()
            if answer is None:
                continue
            status, is_closing = answer
            if line.due is not None:
                load.latencies.append((time.perf_counter() - line.due) * 1000)
                load.statuses[status] += 1
                line.due = None
                self._idle.append(line)
            if is_closing:
                self._selector.unregister(line.socket)
                line.socket.close()
                line.connect()
                self._selector.register(line.socket, selectors.EVENT_READ, line)
