"""Somebody's web server on this machine, in place of the one that holds the carrier's files."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Gate:
    """Holds an answer until it is opened; `reached` says that somebody waits at it."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._opened = threading.Event()

    def open(self) -> None:
        self._opened.set()

    def pass_through(self) -> None:
        self.reached.set()
        assert self._opened.wait(20), "nobody opened the gate"

    def wait_reached(self) -> None:
        assert self.reached.wait(10), "nobody came to the gate"


@dataclass
class Stranger:
    """What it answers is said path by path; anything else is not found."""

    origin: str = ""
    asked: list[str] = field(default_factory=list)
    _answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)

    def give(
        self, path: str, body: bytes = b"", *, status: int = 200, gate: Gate | None = None, **headers: str
    ) -> str:
        """Answer with these bytes. Underscores in the names of headers are dashes. Returns the address."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}

        def answer(request: BaseHTTPRequestHandler) -> None:
            if gate is not None:
                gate.pass_through()
            request.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **named}.items():
                request.send_header(name, value)
            request.end_headers()
            request.wfile.write(body)

        self._answers[path] = answer
        return self.origin + path

    def trickle(self, path: str, stopped: threading.Event) -> str:
        """Answer with a byte now and then, until `stopped`."""

        def answer(request: BaseHTTPRequestHandler) -> None:
            request.send_response(200)
            request.end_headers()
            while not stopped.wait(0.05):
                request.wfile.write(b"x")
                request.wfile.flush()

        self._answers[path] = answer
        return self.origin + path

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append(request.path)
        known = self._answers.get(request.path, lambda _request: request.send_error(404))
        with suppress(OSError):  # whoever asked has hung up
            known(request)


@contextmanager
def stranger() -> Iterator[Stranger]:
    """A running one."""
    running = Stranger()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            running.answer(self)

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    running.origin = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
