"""What a file is: how large, which bytes, of what kind; and a small picture of a picture (D15, D17)."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from typing import BinaryIO

from app.media import kinds, pictures
from app.media.pictures import NotReadable, Thumbnail

_PIECE = 256 * 1024
_unpacking = threading.Lock()  # the largest picture takes 300 MB for a moment: one at a time


@dataclass(frozen=True)
class Looked:
    """`size` in bytes, `digest` SHA-256 in hex, `thumbnail` of pictures only."""

    size: int
    digest: str
    content_type: str
    is_envelope: bool
    thumbnail: Thumbnail | None

    @property
    def ending(self) -> str:
        """Of a name, by the type. What is not surely something does not end like something."""
        return kinds.EXTENSIONS.get(self.content_type, "bin")


def look(source: BinaryIO) -> Looked:
    """Read a file from its beginning. What only begins like a picture is of no known kind."""
    source.seek(0)
    head = source.read(kinds.LOOKED_AT)
    digest, size = hashlib.sha256(head), len(head)
    while piece := source.read(_PIECE):
        digest.update(piece)
        size += len(piece)
    kind, small = kinds.kind_of(head), None
    if kind in kinds.PICTURES:
        source.seek(0)
        try:
            with _unpacking:
                small = pictures.thumbnail(source)
        except NotReadable:
            kind = kinds.UNKNOWN
    return Looked(size, digest.hexdigest(), kind, kinds.is_envelope(head), small)
