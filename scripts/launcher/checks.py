"""What must hold before anything is started: the Python, the data folder, the ports."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

from scripts.launcher.problems import Problem

_OLDEST = (3, 11)


def check_python(version: tuple[int, int] | None = None) -> None:
    """Refuse a Python that cannot run the portal.

    version: that of the running Python unless given (tests).
    Raises Problem: too old.
    """
    version = version or sys.version_info[:2]
    if version < _OLDEST:
        raise Problem(
            f"Python 3.11 or later is needed, this is {version[0]}.{version[1]}.",
            "Install it, on Debian or Ubuntu with: sudo apt install python3 python3-venv",
        )


def check_venv_module(python: str = sys.executable) -> None:
    """Refuse a Python that cannot make virtual environments (Debian ships that part separately).

    python: the interpreter to ask.
    Raises Problem: with the apt line for its version.
    """
    asked = subprocess.run([python, "-c", "import venv, ensurepip"], capture_output=True, check=False)
    if asked.returncode:
        raise Problem(
            "This Python cannot make virtual environments: its venv module is missing.",
            "Install it, on Debian or Ubuntu with: sudo apt install python3-venv",
        )


def check_data_dir(folder: Path) -> None:
    """Make the data folder and see that files can be written there.

    Raises Problem: it cannot be made or written.
    """
    remedy = "Choose another folder: make run DATA_DIR=$HOME/cpaas-data"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(f"The data folder {folder} cannot be made: {error.strerror}.", remedy) from error
    try:
        # PostgreSQL, which runs as another user when we are root, must be able to pass through.
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
        for part in ("logs", "pids"):
            (folder / part).mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise Problem(f"The data folder {folder} cannot be written: {error.strerror}.", remedy) from error


def check_no_older_database(folder: Path) -> None:
    """Refuse a data folder of the time before PostgreSQL: its data would silently be missing.

    Raises Problem: there is one. Nothing in it is touched.
    """
    old = folder / "portal.db"
    if old.exists():
        raise Problem(
            f"{old} is a SQLite database of an earlier version, which this version cannot read.",
            "Use another data folder (make run DATA_DIR=.data-2), or delete this one to begin from nothing.",
        )


def hold_lock(folder: Path) -> IO[str]:
    """Take the data folder for this run; the kernel gives it back when this process ends, however it ends.

    Returns: the open lock file; keep it.
    Raises Problem: another run has it.
    """
    lock = (folder / "launcher.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        pid = lock.read().strip() or "?"
        lock.close()
        raise Problem(
            f"The portal already runs on the data folder {folder} (process {pid}).",
            "Stop that one with Ctrl-C, or use another folder and ports: "
            "make run DATA_DIR=.data-2 PORT=8001 SANDBOX_PORT=8101",
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def is_free(port: int) -> bool:
    """Can we listen on this port of 127.0.0.1? Raises PermissionError where the port is not for us."""
    with socket.socket() as probe:
        probe.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # a port that is merely winding down is free
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
        return True


def check_port(setting: str, port: int) -> None:
    """Refuse a port that is taken.

    setting: the name of the setting it came from, PORT or SANDBOX_PORT.
    Raises Problem: naming the setting to change and a port that is free.
    """
    try:
        if is_free(port):
            return
        sentence = f"Port {port} on 127.0.0.1 is in use."
    except PermissionError:
        sentence = f"Port {port} is only for the administrator of this machine."
    spare = next((other for other in range(max(port, 1024) + 1, 65536) if is_free(other)), 8001)
    raise Problem(sentence, f"Choose another one: make run {setting}={spare}")


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
