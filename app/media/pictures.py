"""Small pictures for lists and threads: upright, of few pixels, and with nothing but them."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from PIL import Image
from PIL.Image import Transpose

MOST_PIXELS = 40_000_000
_BOX = (480, 480)
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
_HELD = 0x0112  # how the camera was held, by EXIF
_BACK = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
_LIES = {_BACK[held] for held in (5, 6, 7, 8)}


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
        # Of what is odd in strangers' files; our own limit of pixels is lower.
        warnings.simplefilter("ignore")
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
        turn = _turn(picture)
        if turn in _LIES:
            width, height = height, width
        picture.draft("RGB", (_BOX[0] * 2, _BOX[1] * 2))  # a large JPEG is unpacked small
        pixels = _pixels(picture)
    if turn is not None:
        pixels = pixels.transpose(turn)
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


def _turn(picture: Image.Image) -> Transpose | None:
    """What brings it upright. Pillow's own way writes all of EXIF anew, and fails where that is broken."""
    try:
        held: Any = picture.getexif().get(_HELD)
    except Exception:  # broken words about a picture say nothing of its pixels
        return None
    return _BACK.get(held)


def _pixels(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):  # a scanner's 65,536 greys, which Pillow cuts off at 255
        picture.info.pop("transparency", None)
        picture = picture.convert("I").point(_narrow).convert("L")
    return picture.convert("RGBA")


def _narrow(level: Any) -> Any:
    return level / 256
