"""Pictures are decoded in a process of their own: its limits, its end, and what becomes of the file then."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import signal
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from app.config import BadSetting, PictureLimits, from_environment
from app.media import pictures
from app.media.looking import look
from app.media.pictures import THUMBNAIL, DecoderBusy, DecoderLost, NotReadable, decode
from tests.media.made import flat, gif_of_frames, jpeg_of_scans, png, webp_of_frames, written
from tests.media.test_kinds import chunk

LIMITS = PictureLimits()


def children() -> set[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(os.getpid())], capture_output=True, check=False)
    return {int(pid) for pid in found.stdout.split()}


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    """Neither a process nor a zombie nor an open file."""
    before = len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0
    yield
    if before:
        assert len(os.listdir("/proc/self/fd")) <= before
        states = [
            Path(f"/proc/{pid}/cmdline").read_text() for pid in children() if Path(f"/proc/{pid}").exists()
        ]
        assert not [one for one in states if "decoder.py" in one]


@pytest.fixture
def instead(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Start another program in place of the decoder."""

    def put(code: str) -> None:
        program = tmp_path / "decoder.py"
        program.write_text(code)
        monkeypatch.setattr(pictures, "_PROGRAM", program)

    return put


def limits(**more: int) -> PictureLimits:
    return dataclasses.replace(LIMITS, **more)


@pytest.mark.parametrize(
    "data",
    [
        png(50_000, 50_000, flat(1, 1)),
        png(6_400, 6_400, flat(1, 1)),
        png(2**31 - 1, 2**31 - 1),
        png(9, 9, chunk(b"acTL", struct.pack(">II", 2**31, 0)), flat(9, 9)),
        webp_of_frames(9_990),
        gif_of_frames(4_000),
        b"\xff\xd8\xff\xc0\0\x11\x08\xff\xff\xff\xff\x03" + bytes(9),
    ],
    ids=["bomb", "just above", "largest", "apng", "webp", "gif", "jpeg"],
)
def test_what_the_header_says_is_refused_before_a_process_starts(monkeypatch, data: bytes):
    monkeypatch.setattr(subprocess, "Popen", lambda *_a, **_k: pytest.fail("it was decoded"))
    looked = look(io.BytesIO(data), LIMITS)
    assert (looked.content_type, looked.thumbnail) == ("application/octet-stream", None)
    assert looked.reason.startswith("No preview: it has more than")


def test_an_animation_within_the_limit_shows_its_first_frame():
    assert decode(io.BytesIO(webp_of_frames(500)), THUMBNAIL, LIMITS).width == 16
    assert decode(io.BytesIO(gif_of_frames(500)), THUMBNAIL, LIMITS).width == 1


@pytest.mark.parametrize(
    ("color", "channels", "size"),
    [
        (0, 1, (6_324, 6_324)),
        (2, 3, (6_320, 6_320)),
        (6, 4, (6_320, 6_320)),
        (4, 2, (20_000, 2_000)),
        (0, 1, (1, 100_000)),
    ],
)
def test_a_picture_just_below_the_limit_has_its_small_one(color: int, channels: int, size: tuple[int, int]):
    data = png(*size, flat(*size, channels), color=color)
    small = decode(io.BytesIO(data), THUMBNAIL, LIMITS)
    assert (small.width, small.height) == size
    with Image.open(io.BytesIO(small.data)) as shown:
        assert max(shown.size) == 480


def test_the_memory_of_this_process_does_not_grow():
    data = png(6_320, 6_320, flat(6_320, 6_320, 4), color=6)
    decode(io.BytesIO(data), THUMBNAIL, LIMITS)
    before = _peak()
    for _ in range(2):
        decode(io.BytesIO(data), THUMBNAIL, LIMITS)
    assert _peak() - before < 20_000


