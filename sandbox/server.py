"""Serving: one process with many threads, since a test may hold many requests at once."""

from __future__ import annotations

import ctypes
import logging
import signal
import sys
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from sandbox import smtp_sink
from sandbox.application import create_app
from sandbox.cloud import Cloud
from sandbox.settings import Settings

THREADS = 64
PR_SET_PDEATHSIG = 1


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with settings from here, blind to GUNICORN_CMD_ARGS and configuration files."""

    def __init__(self, settings: Settings):
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Set what gunicorn asks for."""
        for name, value in {
            "bind": f"127.0.0.1:{self._settings.port}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": THREADS,
            "timeout": 0,
            # Longer than any pause between two calls of a client that keeps its connection.
            "keepalive": 300,
            "graceful_timeout": 1,
            "loglevel": "warning",
            "proc_name": "sandbox",
            "control_socket_disable": True,
            "post_fork": _die_with_parent,
            "post_worker_init": self._start_threads,
            "worker_exit": _stop_threads,
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application, made in the process that serves: SQLite connections do not survive a fork."""
        return create_app(self._settings)

    def _start_threads(self, worker: Any) -> None:
        """Threads do not survive a fork either, so they begin here."""
        here = worker.wsgi.extensions["sandbox"]
        assert isinstance(here, Cloud)  # noqa: S101  a plain dict in Flask
        here.deliveries.start()
        if self._settings.smtp_port:
            try:
                smtp_sink.start(here.store, self._settings.smtp_port)
            except OSError as problem:
                logging.getLogger(__name__).error(
                    "SANDBOX_SMTP_PORT %d cannot be used: %s", self._settings.smtp_port, problem
                )
                sys.exit(4)  # gunicorn's code for "the application does not load": it stops, too


def _stop_threads(server: Any, worker: Any) -> None:
    """Python waits for the threads of a pool at its end: let them begin nothing new."""
    if worker.wsgi is not None:
        worker.wsgi.extensions["sandbox"].deliveries.stop()


def _die_with_parent(server: Any, worker: Any) -> None:
    """A sandbox killed with -9 leaves no half of itself on the port."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
