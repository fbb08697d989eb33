"""Small pictures for lists and threads: upright, of few pixels, and with nothing but them."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass, field
from typing import BinaryIO

from PIL import Image, ImageOps

MOST_PIXELS = 40_000_000
_BOX = (480, 480)
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP")


class NotReadable(ValueError):
    """Not a picture, or one that is not safe to unpack."""


@dataclass(frozen=True)
class Thumbnail:
    """`width` and `height` are those of the picture itself, as people see it."""

    data: bytes = field(repr=False)
    type: str
    width: int
    height: int


def thumbnail(source: BinaryIO) -> Thumbnail:
    """Of the first picture of a file. Raises NotReadable."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
        try:
            return _thumbnail(source)
        except NotReadable:
            raise
        except Exception as broken:  # decoders fail in many ways; none of them is our mistake
            raise NotReadable from broken


def _thumbnail(source: BinaryIO) -> Thumbnail:
    with Image.open(source, formats=_FORMATS) as picture:
        if picture.width * picture.height > MOST_PIXELS:  # known before a pixel is unpacked
            raise NotReadable
        width, height = picture.size
        if picture.getexif().get(0x0112, 1) in {5, 6, 7, 8}:  # lies on its side
            width, height = height, width
        picture.draft("RGB", (_BOX[0] * 2, _BOX[1] * 2))  # a large JPEG is unpacked small
        pixels = ImageOps.exif_transpose(picture).convert("RGBA")
    pixels.thumbnail(_BOX, Image.Resampling.LANCZOS)
    bare = Image.new("RGBA", pixels.size)
    bare.paste(pixels)
    is_opaque = bare.getchannel("A").getextrema() == (255, 255)
    written = io.BytesIO()
    if is_opaque:
        bare.convert("RGB").save(written, "JPEG", quality=80)
    else:
        bare.save(written, "PNG")
    return Thumbnail(written.getvalue(), "image/jpeg" if is_opaque else "image/png", width, height)
