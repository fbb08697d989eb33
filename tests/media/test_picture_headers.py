"""Width, height and frames from the header of a picture, without decoding it."""

from __future__ import annotations

import io
import struct

import pytest

from app.media.picture_headers import PictureHeader, read_header
from tests.media.made import SIGNATURE, gif_of_frames, png, webp_of_frames, written
from tests.media.test_kinds import chunk


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (written("PNG"), PictureHeader(40, 20)),
        (written("JPEG"), PictureHeader(40, 20)),
        (written("JPEG", progressive=True), PictureHeader(40, 20)),
        (written("GIF"), PictureHeader(40, 20)),
        (written("WEBP"), PictureHeader(40, 20)),
        (written("WEBP", lossless=True), PictureHeader(40, 20)),
        (written("WEBP", mode="RGBA", exif=b"Exif\0\0"), PictureHeader(40, 20)),
        (png(70_000, 80_000), PictureHeader(70_000, 80_000)),
        (png(9, 9, chunk(b"acTL", struct.pack(">II", 12_345, 0))), PictureHeader(9, 9, 12_345)),
        (webp_of_frames(10), PictureHeader(16, 16, 10)),
        (gif_of_frames(300), PictureHeader(1, 1, 300)),
        (b"\xff\xd8\xff\xe0" + b"\0" * 50, None),
        (SIGNATURE, None),
        (b"GIF89a", None),
        (b"RIFF\0\0\0\0WEBPVP8 ", None),
        (b"RIFF\0\0\0\0WAVEfmt " + bytes(40), None),
        (b"II*\0" + bytes(60), None),
        (b"8BPS\0\1" + bytes(60), None),
        (b"", None),
    ],
)
def test_a_header_tells_size_and_frames_without_decoding(data: bytes, found: PictureHeader | None):
    assert read_header(io.BytesIO(data)) == found


@pytest.mark.parametrize(
    "data",
    [
        b"GIF89a" + struct.pack("<HHBBB", 9, 9, 0, 0, 0) + b"!\xfe" + b"\x01a" * 8_000_000,
        b"\xff\xd8" + b"\xff\xe0\0\2" * 4_000_000,
        b"\xff\xd8\xff" + b"\0" * 8_000_000,
        SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", 9, 9, 8, 0, 0, 0, 0)) + bytes(12) * 1_000_000,
        b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(10) + bytes(8) * 2_000_000,
    ],
    ids=["gif", "jpeg", "no jpeg", "png", "webp"],
)
def test_a_header_without_end_is_not_read_to_its_end(data: bytes):
    class Counted(io.BytesIO):
        reads = 0

        def read(self, size: int | None = -1) -> bytes:
            Counted.reads += 1
            return super().read(size)

    read_header(Counted(data))
    assert Counted.reads <= 20_100
