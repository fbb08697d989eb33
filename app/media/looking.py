"""What a file is: how large, which bytes, of what kind; and a small picture of a picture (D15, D17)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import BinaryIO

from app.config import PictureLimits
from app.media import kinds, pictures
from app.media.pictures import NotReadable, Picture

_PIECE = 256 * 1024


@dataclass(frozen=True)
class Looked:
    """`size` in bytes, `digest` SHA-256 in hex, `thumbnail` of pictures only. `reason` is a sentence that
    says why something that looks like a picture has none.
    """

    size: int
    digest: str
    content_type: str
    is_envelope: bool
    thumbnail: Picture | None
    reason: str = ""

    @property
    def ending(self) -> str:
        """Of a name, by the type. What is not surely something does not end like something."""
        return kinds.EXTENSIONS.get(self.content_type, "bin")


def look(source: BinaryIO, limits: PictureLimits, *, sharer: str = "", in_line: bool = True) -> Looked:
    """Read a file from its beginning. What only begins like a picture is of no known kind, and one beyond the
    limits too: nobody has seen that it is one.

    `sharer` and `in_line` are those of `pictures.decode`. Raises DecoderBusy, DecoderLost.
    """
    source.seek(0)
    head = source.read(kinds.LOOKED_AT)
    digest, size = hashlib.sha256(head), len(head)
    while piece := source.read(_PIECE):
        digest.update(piece)
        size += len(piece)
    kind, small, reason = kinds.kind_of(head), None, ""
    if kind in kinds.PICTURES:
        try:
            small = pictures.decode(source, pictures.THUMBNAIL, limits, sharer=sharer, in_line=in_line)
        except NotReadable as refusal:
            kind, reason = kinds.UNKNOWN, refusal.reason
    return Looked(size, digest.hexdigest(), kind, kinds.is_envelope(head), small, reason)
