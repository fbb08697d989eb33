"""A PostgreSQL of one's own, to be killed: made in a folder, gone with it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.processes import eventually, free_port


class Cluster:
    """initdb refuses root, so as root it belongs to the system's user postgres."""

    def __init__(self) -> None:
        self.port = free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="chaos-postgres-"))
        self._bin = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        self._owner = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        if self._owner:
            os.chown(self._folder, self._owner.pw_uid, self._owner.pw_gid)

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://chaos@127.0.0.1:{self.port}/postgres"

    def __enter__(self) -> Cluster:
        data = str(self._folder / "data")
        self._run("initdb", "-D", data, "-U", "chaos", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        options = f"port = {self.port}\nmax_connections = 300\nunix_socket_directories = '{self._folder}'\n"
        with (self._folder / "data" / "postgresql.conf").open("a") as settings:
            settings.write(options)
        self.start()
        return self

    def __exit__(self, *_trouble: object) -> None:
        self.stop("immediate")
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        """Also after a crash: it recovers first."""
        log = str(self._folder / "log")
        eventually(lambda: self._run("pg_ctl", "start", "-D", self._data, "-l", log, "-w") == 0, 60)

    def stop(self, mode: str) -> None:
        """`fast` ends sessions in order, `immediate` is a crash."""
        self._run("pg_ctl", "stop", "-D", self._data, "-m", mode, "-w")

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def _run(self, program: str, *arguments: str) -> int:
        more = {"user": self._owner.pw_uid, "group": self._owner.pw_gid} if self._owner else {}
        done = subprocess.run(
            [str(self._bin / program), *arguments],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            **more,
        )
        return done.returncode
