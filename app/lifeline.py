"""Runs a program that dies with the process which started it, even when that one is killed with -9.

Used as a step in between (`python lifeline.py <parent pid> <user> <program> ...`) and not as a `preexec_fn`,
because Python code between fork and exec is unsafe where the parent has threads, and test runs do. Linux
keeps the wish over exec, but not over a change of user: so the user is changed first.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_SAME_USER = "-"


def tied(command: Sequence[str], user: tuple[int, int] | None = None) -> list[str]:
    """The command line that runs `command` tied to the calling process; the process id stays the same.

    user: uid and gid to run as (only root may change them); those of the caller when None.
    """
    name = f"{user[0]}:{user[1]}" if user else _SAME_USER
    return [sys.executable, "-S", "-E", str(Path(__file__).resolve()), str(os.getpid()), name, *command]


def die_with_parent(parent: int) -> None:
    """Ask the kernel to kill the calling process when process `parent`, which must be its parent, ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we could ask
        os.kill(os.getpid(), signal.SIGKILL)


def become(user: str) -> None:
    """Give up the rights of root for those of `user`, written "uid:gid"; "-" changes nothing."""
    if user == _SAME_USER:
        return
    uid, gid = (int(part) for part in user.split(":"))
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def main() -> None:
    """Tie this process to its parent, then become the program named on the command line."""
    become(sys.argv[2])
    die_with_parent(int(sys.argv[1]))
    try:
        os.execvp(sys.argv[3], sys.argv[3:])  # noqa: S606 - the callers are ours, there is no shell
    except OSError as error:
        sys.exit(f"{sys.argv[3]} cannot be started: {error.strerror}")


if __name__ == "__main__":
    main()
