"""How gunicorn serves the portal in `make run`: one process, many threads, as a stream costs one."""

from __future__ import annotations

import os
from typing import Any

from app.lifeline import die_with_parent

bind = f"127.0.0.1:{os.environ['PORT']}"
worker_class = "gthread"
workers = 1
threads = 128
graceful_timeout = 2  # open event streams never end by themselves
timeout = 60
accesslog = None
errorlog = "-"
loglevel = "warning"
control_socket_disable = True


def post_fork(server: Any, worker: Any) -> None:
    """A worker left behind by a killed gunicorn would hold the port for as long as a stream is open."""
    die_with_parent(server.pid)
