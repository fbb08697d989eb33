"""What the header of a picture says: width, height, frames. Nothing is decoded, and little is read.

A header can lie. It is asked first because it is cheap; the decoder process has limits of its own.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

_MOST_STEPS = 10_000  # blocks, segments or chunks that are looked at: the rest of a file is not counted
_FRAME_MARKERS = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # SOF0 to SOF15 of JPEG
_STANDALONE_MARKERS = {0x01, *range(0xD0, 0xD9)}


@dataclass(frozen=True)
class PictureHeader:
    """In pixels. `frames` is at least that many: counting ends after the first 10,000 parts of a file."""

    width: int
    height: int
    frames: int = 1

    @property
    def pixels(self) -> int:
        return self.width * self.height


def read_header(source: BinaryIO) -> PictureHeader | None:
    """Of a PNG (APNG), JPEG, GIF or WebP; None where it is none of them, or is cut off before its size."""
    source.seek(0)
    head = source.read(32)
    for signature, read in _READERS.items():
        if head.startswith(signature):
            try:
                return read(source, head)
            except (struct.error, IndexError):
                return None
    return None


def _of_png(source: BinaryIO, head: bytes) -> PictureHeader | None:
    if head[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", head[16:24])
    source.seek(8)
    for _ in range(_MOST_STEPS):
        chunk = source.read(8)
        if len(chunk) < 8:
            break
        size, name = struct.unpack(">I4s", chunk)
        if name == b"acTL":
            return PictureHeader(width, height, max(1, *struct.unpack(">I", source.read(4))))
        if name == b"IDAT":
            break
        source.seek(size + 4, os.SEEK_CUR)
    return PictureHeader(width, height)


def _of_jpeg(source: BinaryIO, _head: bytes) -> PictureHeader | None:
    source.seek(2)
    for _ in range(_MOST_STEPS):
        found = source.read(2)
        if found == b"\xff\xff":  # any number of them may stand before a marker
            source.seek(-1, os.SEEK_CUR)
            continue
        if found[0] != 0xFF:  # words between segments: decoders go on to the next marker
            source.seek(-1, os.SEEK_CUR)
            continue
        if found[1] in _STANDALONE_MARKERS or found[1] == 0:
            continue
        size, _precision, height, width = struct.unpack(">HBHH", source.read(7))
        if found[1] in _FRAME_MARKERS:
            return PictureHeader(width, height)
        source.seek(size - 7, os.SEEK_CUR)
    return None


def _of_gif(source: BinaryIO, head: bytes) -> PictureHeader:
    """The size is that of the screen, or what frames draw beyond it."""
    width, height, flags = struct.unpack("<HHB", head[6:11])
    source.seek(13 + _color_table(flags))
    frames, steps = 0, 0
    while steps < _MOST_STEPS:
        steps += 1
        kind = source.read(1)
        if kind == b",":
            place = source.read(9)
            if len(place) < 9:
                break
            left, top, wide, high, flags = struct.unpack("<HHHHB", place)
            frames, width, height = frames + 1, max(width, left + wide), max(height, top + high)
            source.seek(_color_table(flags) + 1, os.SEEK_CUR)
        elif kind == b"!":
            source.seek(1, os.SEEK_CUR)
        else:
            break
        while steps < _MOST_STEPS and (size := source.read(1)) not in {b"", b"\0"}:
            source.seek(size[0], os.SEEK_CUR)
            steps += 1
    return PictureHeader(width, height, max(1, frames))


def _color_table(flags: int) -> int:
    """Bytes of the table of colors that follows, if one does."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _of_webp(source: BinaryIO, head: bytes) -> PictureHeader | None:
    if head[8:12] != b"WEBP":
        return None
    kind = head[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        return PictureHeader(width & 0x3FFF, height & 0x3FFF)
    if kind == b"VP8L":
        (bits,) = struct.unpack("<I", head[21:25])
        return PictureHeader((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind != b"VP8X" or len(head) < 30:
        return None
    width, height = (int.from_bytes(head[at : at + 3], "little") + 1 for at in (24, 27))
    return PictureHeader(width, height, max(1, _webp_frames(source)))


def _webp_frames(source: BinaryIO) -> int:
    source.seek(12)
    frames = 0
    for _ in range(_MOST_STEPS):
        chunk = source.read(8)
        if len(chunk) < 8:
            break
        frames += chunk[:4] == b"ANMF"
        size = int.from_bytes(chunk[4:], "little")
        source.seek(size + size % 2, os.SEEK_CUR)
    return frames


_READERS = {b"\x89PNG\r\n\x1a\n": _of_png, b"\xff\xd8\xff": _of_jpeg, b"GIF8": _of_gif, b"RIFF": _of_webp}
