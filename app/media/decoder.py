"""The worker program that decodes one picture and exits. Started by `pictures.py`, never imported by it.

Usage: python -I decoder.py '<job as JSON>' < picture > answer

It knows nothing of the app: no settings, no secrets, no import besides Pillow and the standard library. The
answer is one line of JSON, then the bytes of the new picture: {"type", "width", "height"}, or
{"refused": "pixels" | "memory" | "broken"} and no bytes.
"""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import sys
import warnings
from contextlib import suppress
from typing import Any, BinaryIO

from PIL import Image
from PIL.Image import Transpose

_ORIENTATION = 0x0112  # how the camera was held, by EXIF
_UPRIGHT = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
_SWAPS_SIDES = {_UPRIGHT[held] for held in (5, 6, 7, 8)}
_WITHOUT_ALPHA = {"L", "RGB", "CMYK", "YCbCr"}


class TooManyPixels(ValueError):
    """The header of the file says more than the job allows."""


def main() -> None:
    """Do the job of the command line within its limits."""
    job = json.loads(sys.argv[1])
    restrict(int(job["memory"]), int(job["seconds"]))
    head, data = answer(sys.stdin.buffer, job)
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + data)


def restrict(memory: int, seconds: int) -> None:
    """Bind this process: `memory` bytes beside what it has now, `seconds` by the clock, a third of them CPU.

    Also no file, no child process and no core dump. It yields to everything else on the machine, and is the
    first that the kernel ends when memory runs out. SIGTERM and SIGINT reach a whole service at its stop: a
    picture that was begun is finished, since a request waits for it.
    """
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, signal.SIG_IGN)
    with suppress(OSError):
        os.nice(5)  # more, and busy neighbors starve it
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write("1000")
    cpu = max(1, seconds // 3)
    limits = dict.fromkeys(("RLIMIT_FSIZE", "RLIMIT_CORE", "RLIMIT_NPROC"), (0, 0))
    limits["RLIMIT_CPU"] = (cpu, cpu + 1)
    if used := _address_space():
        limits["RLIMIT_AS"] = (used + memory, used + memory)
    for name, limit in limits.items():
        with suppress(AttributeError, ValueError, OSError):  # a system may lack one
            resource.setrlimit(getattr(resource, name), limit)
    signal.setitimer(signal.ITIMER_REAL, seconds)  # the kernel ends the process, whatever it is busy with


def _address_space() -> int:
    """Bytes that are mapped now, libraries included; they differ with the processor. 0: not told (macOS)."""
    with suppress(OSError), open("/proc/self/statm") as counts:
        return int(counts.read().split()[0]) * resource.getpagesize()
    return 0


def answer(source: BinaryIO, job: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The head of the answer and the new picture. `job` has `formats` as Pillow names them, `box` (width and
    height of the new picture at most), `pixels` at most, and `png`: always write PNG.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # strangers' files are odd; our own limit of pixels is lower
            return shrink(source, job["formats"], tuple(job["box"]), job["pixels"], always_png=job["png"])
    except TooManyPixels:
        return {"refused": "pixels"}, b""
    except MemoryError:
        return {"refused": "memory"}, b""
    except Exception:  # noqa: BLE001, RUF100 - decoders fail in many ways
        return {"refused": "broken"}, b""


def shrink(
    source: BinaryIO, formats: list[str], box: tuple[int, int], most_pixels: int, *, always_png: bool
) -> tuple[dict[str, Any], bytes]:
    """The first frame, upright, no larger than `box`, with nothing but its pixels.

    JPEG where it is opaque, PNG where not. Width and height in the head are the whole picture's, as people
    see it. Raises TooManyPixels, and whatever Pillow raises.
    """
    with Image.open(source, formats=formats) as picture:
        if picture.width * picture.height > most_pixels:
            raise TooManyPixels
        width, height = picture.size
        turn = _turn(picture)
        if turn in _SWAPS_SIDES:
            width, height = height, width
        picture.draft("RGB", (box[0] * 2, box[1] * 2))  # a large JPEG is decoded small
        picture.load()
        pixels = _small(picture, box if turn not in _SWAPS_SIDES else (box[1], box[0]))
    if turn is not None:
        pixels = pixels.transpose(turn)
    bare = Image.new("RGBA", pixels.size)  # without what the file said beside its pixels
    bare.paste(pixels)
    is_opaque = bare.getchannel("A").getextrema() == (255, 255)
    written = io.BytesIO()
    is_png = always_png or not is_opaque
    shown = bare.convert("RGB") if is_opaque else bare
    shown.save(written, "PNG", optimize=True) if is_png else shown.save(written, "JPEG", quality=80)
    head = {"type": "image/png" if is_png else "image/jpeg", "width": width, "height": height}
    return head, written.getvalue()


def _turn(picture: Image.Image) -> Transpose | None:
    """What brings it upright. Pillow's own way writes all of EXIF again, and fails where that is broken."""
    try:
        held: Any = picture.getexif().get(_ORIENTATION)
    except Exception:  # noqa: BLE001, RUF100 - broken metadata says nothing of the pixels
        return None
    return _UPRIGHT.get(held)


def _small(picture: Image.Image, box: tuple[int, int]) -> Image.Image:
    """RGBA, no larger than the box. A copy of the whole picture has 160 MB at 40 megapixels: few are made."""
    if picture.mode.startswith("I"):  # 65,536 grays of a scanner, which Pillow cuts off at 255
        picture.info.pop("transparency", None)
        picture = picture.convert("I").point(_narrow).convert("L")
    if picture.mode not in _WITHOUT_ALPHA or "transparency" in picture.info:
        picture = picture.convert("RGBA")
    picture.thumbnail(box, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return picture.convert("RGBA")


def _narrow(level: Any) -> Any:
    return level / 256


if __name__ == "__main__":
    main()
