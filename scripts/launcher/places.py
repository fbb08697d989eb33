"""Where the servers that come along keep their sockets and data, and as which user they run.

PostgreSQL refuses to run as root. Started as root it runs as `nobody`, who may be unable to enter the clone
(a home folder with mode 0700) or the data folder: then it gets a folder of its own below /var/tmp.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import secrets
import shutil
from pathlib import Path

from scripts.launcher.problems import Problem

_REACHABLE = Path("/var/tmp")  # noqa: S108 - the folder made there is checked to be ours alone
_LONGEST_SOCKET_PATH = 107  # bytes, sun_path of Linux with its closing zero
_UNPRIVILEGED = "nobody"


def server_user() -> tuple[int, int] | None:
    """uid and gid for a server that must not run as root; None when we are not root ourselves.

    Raises Problem: this machine has no such user.
    """
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(_UNPRIVILEGED)
    except KeyError:
        raise Problem(
            f"PostgreSQL does not run as root, and this machine has no user {_UNPRIVILEGED} to run it as.",
            "Run as an ordinary user, or name a server of your own: make run DATABASE_URL=postgresql+psycopg://...",
        ) from None
    return entry.pw_uid, entry.pw_gid


def may_enter(folder: Path, user: tuple[int, int] | None) -> bool:
    """Whether `user` (None: ourselves) may go into this folder, by the mode of it and of all above it."""
    if user is None:
        return os.access(folder, os.X_OK)
    uid, gid = user
    for place in (folder, *folder.parents):
        facts = place.stat()
        shift = 6 if facts.st_uid == uid else 3 if facts.st_gid == gid else 0
        if not facts.st_mode >> shift & 1:
            return False
    return True


def socket_folder(folder: Path, socket_name: str, user: tuple[int, int] | None = None) -> Path:
    """Where a server with its data in `folder` puts its socket: there, or where the path is short enough.

    user: as whom it runs; None: as ourselves.
    Raises Problem: the short folder belongs to another user.
    """
    if len(os.fsencode(folder / socket_name)) < _LONGEST_SOCKET_PATH:
        return folder
    return _owned(short_folder(folder) / "socket", user)


def short_folder(folder: Path) -> Path:
    """A folder below /var/tmp that stands for `folder`: short, and others may at most pass through it.

    Raises Problem: something else is in its place.
    """
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    short = _REACHABLE / f"cpaas-portal-{os.getuid()}-{name}"
    with contextlib.suppress(FileExistsError):
        short.mkdir(mode=0o700)
        short.chmod(0o711)  # whatever the umask is
    facts = short.lstat()  # not stat: a link put there by a neighbor must not lead us away
    if short.is_symlink() or facts.st_uid != os.getuid() or facts.st_mode & 0o066:
        raise Problem(
            f"{short} is not ours alone, so no server can use it.",
            "Choose a data folder with a shorter path: make run DATA_DIR=$HOME/cpaas-data",
        )
    return short


def data_folder(folder: Path, user: tuple[int, int] | None) -> Path:
    """The folder in which `user` keeps a server's data.

    Returns: `folder` itself, or, where `user` cannot enter it, one below /var/tmp to which `folder` is then a
        link. Without the link what an earlier run kept there is removed: who deletes the data folder begins
        from nothing.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    if user is None or (may_enter(folder.parent, user) and not folder.is_symlink()):
        return _owned(folder, user)
    if folder.is_symlink() and folder.is_dir():
        return folder.resolve()
    short = short_folder(folder)
    for left_behind in short.glob("data-*"):
        shutil.rmtree(left_behind, ignore_errors=True)
    own = _owned(short / f"data-{secrets.token_hex(8)}", user)
    folder.unlink(missing_ok=True)
    folder.symlink_to(own)
    return own


def _owned(folder: Path, user: tuple[int, int] | None) -> Path:
    """Make a folder that `user` (None: ourselves) alone may use."""
    folder.mkdir(exist_ok=True)
    if user is not None:
        os.chown(folder, *user)
    folder.chmod(0o700)
    return folder
