"""Runs a program that dies with the process which started it, even when that one is killed with -9.

Used as a step in between (`python lifeline.py <parent pid> <program> ...`) and not as a `preexec_fn`, because
Python code between fork and exec is unsafe where the parent has threads, and test runs do. Linux keeps the
wish over exec.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def tied(command: Sequence[str]) -> list[str]:
    """The command line that runs `command` tied to the calling process; the process id stays the same."""
    return [sys.executable, "-S", "-E", str(Path(__file__).resolve()), str(os.getpid()), *command]


def die_with_parent(parent: int) -> None:
    """Ask the kernel to kill the calling process when process `parent`, which must be its parent, ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we could ask
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Tie this process to its parent, then become the program named on the command line."""
    die_with_parent(int(sys.argv[1]))
    try:
        os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - the callers are ours, there is no shell
    except OSError as error:
        sys.exit(f"{sys.argv[2]} cannot be started: {error.strerror}")


if __name__ == "__main__":
    main()
