"""Files that came along with a text are fetched into our own store (S21, D17)."""

import hashlib
import io
import json
import logging
import struct
import threading
import time
import zlib
from dataclasses import replace

import pytest
from PIL import Image

from app.clock import now
from app.media import kinds
from app.models import Attachment, Message, User
from app.services.messaging import quarantine
from app.services.messaging.inbound import held
from app.vocabulary import AttachmentState, OptIn
from tests import make

pytestmark = pytest.mark.usefixtures("real_database")
PICTURE = make.picture("JPEG", (1200, 600))
SMIL = b'<smil><head><layout/></head><body><par><img src="a.jpg"/></par></body></smil>'


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


BOMB = b"".join(
    [
        b"\x89PNG\r\n\x1a\n",
        chunk(b"IHDR", struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)),
        chunk(b"IDAT", zlib.compress(bytes(10**6))),
        chunk(b"IEND", b""),
    ]
)


@pytest.fixture
def number():
    return make.assignment()


def test_a_picture_is_in_our_store_with_a_small_one_and_clients_are_told(
    number, arrive_with, server, work, in_store, events_of
):
    arrive_with(number, server.give("/media/Our%20house.JPG?key=1", PICTURE), text="Look")
    [(_created, before)] = events_of(number)
    assert before["attachments"][0]["state"] == "waiting"

    assert work(("media",)) == ["fetch_files"]

    [file] = make.every(Attachment)
    assert (file.state, file.name, file.content_type) == (
        AttachmentState.STORED,
        "Our house.jpg",
        "image/jpeg",
    )
    assert (file.size, file.width, file.height) == (len(PICTURE), 1200, 600)
    assert file.digest == hashlib.sha256(PICTURE).hexdigest()
    assert (file.source_url, file.due_at, file.claimed_until) == (None, None, None)
    assert in_store()[file.storage_key] == PICTURE
    with Image.open(io.BytesIO(in_store()[file.thumbnail_key])) as small:
        assert small.size == (480, 240)
    [_created, (kind, data)] = events_of(number)
    assert (kind, data["id"], data["text"]) == ("message.updated", file.message_id, "Look")
    assert data["attachments"] == [
        {
            "id": file.id,
            "state": "stored",
            "name": "Our house.jpg",
            "content_type": "image/jpeg",
            "size": len(PICTURE),
            "width": 1200,
            "height": 600,
            "has_thumbnail": True,
            "reason": "",
        }
    ]


def test_of_too_many_files_the_first_are_taken_and_the_text_says_so(number, arrive_with, events_of):
    """A number that no column holds would fail again with each repetition of the carrier."""
    addresses = [f"https://a.b/{n}" for n in range(33_000)]
    arrive_with(number, *addresses, "https://a.b/0.smil", text="Look")
    [message] = make.every(Message)
    rows = make.every(Attachment)
    assert (message.text, message.file_count, len(rows)) == ("Look", 31, 31)
    assert [row.source_url for row in rows[:30]] == addresses[:30]
    assert (rows[30].state, rows[30].due_at) == (AttachmentState.FAILED, None)
    [(_created, told)] = events_of(number)
    last = told["attachments"][30]
    assert last["reason"] == "A text has 30 files at most. This many more came and were left out: 32970."


def test_as_many_files_as_a_text_has_are_taken_and_layouts_do_not_count(number, arrive_with):
    addresses = [f"https://a.b/{n}" for n in range(30)]
    arrive_with(number, *addresses, *[f"https://a.b/{n}.smil" for n in range(5)])
    [message] = make.every(Message)
    assert message.file_count == len(make.every(Attachment)) == 30


