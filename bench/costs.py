"""Where the processor's time of a text that arrives goes: by process under load, by stage in one thread."""

from __future__ import annotations

import importlib
import io
import sys
import time
from collections.abc import Callable
from typing import Any

import psutil
from flask import Flask
from sqlalchemy import make_url

from app import impp
from app.config import from_environment
from app.factory import create_app
from app.services.messaging import receiver, segments, signature
from app.services.messaging.inbound import facts, process
from bench.calls import calls, path
from bench.stage import Stage

_CALLS = 1000
_views = importlib.import_module("app.web.receiver.views")
# What is timed, and under which name it is told. What is inside another is taken out of that one.
_STAGES: list[tuple[str, Any, str]] = [
    ("signature and fixed header", signature, "judge"),
    ("JSON", receiver, "_object"),
    ("the carrier's fields into ours", receiver, "_read"),
    ("count of parts", segments, "counted"),
    ("reading the facts, our side of it", facts, "read"),
    ("writing the text, our side of it", process, "_keep"),
    ("the event, told to Redis, our side of it", impp, "publish_now"),
    ("reading the body, headers", _views, "_body"),
    ("the answer as JSON", _views, "_answer"),
]


def by_process(stage: Stage, port: int) -> dict[str, float]:
    """Seconds of a processor that were used up to now."""
    database = str(make_url(stage.environment["DATABASE_URL"]).database)
    redis_port = stage.environment["REDIS_URL"].rpartition(":")[2].partition("/")[0]
    used = {"gunicorn": 0.0, "PostgreSQL": 0.0, "Redis": 0.0}
    for running in psutil.process_iter(["cmdline", "cpu_times"]):
        words = " ".join(running.info["cmdline"] or [])
        times = running.info["cpu_times"]
        name = None
        if "gunicorn" in words and f"127.0.0.1:{port} " in words:
            name = "gunicorn"
        elif words.startswith("postgres") and database in words:
            name = "PostgreSQL"
        elif ("redis-server" in words or "valkey-server" in words) and f":{redis_port}" in words:
            name = "Redis"
        if name and times:
            used[name] += times.user + times.system
    return used


def by_stage(stage: Stage) -> str:
    """Microseconds of the web process for one call, as a table."""
    app = create_app(from_environment(stage.environment))
    taken: dict[str, float] = {}
    _answer_all(app, stage, 200)
    undo = [_timed(taken, *one) for one in _STAGES]
    began = time.process_time()
    try:
        _answer_all(app, stage, _CALLS)
    finally:
        whole = time.process_time() - began
        for put_back in undo:
            put_back()
    rows = sorted(taken.items(), key=lambda row: -row[1])
    rest = whole - sum(taken.values())
    rows.append(("Flask: route, contexts, end of the session; our layers between; timing itself", rest))
    lines = ["| in the web process, without gunicorn | µs a call | share |", "|---|---:|---:|"]
    lines += [f"| {name} | {s / _CALLS * 1e6:.0f} | {s / whole:.0%} |" for name, s in rows]
    return "\n".join([*lines, f"| all of it | {whole / _CALLS * 1e6:.0f} | 100% |"])


def _timed(taken: dict[str, float], name: str, module: Any, function: str) -> Callable[[], None]:
    real = getattr(module, function)

    def timed(*args: Any, **kwargs: Any) -> Any:
        began = time.process_time()
        try:
            return real(*args, **kwargs)
        finally:
            taken[name] = taken.get(name, 0.0) + time.process_time() - began

    setattr(module, function, timed)
    return lambda: setattr(module, function, real)


def _answer_all(app: Flask, stage: Stage, count: int) -> None:
    for raw in calls(stage, path(stage), 1, count):
        head, _, body = raw.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": first.split()[1],
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
        }
        for line in lines:
            name, value = line.split(": ", 1)
            key = name.upper().replace("-", "_")
            environ[key if key.startswith("CONTENT_") else f"HTTP_{key}"] = value
        statuses: list[str] = []
        answer = app.wsgi_app(environ, lambda status, _headers, found=statuses: found.append(status))
        b"".join(answer)
        answer.close()  # type: ignore[attr-defined]
        assert statuses[0].startswith("200"), statuses
