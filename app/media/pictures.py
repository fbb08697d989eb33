"""Strangers' pictures become small ones, in a process of their own: this one never decodes any (adr/0023).

The header is asked first, then a place is taken, then `decoder.py` is started with the limits of the settings
and nothing else: no environment, no open files, no import of the app. Whatever becomes of it, this process is
as it was.
"""

from __future__ import annotations

import json
import logging
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import BinaryIO

from app.config import PictureLimits
from app.errors import Unavailable
from app.media.picture_headers import read_header
from app.media.places import NoPlace, Places

logger = logging.getLogger(__name__)
_PROGRAM = Path(__file__).with_name("decoder.py")
_PIECE = 256 * 1024
_MOST_ANSWER = 4_000_000  # bytes; a PNG of 480 by 480 pixels needs less than a quarter of it
JOB_WAIT_SECONDS = 60
_GRACE = 2.0  # seconds beyond its own limit, after which a decoder is killed from here
_ENDED_BY_LIMIT = {-signal.SIGXCPU, -signal.SIGSEGV, -signal.SIGBUS, -signal.SIGABRT, -signal.SIGFPE}
_KEPT_SETTINGS = ("LD_LIBRARY_PATH",)  # of the environment: without it some Pythons do not start


class NotReadable(ValueError):
    """Not a picture, or one beyond the limits: trying again is useless. `reason` is a sentence for people,
    and empty where the file is broken or no picture at all; `is_too_large` says that its header told.
    """

    def __init__(self, reason: str = "", *, is_too_large: bool = False):
        super().__init__(reason)
        self.reason = reason
        self.is_too_large = is_too_large


class DecoderBusy(Unavailable):
    """No place became free: trying again helps."""

    message = "Too many pictures are being processed at this moment. Try again in a minute."


class DecoderLost(Unavailable):
    """A decoder was ended from outside, took too long on a busy machine, or did not start."""

    message = "The picture could not be processed at this moment. Try again in a minute."


@dataclass(frozen=True)
class Wanted:
    """What a picture is made into: of these formats (as Pillow names them), no larger than `box`."""

    formats: tuple[str, ...]
    box: tuple[int, int]
    always_png: bool = False


@dataclass(frozen=True)
class Picture:
    """A JPEG or PNG without metadata. `width` and `height` are those of the original, as people see it."""

    data: bytes = field(repr=False)
    type: str
    width: int
    height: int


THUMBNAIL = Wanted(("JPEG", "PNG", "GIF", "WEBP"), (480, 480))


def decode(
    source: BinaryIO, wanted: Wanted, limits: PictureLimits, *, sharer: str = "", in_line: bool = True
) -> Picture:
    """Make a small picture of the first frame of a file, which is read from its beginning.

    sharer: who asks, as `user 7`; one has half of the line at most.  in_line: False for a job, which may wait
    with others of its own, JOB_WAIT_SECONDS at most.  Call it without an open transaction.
    Raises NotReadable; DecoderBusy and DecoderLost, after which the same file may be given again.
    """
    _check_header(source, limits)
    places = _places(os.getpid(), limits.places, limits.line)
    try:
        seconds = limits.wait_seconds if in_line else JOB_WAIT_SECONDS
        with places.taken(seconds, sharer=sharer, in_line=in_line):
            return _read_answer(*_run(source, wanted, limits), limits)
    except NoPlace:
        raise DecoderBusy from None
    except OSError as trouble:
        logger.warning("a decoder cannot be started: %s", type(trouble).__name__)
        raise DecoderLost from None


def _check_header(source: BinaryIO, limits: PictureLimits) -> None:
    header = read_header(source)
    if header is None:
        return
    if header.pixels > limits.most_pixels:
        raise NotReadable(_too_many_pixels(limits), is_too_large=True)
    if header.frames > limits.most_frames:
        raise NotReadable(
            f"No preview: it has more than {limits.most_frames} frames.",
            is_too_large=True,
        )


def _too_many_pixels(limits: PictureLimits) -> str:
    return f"No preview: it has more than {limits.most_pixels / 1_000_000:g} million pixels."


@cache
def _places(_process: int, count: int, line: int) -> Places:
    """Of this process: those of the one that it was forked from are another's."""
    return Places(count, line)


def _run(source: BinaryIO, wanted: Wanted, limits: PictureLimits) -> tuple[int, bytes]:
    """Start a decoder and wait for it; returns its exit status and what it wrote."""
    job = {
        "formats": wanted.formats,
        "box": wanted.box,
        "png": wanted.always_png,
        "pixels": limits.most_pixels,
        "memory": limits.memory_bytes,
        "seconds": limits.seconds,
    }
    with tempfile.TemporaryFile() as copy:  # of its own: what it does to it does not matter
        source.seek(0)
        shutil.copyfileobj(source, copy, _PIECE)
        copy.seek(0)
        with _started(json.dumps(job), copy) as process:
            written = _read_all(process, time.monotonic() + limits.seconds + _GRACE)
            with suppress(subprocess.TimeoutExpired):
                return process.wait(_GRACE), written
            return -signal.SIGKILL, b""


@contextmanager
def _started(job: str, source: BinaryIO) -> Iterator[subprocess.Popen[bytes]]:
    """A decoder, which has ended and is no zombie when this is left, whatever happens."""
    process = subprocess.Popen(  # noqa: S603 - our own program; no code of ours runs between fork and exec
        [sys.executable, "-I", str(_PROGRAM), job],
        stdin=source,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in _KEPT_SETTINGS if name in os.environ},
        cwd="/",
        close_fds=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _read_all(process: subprocess.Popen[bytes], until: float) -> bytes:
    """What a decoder writes, until it closes its end, says too much, or its time is up."""
    assert process.stdout is not None  # noqa: S101 - a pipe was asked for
    pipe, found = process.stdout.fileno(), bytearray()
    with selectors.DefaultSelector() as ready:
        ready.register(pipe, selectors.EVENT_READ)
        while len(found) <= _MOST_ANSWER and ready.select(max(0.0, until - time.monotonic())):
            piece = os.read(pipe, _PIECE)
            if not piece:
                return bytes(found)
            found += piece
    process.kill()
    return b""


def _read_answer(status: int, written: bytes, limits: PictureLimits) -> Picture:
    if status == -signal.SIGXCPU:
        raise NotReadable("No preview: reading it takes too long.")
    if status in _ENDED_BY_LIMIT:
        raise NotReadable
    head, _, data = written.partition(b"\n")
    try:
        told = json.loads(head)
        refused = told.get("refused")
        if refused is None:
            return Picture(data, _type_of(data), int(told["width"]), int(told["height"]))
    except (ValueError, TypeError, KeyError, AttributeError):
        logger.warning("a decoder ended with %s and no answer", status)
        raise DecoderLost from None
    if refused == "pixels":
        raise NotReadable(_too_many_pixels(limits), is_too_large=True)
    raise NotReadable("No preview: reading it takes too much memory." if refused == "memory" else "")


def _type_of(data: bytes) -> str:
    """By its first bytes, not by the word of a process that has read a stranger's file."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    raise ValueError