@pytest.mark.parametrize(
    ("body", "kind", "name"),
    [
        (b"<!doctype html><script>alert(1)</script>", kinds.UNKNOWN, "a.bin"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", kinds.UNKNOWN, "a.bin"),
        (BOMB, kinds.UNKNOWN, "a.bin"),
        (PICTURE[:100], kinds.UNKNOWN, "a.bin"),
        (b"MZ\x90\0", kinds.UNKNOWN, "a.bin"),
        (b"%PDF-1.7\n", "application/pdf", "a.pdf"),
        (b"#!AMR\n\x3c\x08", "audio/amr", "a.amr"),
    ],
    ids=["page", "svg", "bomb", "half a picture", "program", "pdf", "sound"],
)
def test_a_file_is_what_it_holds_whatever_it_calls_itself(
    number, arrive_with, server, work, in_store, body, kind, name
):
    """What is not surely a picture is a download and has no small one."""
    arrive_with(number, server.give("/media/a.png", body, Content_Type="image/png"))
    work(("media",))

    [file] = make.every(Attachment)
    assert (file.state, file.content_type, file.name) == (AttachmentState.STORED, kind, name)
    assert (file.thumbnail_key, file.width) == (None, None)
    assert in_store() == {file.storage_key: body}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/media/", "file.jpg"),
        ("/media/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "passwd.jpg"),
        ("/media/..%5C..%5Cboot.ini", "boot.jpg"),
        ("/media/a%00b%0d%0aX:%20y.png", "ab X_ y.jpg"),
        ("/media/%E2%80%AEgnp.exe", "gnp.jpg"),
        ("/media/" + "n" * 300 + ".png", "n" * 96 + ".jpg"),
        ("/media/Gr%C3%BC%C3%9Fe.tar.gz", "Grüße.tar.jpg"),
        ("/media/.htaccess", "htaccess.jpg"),
        ("/media/%22onload=alert(1)", "_onload=alert(1).jpg"),
    ],
)
def test_a_strangers_name_is_made_safe_and_ends_by_what_the_file_is(
    number, arrive_with, server, work, path, name
):
    arrive_with(number, server.give(path, PICTURE))
    work(("media",))
    assert [file.name for file in make.every(Attachment)] == [name]


@pytest.mark.parametrize("name", ["0.smil", "0.SMIL", "layout.smi", "part.xml?x=.jpg", "part%2Exml"])
def test_a_part_that_is_named_as_layout_is_not_even_asked_for(
    number, arrive_with, server, work, in_store, events_of, name
):
    arrive_with(number, server.give(f"/media/{name}", PICTURE), server.give("/media/a.jpg", PICTURE))
    work(("media",))

    layout, picture = make.every(Attachment)
    assert (layout.state, layout.source_url) == (AttachmentState.DROPPED, None)
    assert picture.state is AttachmentState.STORED
    assert server.asked == ["/media/a.jpg"]
    for _kind, data in events_of(number):
        assert [one["id"] for one in data["attachments"]] == [picture.id]


@pytest.mark.parametrize(
    "body",
    [
        SMIL,
        b"\xef\xbb\xbf\r\n <SMIL/>",
        b'<?xml version="1.0"?><smil/>',
        "<smil/>".encode("utf-16"),
        b"<!DOCTYPE smil PUBLIC '-//W3C//DTD SMIL 1.0//EN'><smil/>",
    ],
    ids=["smil", "with a mark", "xml", "wide", "with a type"],
)
def test_a_part_that_is_layout_by_its_content_is_dropped_and_not_kept(
    number, arrive_with, server, work, in_store, events_of, body
):
    arrive_with(number, server.give("/media/a.jpg", body, Content_Type="image/jpeg"))
    work(("media",))

    [file] = make.every(Attachment)
    assert (file.state, file.source_url, file.storage_key) == (AttachmentState.DROPPED, None, None)
    assert in_store() == {}
    assert [data["attachments"] for kind, data in events_of(number) if kind == "message.updated"] == [[]]


def test_a_part_that_turns_out_to_be_named_as_layout_is_dropped(number, arrive_with, server, work, in_store):
    end = server.give("/media/real.smil", PICTURE)
    arrive_with(number, server.give("/media/1", status=302, Location=end))
    work(("media",))
    assert [file.state for file in make.every(Attachment)] == [AttachmentState.DROPPED]
    assert in_store() == {}


LEADS_TO = {
    "loopback": ("http://127.0.0.1:1/a.jpg", "its address is not an https one"),
    "metadata": ("https://169.254.169.254/latest/meta-data/", "its address is not a public one"),
    "private": ("https://10.1.2.3/a.jpg", "its address is not a public one"),
    "mapped": ("https://[::ffff:127.0.0.1]/a.jpg", "its address is not a public one"),
    "a file": ("file:///etc/passwd", "its address is not an https one"),
    "nonsense": ("https://[::1", "its address cannot be read"),
    "signed in": ("https://a:b@203.0.113.9/a.jpg", "its address holds a sign-in"),
}


