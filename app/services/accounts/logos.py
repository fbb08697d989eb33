"""A logo is a picture that we read and write anew: nothing of the file that was sent is kept or served."""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass, field

from PIL import Image, ImageOps

from app.errors import Invalid

MOST_BYTES = 512 * 1024
_MOST_PIXELS = 16_000_000
_BOX = (480, 120)
_TOO_MANY = "The logo has too many pixels. 480 by 120 are enough."
_FORMATS = ("PNG", "JPEG", "WEBP")


class NotALogo(Invalid):
    def __init__(self, message: str):
        super().__init__(message, field="logo")


@dataclass(frozen=True)
class Logo:
    """A PNG of at most 480 by 120 pixels, without metadata."""

    data: bytes = field(repr=False)
    type: str
    digest: str


def read(sent: bytes) -> Logo:
    """Raises NotALogo: it is too large, not a picture of a kind we take, or cannot be read."""
    if len(sent) > MOST_BYTES:
        raise NotALogo("The logo is larger than 512 KB. Choose a smaller file.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
        try:
            picture = _shrunk(sent)
        except NotALogo:
            raise
        except Image.DecompressionBombError as bomb:
            raise NotALogo(_TOO_MANY) from bomb
        except Exception as broken:  # decoders fail in many ways; none of them is our mistake
            raise NotALogo("The logo is not a PNG, JPEG or WebP picture that can be read.") from broken
    written = io.BytesIO()
    picture.save(written, "PNG", optimize=True)
    data = written.getvalue()
    return Logo(data, "image/png", hashlib.sha256(data).hexdigest())


def _shrunk(sent: bytes) -> Image.Image:
    """The first picture of the file, upright, small, and with nothing but its pixels."""
    with Image.open(io.BytesIO(sent), formats=_FORMATS) as picture:
        if picture.width * picture.height > _MOST_PIXELS:  # known before a pixel is unpacked
            raise NotALogo(_TOO_MANY)
        pixels = ImageOps.exif_transpose(picture).convert("RGBA")
    pixels.thumbnail(_BOX, Image.Resampling.LANCZOS)
    bare = Image.new("RGBA", pixels.size)
    bare.paste(pixels)
    is_opaque = bare.getchannel("A").getextrema() == (255, 255)
    return bare.convert("RGB") if is_opaque else bare
