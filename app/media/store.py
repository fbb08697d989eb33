"""Where the bytes of files are: a folder, or a bucket that speaks S3. Keys are random and say nothing.

The rows of `attachments` say who may have a file and until when; a store only keeps what it is given.
"""

from __future__ import annotations

import pkgutil
import secrets
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO, Protocol

from app.config import MediaSettings, settings
from app.media.folder import Folder


class Store(Protocol):
    """All of it may be repeated: putting the same bytes again, deleting what is gone.

    Raises OSError: when the store is out of reach or full.
    """

    def put(self, key: str, source: BinaryIO) -> None:
        """Keep what `source` holds, whole or not at all."""

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes in pieces, from `start`. Opened at once, so a missing file is known before an answer
        begins. Raises FileNotFoundError.
        """

    def delete(self, key: str) -> None:
        """Returns only when the bytes are gone."""


def new_key() -> str:
    return secrets.token_hex(16)


def store() -> Store:
    """The store that the settings name."""
    return _store(settings().media, settings().data_dir)


@cache
def _store(media: MediaSettings, data_dir: Path) -> Store:
    if not media.bucket:
        return Folder(Path(media.folder) if media.folder else data_dir / "media")
    # By name: boto3 takes a second and much memory, and is loaded only where it is asked for.
    made: Store = pkgutil.resolve_name("app.media.s3:Bucket")(media)
    return made
