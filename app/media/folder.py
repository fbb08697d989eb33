"""A store in a folder: nobody else on the machine may read it, and a file is whole or not there."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_PIECE = 256 * 1024
_KEY = re.compile(r"[0-9a-z][0-9a-z-]{7,199}")  # no dot and no slash: a key never leaves the folder


class Folder:
    def __init__(self, root: Path):
        self._root = root

    def put(self, key: str, source: BinaryIO) -> None:
        path = self._path(key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = path.with_name(f"{key}.{secrets.token_hex(4)}")
        try:
            with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                shutil.copyfileobj(source, file, _PIECE)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        try:
            file = self._path(key).open("rb")
        except FileNotFoundError:
            self._require_folder()
            raise
        file.seek(start)
        return _pieces(file, length)

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def _require_folder(self) -> None:
        """Without its disk nothing is lost, it is only away."""
        if not self._root.is_dir():
            raise OSError("there is no folder for files")

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise FileNotFoundError(key)
        return self._root / key[:2] / key[2:4] / key


def _pieces(file: BinaryIO, length: int | None) -> Iterator[bytes]:
    with file:
        left = length
        while left is None or left > 0:
            piece = file.read(_PIECE if left is None else min(_PIECE, left))
            if not piece:
                return
            if left is not None:
                left -= len(piece)
            yield piece
