import hashlib
import io
import struct
import zlib

import pytest
from PIL import Image

from app.config import PictureLimits
from app.media.kinds import (
    COMPLIANT,
    EXTENSIONS,
    PICTURES,
    SHOWN,
    UNKNOWN,
    is_envelope,
    is_named_as_envelope,
    kind_of,
)
from app.media.looking import look
from app.media.pictures import THUMBNAIL, NotReadable, Picture, decode

LIMITS = PictureLimits()


def thumbnail(data: bytes) -> Picture:
    return decode(io.BytesIO(data), THUMBNAIL, LIMITS)


def picture(form: str, size: tuple[int, int] = (40, 20), **more: object) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "#c33").save(written, form, **more)
    return written.getvalue()


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (picture("JPEG"), "image/jpeg"),
        (picture("PNG"), "image/png"),
        (picture("GIF"), "image/gif"),
        (picture("WEBP"), "image/webp"),
        (b"\0\0\0\x18ftypisom\0\0\2\0isomiso2", "video/mp4"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "video/mp4"),
        (b"\0\0\0\x18ftyp3gp5\0\0\0\0isom3gp5", "video/3gpp"),
        (b"\0\0\0\x18ftypqt  \0\0\0\0qt  ", UNKNOWN),
        (b"\0\0\0\x18ftypheic\0\0\0\0heicmif1", UNKNOWN),
        (b"ID3\x04\0\0\0\0\0\0", "audio/mpeg"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav"),
        (b"#!AMR\n\x3c\x08", "audio/amr"),
        (b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Una\r\nEND:VCARD\r\n", "text/vcard"),
        ("Grüße, bis sechs".encode(), "text/plain"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"<!doctype html><script>alert(1)</script>", UNKNOWN),
        (b"\xef\xbb\xbf  <svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", UNKNOWN),
        (b"<?xml version='1.0'?><smil/>", UNKNOWN),
        (b"PK\x03\x04\x14\0", UNKNOWN),
        (b"MZ\x90\0\3\0", UNKNOWN),
        (b"\x7fELF\2\1\1", UNKNOWN),
        (b"text with a \x00 in it", UNKNOWN),
        (b"\xff\xfeh\0i\0", UNKNOWN),
        (b"", UNKNOWN),
    ],
)
def test_a_file_is_what_its_content_says(head, kind):
    assert kind_of(head) == kind


def test_every_kind_that_is_told_has_an_ending_for_its_names():
    assert set(EXTENSIONS) == COMPLIANT | PICTURES
    assert set(EXTENSIONS) >= SHOWN
    assert len(set(EXTENSIONS.values())) == len(EXTENSIONS)


@pytest.mark.parametrize(
    "head",
    [
        b"<smil><body/></smil>",
        b"\xef\xbb\xbf\r\n\t<SMIL xmlns='x'>",
        b"<?xml version='1.0'?><anything/>",
        b"<!DOCTYPE smil PUBLIC '-//W3C//DTD SMIL 1.0//EN'>",
        "<smil/>".encode("utf-16"),
        "\ufeff<?xml?>".encode("utf-16-be"),
    ],
)
def test_what_only_lays_out_other_parts_is_known(head):
    assert is_envelope(head)


@pytest.mark.parametrize(
    "head", [picture("PNG"), b"<html><smil/>", b"a text about <smil>", b"smil", b"", b"\xff\xfe", b"<svg/>"]
)
def test_what_is_for_people_is_not_taken_for_layout(head):
    assert not is_envelope(head)


def test_layout_is_known_by_its_name_in_any_case():
    assert all(map(is_named_as_envelope, ("0.smil", "A.SMIL", "b.smi", "c.Xml")))
    assert not any(map(is_named_as_envelope, ("smil", "a.smil.jpg", "xml", "b.jpg", "")))


def test_a_file_is_looked_at_whole_and_a_broken_picture_is_of_no_known_kind():
    whole, broken = (
        look(io.BytesIO(data), LIMITS) for data in (picture("JPEG", (60, 30)), picture("PNG")[:60])
    )
    assert (whole.content_type, whole.ending, whole.thumbnail and whole.thumbnail.width) == (
        "image/jpeg",
        "jpg",
        60,
    )
    assert (broken.content_type, broken.ending, broken.thumbnail) == (UNKNOWN, "bin", None)
    long = b"letters " * 100_000
    looked = look(io.BytesIO(long), LIMITS)
    assert (looked.size, looked.digest) == (len(long), hashlib.sha256(long).hexdigest())


def test_a_letter_that_is_cut_in_two_is_still_text():
    assert kind_of(b"a" * 8191 + "ü".encode()[:1]) == "text/plain"


def test_a_small_picture_is_upright_and_holds_no_metadata():
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "where Una lives"
    small = thumbnail(picture("JPEG", (1200, 600), exif=exif))

    assert (small.width, small.height, small.type) == (600, 1200, "image/jpeg")
    assert b"Una" not in small.data
    with Image.open(io.BytesIO(small.data)) as shown:
        assert shown.size == (240, 480)
        assert not shown.getexif()


def test_a_picture_with_holes_stays_a_png():
    written = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(written, "PNG")
    assert thumbnail(written.getvalue()).type == "image/png"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_a_picture_of_too_many_pixels_is_not_unpacked():
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(10**6)))
    with pytest.raises(NotReadable):
        thumbnail(bomb + chunk(b"IEND", b""))


@pytest.mark.parametrize("broken", [b"", b"GIF89a", picture("PNG")[:60], b"\xff\xd8\xff\xe0" + b"\0" * 50])
def test_what_only_begins_like_a_picture_is_not_readable(broken):
    with pytest.raises(NotReadable):
        thumbnail(broken)
