"""A PostgreSQL of one's own, to be killed: made in a folder, gone with it."""

from __future__ import annotations

import signal
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from app.lifeline import tied
from scripts.launcher import postgres_server
from tests.processes import eventually


class Cluster:
    """The server of `make run`, with commits that survive a crash."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="chaos-postgres-")
        self._data = Path(self._folder.name) / "postgres"
        self._server = postgres_server.prepare(self._data)
        self._process: subprocess.Popen[bytes] | None = None
        # The server ends with the thread that started it (PR_SET_PDEATHSIG), and the one that makes trouble
        # ends before the verdict: one thread starts it every time, and lives as long as the cluster.
        self._starter = ThreadPoolExecutor(max_workers=1)

    @property
    def url(self) -> str:
        return self._server.url()

    def __enter__(self) -> Cluster:
        self.start()
        self._server.create_database()
        return self

    def __exit__(self, *_trouble: object) -> None:
        self.stop("immediate")
        self._starter.shutdown()
        postgres_server.forget(self._data)
        self._folder.cleanup()

    def start(self) -> None:
        """Also after a crash: it recovers first."""
        self._starter.submit(self._start).result()

    def _start(self) -> None:
        with (Path(self._folder.name) / "log").open("ab") as log:
            self._process = subprocess.Popen(
                tied(self._server.command, self._server.user), stdout=log, stderr=log, start_new_session=True
            )
        eventually(self._server.is_ready, 60)

    def stop(self, mode: str) -> None:
        """`fast` ends sessions in order, `immediate` is a crash."""
        assert self._process is not None
        self._process.send_signal({"fast": signal.SIGINT, "immediate": signal.SIGQUIT}[mode])
        self._process.wait(60)
