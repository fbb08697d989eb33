"""Pictures as cameras, scanners and strangers make them: each has a small one, or calmly none."""

import io
import random
import struct
import zlib

import pytest
from PIL import Image

from app.config import PictureLimits
from app.media import decoder
from app.media.kinds import UNKNOWN
from app.media.looking import look
from tests.media.test_kinds import chunk

LIMITS = PictureLimits()
RED, GREEN, GREY = (254, 0, 0), (0, 255, 0), (127, 127, 127)


def written(image, form, **more):
    """The bytes of a picture as a file of this form."""
    file = io.BytesIO()
    image.save(file, form, **more)
    return file.getvalue()


def small(data):
    """What was found out, and the small picture."""
    looked = look(io.BytesIO(data), LIMITS)
    assert looked.thumbnail is not None
    return looked, Image.open(io.BytesIO(looked.thumbnail.data)).convert("RGBA")


def is_near(found, wanted):
    return all(abs(one - other) < 6 for one, other in zip(found, wanted, strict=True))


def grey(mode="L"):
    """Black above, white below."""
    ramp = Image.linear_gradient("L").resize((300, 300))
    return ramp.convert("I").point(_wide).convert(mode) if mode == "I;16" else ramp.convert(mode)


def _wide(value):
    return value * 257


def cmyk():
    none, full = (Image.new("L", (60, 40), level) for level in (0, 255))
    return Image.merge("CMYK", (none, full, full, none))


def palette():
    """A green square in nothing."""
    image = Image.new("P", (60, 40), 0)
    image.putpalette([255, 0, 0, *[0, 255, 0] * 255])
    image.paste(1, (20, 10, 40, 30))
    return image


def frames():
    first, *others = (Image.new("RGB", (60, 40), colour) for colour in ("red", "lime", "blue"))
    return first, {"save_all": True, "append_images": others, "duration": 100}


@pytest.mark.parametrize(
    ("data", "kind", "middle"),
    [
        (written(grey(), "PNG"), "image/png", GREY),
        (written(grey("I;16"), "PNG"), "image/png", GREY),
        (written(grey("1"), "PNG"), "image/png", None),
        (written(cmyk(), "JPEG"), "image/jpeg", RED),
        (written(palette(), "PNG", transparency=0), "image/png", GREEN),
        (written(palette(), "GIF", transparency=0), "image/gif", GREEN),
        (written(frames()[0], "GIF", **frames()[1]), "image/gif", RED),
        (written(frames()[0], "WEBP", **frames()[1]), "image/webp", RED),
        (written(frames()[0], "PNG", **frames()[1]), "image/png", RED),
    ],
    ids=["grey", "16 bits", "1 bit", "print", "holes", "gif with holes", "gif", "webp", "moving png"],
)
def test_a_picture_of_any_make_is_shown_in_its_own_colours(data, kind, middle):
    looked, shown = small(data)
    assert looked.content_type == kind
    found = shown.getpixel((shown.width // 2, shown.height // 2))
    assert middle is None or is_near(found, (*middle, 255))


@pytest.mark.parametrize("form", ["PNG", "GIF"])
def test_what_is_nothing_stays_nothing(form):
    assert small(written(palette(), form, transparency=0))[1].getpixel((0, 0))[3] == 0


def test_a_grey_of_16_bits_with_a_hole_is_shown():
    ihdr = chunk(b"IHDR", struct.pack(">IIBBBBB", 300, 300, 16, 0, 0, 0, 0))
    whole = written(grey("I;16"), "PNG")
    behind = whole.index(b"IDAT") - 4
    hole = chunk(b"tRNS", struct.pack(">H", 300))
    assert small(b"\x89PNG\r\n\x1a\n" + ihdr + hole + whole[behind:])[1].size == (300, 300)


@pytest.mark.parametrize("turn", range(1, 9))
def test_each_way_of_holding_a_camera_is_shown_upright(turn):
    upright = Image.new("RGB", (60, 40), "blue")
    upright.paste("red", (0, 0, 20, 20))
    ways = [None, 0, 3, 1, 5, 4, 6, 2]  # as Image.Transpose counts them; what brings back comes behind
    back = {4: 2, 2: 4}.get(ways[turn - 1], ways[turn - 1])
    held = upright if back is None else upright.transpose(Image.Transpose(back))
    exif = Image.Exif()
    exif[0x0112] = turn
    looked, shown = small(written(held, "JPEG", exif=exif, quality=95, subsampling=0))
    assert (looked.thumbnail.width, looked.thumbnail.height, shown.size) == (60, 40, (60, 40))
    assert is_near(shown.getpixel((8, 8)), (*RED, 255))


def test_a_broken_exif_costs_nobody_the_picture():
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x011A] = 6, "Make", 72.0
    exif.get_ifd(0x8769)[0x829A] = (1, 100)
    whole = written(Image.new("RGB", (60, 40), "red"), "JPEG", exif=exif)
    begins = whole.index(b"Exif\0\0") + 6
    ends = begins - 8 + struct.unpack(">H", whole[begins - 8 : begins - 6])[0]
    dice = random.Random(5)
    job = {"formats": ["JPEG"], "box": [480, 480], "pixels": LIMITS.most_pixels, "png": False}
    for _ in range(1500):
        broken = bytearray(whole)
        for _ in range(dice.choice([1, 2, 4, 8])):
            broken[dice.randrange(begins, ends)] = dice.choice([0, 1, 2, 3, 5, 7, 10, 12, 255])
        # In this process, since there are so many of them.
        head, _ = decoder.answer(io.BytesIO(broken), job)
        assert head.get("type") == "image/jpeg"


def test_a_profile_of_colours_is_not_unpacked_into_the_memory():
    """A picture of 30 pixels whose profile and words say that they are 200 MB."""
    ihdr = chunk(b"IHDR", struct.pack(">IIBBBBB", 30, 30, 8, 0, 0, 0, 0))
    for name in (b"iCCP", b"zTXt"):
        bomb = chunk(name, b"a\0\0" + zlib.compress(bytes(200_000_000)))
        idat = chunk(b"IDAT", zlib.compress(bytes(31 * 30)))
        data = b"\x89PNG\r\n\x1a\n" + ihdr + bomb + idat + chunk(b"IEND", b"")
        looked = look(io.BytesIO(data), LIMITS)
        assert (looked.content_type, looked.thumbnail) == (UNKNOWN, None)


@pytest.mark.parametrize(
    ("left", "top", "width", "height"),
    [(0, 0, 60_000, 60_000), (65_000, 65_000, 1, 1), (0, 0, 0, 0)],
    ids=["larger than its screen", "far away", "nothing"],
)
def test_a_gif_whose_picture_is_not_on_its_screen_has_no_small_one(left, top, width, height):
    head = b"GIF89a" + struct.pack("<HHBBB", 10, 10, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"\x2c" + struct.pack("<HHHHB", left, top, width, height, 0) + b"\x02\x02\x44\x01\0\x3b"
    looked = look(io.BytesIO(head + frame), LIMITS)
    assert (looked.content_type, looked.thumbnail) == (UNKNOWN, None)


@pytest.mark.parametrize("size", [(1, 20_000), (20_000, 1)])
def test_a_line_is_a_picture(size):
    shown = small(written(Image.new("RGB", size, "red"), "PNG"))[1]
    assert sorted(shown.size) == [1, 480]
