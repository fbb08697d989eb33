"""The project's own Python environment in `.venv`, made once and brought up to date when the pins change."""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from scripts import assets
from scripts.launcher.checks import check_python, check_venv_module
from scripts.launcher.problems import Problem, tail
from scripts.launcher.settings import ROOT

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


def prepare(*, development: bool = False) -> None:
    """Make what the portal runs in: the environment with its packages, and the files a page loads.

    development: the test and lint packages too.
    Raises Problem: this Python cannot make environments, or the packages cannot be had.
    """
    with _alone():
        if not _works():
            check_python()
            check_venv_module()
            _say("Making the Python environment in .venv ...")
            _run(
                [sys.executable, "-m", "venv", "--clear", str(VENV)], "The Python environment cannot be made."
            )
        further = ["requirements-dev.txt"] if development else []
        _install(["requirements.txt", "requirements-run.txt", *further])
        if not assets.is_current():
            _say("Fetching the files that pages load ...")
            _run(
                [str(PYTHON), str(ROOT / "scripts" / "assets.py")],
                "The files that pages load cannot be fetched.",
            )


def _install(names: list[str]) -> None:
    """Install the last of these files (it includes the ones before it) unless that has been done."""
    stamps = {VENV / f"installed-{name}": _digest(name) for name in names}
    if all(stamp.is_file() and stamp.read_text() == digest for stamp, digest in stamps.items()):
        return
    _say("Installing the Python packages (about a minute the first time) ...")
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    what = ["--prefer-binary", "-r", str(ROOT / names[-1])]
    _run([*pip, *what], "The Python packages cannot be installed.")
    for stamp, digest in stamps.items():
        stamp.write_text(digest)


def _digest(name: str) -> str:
    """Changes with the pins, and with the Python that the environment was made by."""
    return hashlib.sha256((ROOT / name).read_bytes() + (VENV / "pyvenv.cfg").read_bytes()).hexdigest()


def _works() -> bool:
    """Is there an environment whose Python starts? After an upgrade of the system it may not."""
    if not PYTHON.exists():
        return False
    return subprocess.run([str(PYTHON), "-c", "import pip"], capture_output=True, check=False).returncode == 0


def _run(command: list[str], sentence: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise Problem(
            sentence,
            "Check the connection to the package index and try again.",
            tail(done.stdout + done.stderr),
        )


def _say(line: str) -> None:
    print(line, flush=True)


@contextmanager
def _alone() -> Iterator[None]:
    """Two runs that start at once must not both build the environment. The lock is on a file that is always
    there, and the kernel lets it go when we end."""
    with (ROOT / "requirements.txt").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