@pytest.mark.parametrize("is_redirected", [False, True], ids=["at once", "after a redirect"])
@pytest.mark.parametrize(("where", "why"), LEADS_TO.values(), ids=LEADS_TO)
def test_an_address_that_is_not_for_us_is_never_asked(
    number, arrive_with, server, work, in_store, caplog, where, why, is_redirected
):
    address = server.give("/media/1", status=302, Location=where) if is_redirected else where
    arrive_with(number, address)
    with caplog.at_level(logging.INFO):
        work(("media",))

    [file] = make.every(Attachment)
    assert (file.state, file.reason) == (
        AttachmentState.FAILED,
        f"The carrier's file could not be taken: {why}.",
    )
    assert (file.source_url, file.due_at, file.tries) == (None, None, 1)
    assert in_store() == {}
    assert where not in caplog.text
    assert server.origin not in caplog.text


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"body": b"x" * 2_000_001}, "it is larger than 2 MB"),
        ({"status": 404}, "its server answered 404"),
        ({"body": PICTURE, "Content_Encoding": "gzip"}, "it came packed"),
        ({"body": b""}, "it is empty"),
        ({"status": 302, "Location": "/media/1"}, "it leads from one address to the next"),
    ],
    ids=["large", "gone", "packed", "empty", "in circles"],
)
def test_what_cannot_be_taken_fails_at_once_with_a_sentence(
    number, arrive_with, server, work, in_store, events_of, given, why
):
    arrive_with(number, server.give("/media/1", **given))
    work(("media",))

    [file] = make.every(Attachment)
    assert (file.state, file.reason) == (
        AttachmentState.FAILED,
        f"The carrier's file could not be taken: {why}.",
    )
    assert file.source_url is None
    assert in_store() == {}
    _kind, data = events_of(number)[-1]
    assert (data["attachments"][0]["state"], data["attachments"][0]["reason"]) == ("failed", file.reason)


def test_a_server_that_never_comes_to_an_end_is_left_in_time(
    number, arrive_with, server, work, in_store, app, monkeypatch
):
    impatient = replace(app.extensions["settings"], media_fetch_seconds=1)
    monkeypatch.setitem(app.extensions, "settings", impatient)
    stopped = threading.Event()
    try:
        arrive_with(number, server.trickle("/media/1", stopped))
        began = time.monotonic()
        work(("media",))
        assert time.monotonic() - began < 6
    finally:
        stopped.set()
    [file] = make.every(Attachment)
    assert file.state is AttachmentState.WAITING
    assert file.due_at > now()
    assert in_store() == {}


def test_a_held_text_is_fetched_all_the_same_and_tells_nobody_before_it_is_handed_over(
    arrive_with, server, work, events
):
    """D7, D28."""
    una = make.user()
    number = make.assignment(una)
    arrive_with(number, server.give("/media/a.jpg", PICTURE))
    work(("media",))
    assert [file.state for file in make.every(Attachment)] == [AttachmentState.STORED]
    assert events(una) == []

    make.licence(una)
    held.release_held_of_user(una.id)
    [(kind, data)] = events(una)
    assert (kind, data["attachments"][0]["state"]) == ("message.created", "stored")


def test_a_text_of_a_media_stream_is_fetched_and_tells_nobody(arrive_with, server, work, app):
    number = make.assignment(make.stream())
    arrive_with(number, server.give("/media/a.jpg", PICTURE))
    work(("media",))
    assert [file.state for file in make.every(Attachment)] == [AttachmentState.STORED]
    assert app.extensions["redis"].keys("impp:user:*") == []


@pytest.mark.parametrize("why", ["blocked", "opted out"])
def test_a_suppressed_text_fetches_nothing(number, arrive_with, server, work, queued, why):
    """D9."""
    if why == "blocked":
        make.block(number)
    else:
        number.opt_in = OptIn.OPTED_OUT
        make.kept(number)
    arrive_with(number, server.give("/media/a.jpg", PICTURE))
    assert ("fetch_files", {}) not in queued()
    assert (make.every(Attachment), server.asked) == ([], [])


def test_a_quarantined_text_fetches_when_it_is_handed_over(server, work):
    """D12."""
    una = make.user()
    make.licence(una)
    platform = make.platform(una)
    call = {
        "referenceId": "r1",
        "from": make.PHONE,
        "to": ["+12019929999"],
        "text": "Look",
        "mediaUrls": [server.give("/media/a.jpg", PICTURE)],
    }
    make.quarantined(platform, "+12019929999", payload=json.dumps(call))
    work()
    assert server.asked == []

    given = make.assignment(una, on=platform, number="+12019929999")
    quarantine.replay(given.id)
    work(("media",))
    assert [(file.state, file.assignment_id) for file in make.every(Attachment)] == [
        (AttachmentState.STORED, given.id)
    ]


def test_a_group_text_to_two_of_ours_has_its_files_twice(number, arrive_with, server, work, in_store):
    """D30: one of the two may be erased, and the other keeps its own."""
    second = make.assignment(make.every(User, id=number.user_id)[0])
    address = server.give("/media/a.jpg", PICTURE)
    arrive_with(number, address, recipients=(number.number, second.number))
    work(("media",))
    found = make.every(Attachment)
    assert {file.assignment_id for file in found} == {number.id, second.id}
    assert len({file.storage_key for file in found}) == 2
    assert len(in_store()) == 4