def _peak() -> int:
    """The most kB that this process has had."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def test_a_picture_that_needs_more_memory_than_a_decoder_has_is_none():
    data = png(6_000, 6_000, flat(6_000, 6_000, 4), color=6)
    with pytest.raises(NotReadable, match="too much memory"):
        decode(io.BytesIO(data), THUMBNAIL, limits(memory_bytes=100_000_000))


@pytest.mark.parametrize("name", [b"iCCP", b"zTXt", b"iTXt"])
def test_a_bomb_beside_the_pixels_is_not_unpacked(name: bytes):
    packed = zlib.compress(bytes(500_000_000), 1)
    inside = b"a\0\1\0\0\0" if name == b"iTXt" else b"a\0\0"
    data = png(30, 30, chunk(name, inside + packed), flat(30, 30))
    with pytest.raises(NotReadable):
        decode(io.BytesIO(data), THUMBNAIL, limits(memory_bytes=100_000_000))


def test_thousands_of_scans_end_with_the_seconds_of_a_decoder():
    data = jpeg_of_scans(20_000, (3_000, 2_000))
    began = time.monotonic()
    with pytest.raises((NotReadable, DecoderLost)):  # by its CPU time; on a busy machine by the clock
        decode(io.BytesIO(data), THUMBNAIL, limits(seconds=6))
    assert time.monotonic() - began < 15


@pytest.mark.parametrize("form", ["TIFF", "ICO", "BMP", "PPM", "TGA", "JPEG2000", "PCX", "SGI"])
def test_other_formats_are_refused_by_their_content(form: str):
    with pytest.raises(NotReadable):
        decode(io.BytesIO(written(form, (32, 32))), THUMBNAIL, LIMITS)


@pytest.mark.parametrize(
    "data",
    [
        b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 9, 9, 8, 3) + bytes(200),
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        written("PNG")[:-30],
        written("GIF")[:30],
        written("WEBP")[:40],
        written("JPEG")[:300],
        png(0, 0, flat(1, 1)),
        png(0, 9, flat(1, 1)),
        b"",
    ],
    ids=["psd", "eps", "svg", "cut png", "cut gif", "cut webp", "cut jpeg", "nothing", "no width", "empty"],
)
def test_what_is_no_whole_picture_is_refused(data: bytes):
    with pytest.raises(NotReadable):
        decode(io.BytesIO(data), THUMBNAIL, LIMITS)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF"])
def test_nothing_of_what_follows_a_picture_comes_along(form: str):
    """A page, a script or an archive behind the last byte of a picture."""
    data = written(form) + b"<script>alert(1)</script>PK\x03\x04" + bytes(1000)
    small = decode(io.BytesIO(data), THUMBNAIL, LIMITS)
    assert b"script" not in small.data
    assert b"PK\x03\x04" not in small.data


def test_a_decoder_gets_no_secrets_and_no_open_files(instead, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "of the app")
    instead(
        "import json, os, sys\n"
        "seen = sorted(set(os.environ) - {'LD_LIBRARY_PATH', 'LC_CTYPE'})\n"
        "files = len(os.listdir('/proc/self/fd'))\n"
        "print(json.dumps({'width': 1, 'height': files}), flush=True)\n"
        "is_bare = not seen and os.getcwd() == '/' and 'app' not in sys.modules\n"
        "sys.stdout.buffer.write(b'\\xff\\xd8\\xff' if is_bare else b'no')\n"
    )
    small = decode(io.BytesIO(written("PNG")), THUMBNAIL, LIMITS)
    assert small.height <= 4  # in, out, errors, and the listing itself


@pytest.mark.parametrize(
    "code",
    [
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "import time; time.sleep(60)",
        "import os, time; os.close(1); time.sleep(60)",
        "import sys; sys.exit(3)",
        "print('not json')",
        "print('[]')",
        "print('{}')",
        """print('{"width": "x", "height": 1}')""",
        """print('{"width": 1, "height": 1}'); print('<script>')""",
        "import sys\nwhile True: sys.stdout.write('x' * 65536)",
        "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
    ],
    ids=[
        "killed",
        "asleep",
        "mute",
        "failed",
        "words",
        "list",
        "empty",
        "text",
        "script",
        "endless",
        "stopped",
    ],
)
def test_a_decoder_that_is_lost_costs_a_sentence_and_nothing_else(instead, code: str):
    instead(code)
    began = time.monotonic()
    with pytest.raises(DecoderLost, match="Try again"):
        decode(io.BytesIO(written("PNG")), THUMBNAIL, limits(seconds=1))
    assert time.monotonic() - began < 8


@pytest.mark.parametrize("signal_name", ["SIGSEGV", "SIGABRT", "SIGXCPU", "SIGBUS"])
def test_a_decoder_that_breaks_at_a_picture_will_not_be_given_it_again(instead, signal_name: str):
    instead(f"import os, signal; os.kill(os.getpid(), signal.{signal_name})")
    with pytest.raises(NotReadable):
        decode(io.BytesIO(written("PNG")), THUMBNAIL, LIMITS)


def test_a_decoder_that_cannot_be_started_is_lost(monkeypatch):
    def refuse(*_a: object, **_k: object) -> None:
        raise BlockingIOError

    monkeypatch.setattr(subprocess, "Popen", refuse)
    with pytest.raises(DecoderLost):
        decode(io.BytesIO(written("PNG")), THUMBNAIL, LIMITS)


def test_the_stop_of_a_service_lets_a_picture_be_finished():
    """systemd sends SIGTERM to every process of a service at once."""
    data = png(6_320, 6_320, flat(6_320, 6_320, 3), color=2)
    job = {"formats": ["PNG"], "box": [48, 48], "pixels": 10**8, "png": False, "memory": 10**9, "seconds": 60}
    command = [sys.executable, "-I", str(pictures._PROGRAM), json.dumps(job)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={})
    assert process.stdin is not None
    process.stdin.write(data[:1000])
    process.stdin.flush()
    while _ignored(process.pid) & (1 << (signal.SIGTERM - 1)) == 0:
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGINT)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL  # and not of the two before


def _ignored(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("SigIgn"))


def test_no_place_in_time_is_a_sentence(instead):
    few = limits(places=1, line=1, wait_seconds=1, seconds=1)
    held = pictures._places(os.getpid(), 1, 1)
    with held.taken(0), pytest.raises(DecoderBusy, match="Try again in a minute"):
        decode(io.BytesIO(written("PNG")), THUMBNAIL, few)


def test_the_limits_are_settings(settings_with):
    given = from_environment(settings_with(PICTURE_PLACES="3", PICTURE_MEMORY_MB="400", PICTURE_LINE="5"))
    assert given.pictures == dataclasses.replace(LIMITS, places=3, memory_bytes=400_000_000, line=5)
    assert from_environment(settings_with()).pictures == LIMITS


@pytest.mark.parametrize(
    "name", ["PICTURE_MOST_PIXELS", "PICTURE_PLACES", "PICTURE_LINE", "PICTURE_SECONDS", "PICTURE_MEMORY_MB"]
)
def test_a_limit_of_nothing_is_said_at_start(settings_with, name: str):
    with pytest.raises(BadSetting, match=f"{name} must be at least"):
        from_environment(settings_with(**{name: "-1"}))
