"""Picture files as strangers make them, most of them in a few bytes."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image

from tests.media.test_kinds import chunk

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def written(form: str, size: tuple[int, int] = (40, 20), mode: str = "RGB", **more: Any) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size).save(file, form, **more)
    return file.getvalue()


def png(width: int, height: int, *chunks: bytes, depth: int = 8, color: int = 0) -> bytes:
    """A PNG with this header and these chunks."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
    return b"".join([SIGNATURE, head, *chunks, chunk(b"IEND", b"")])


def flat(width: int, height: int, channels: int = 1) -> bytes:
    """The chunk with that many pixels of nothing, in a few bytes."""
    packer = zlib.compressobj(1)
    row = bytes(1 + width * channels)
    return chunk(b"IDAT", b"".join([*(packer.compress(row) for _ in range(height)), packer.flush()]))


def webp_of_frames(count: int) -> bytes:
    """An animation whose frames are one picture of 16 by 16 pixels."""
    still = written("WEBP", (16, 16))[12:]
    frame = struct.pack("<I", 0)[:3] * 2 + b"\x0f\0\0\x0f\0\0" + b"\x0a\0\0" + b"\0" + still
    parts = [b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + b"\x0f\0\0\x0f\0\0"]
    parts += [b"ANIM" + struct.pack("<I", 6) + bytes(6)]
    parts += [b"ANMF" + struct.pack("<I", len(frame)) + frame + b"\0" * (len(frame) % 2)] * count
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def gif_of_frames(count: int) -> bytes:
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
    return head + frame * count + b"\x3b"


def jpeg_of_scans(count: int, size: tuple[int, int]) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    whole = written("JPEG", size, progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:last] + whole[last:-2] * count + whole[-2:]
