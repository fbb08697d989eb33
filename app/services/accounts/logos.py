"""A logo is decoded and written again as a PNG: nothing of the file that was sent is kept or served."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field

from app.config import settings
from app.errors import Invalid
from app.media import pictures
from app.media.pictures import NotReadable, Wanted

MOST_BYTES = 512 * 1024
_WANTED = Wanted(("PNG", "JPEG", "WEBP"), (480, 120), always_png=True)


class NotALogo(Invalid):
    def __init__(self, message: str):
        super().__init__(message, field="logo")


@dataclass(frozen=True)
class Logo:
    """A PNG of at most 480 by 120 pixels, without metadata."""

    data: bytes = field(repr=False)
    type: str
    digest: str


def read(sent: bytes, *, sharer: str = "") -> Logo:
    """Raises NotALogo: it is too large, not a picture of a kind we take, or cannot be read. DecoderBusy and
    DecoderLost: the same logo may be sent again.
    """
    if len(sent) > MOST_BYTES:
        raise NotALogo("The logo is larger than 512 KB. Choose a smaller file.")
    try:
        made = pictures.decode(io.BytesIO(sent), _WANTED, settings().pictures, sharer=sharer)
    except NotReadable as refusal:
        raise NotALogo(_reason(refusal)) from None
    return Logo(made.data, made.type, hashlib.sha256(made.data).hexdigest())


def _reason(refusal: NotReadable) -> str:
    if refusal.is_too_large:
        return "The logo has too many pixels or frames. 480 by 120 pixels are enough."
    if refusal.reason:
        return "The logo takes too long or too much memory to read. Save it as a plain PNG and try again."
    return "The logo is not a PNG, JPEG or WebP picture that can be read."
