"""Files of a user's texts through the client API: uploaded, used once, taken back (S21, D15)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import struct
import zlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from app.clock import now
from app.db import transactional
from app.media import pictures
from app.media.pictures import DecoderBusy, DecoderLost
from app.media.store import store
from app.models import Attachment, Group
from app.services.messaging import erasure, uploads
from app.vocabulary import AttachmentState
from app.web import limits
from tests import make

REFUSED, CONFLICT = 422, 409


def jpeg(width: int = 64, height: int = 48, **more: Any) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(written, "JPEG", **more)
    return written.getvalue()


@pytest.fixture
def here(client: Callable[..., Any]) -> SimpleNamespace:
    """Una with a number that may send MMS, and her client."""
    una = make.user()
    make.licence(una)
    number = make.assignment(una)
    return SimpleNamespace(una=una, number=number, client=client(una))


def upload(here: SimpleNamespace, data: bytes, name: str = "photo.jpg", number_id: int | None = None) -> Any:
    form = {"number_id": number_id or here.number.id, "file": (io.BytesIO(data), name)}
    return here.client.call("POST", "attachments", data=form)


def send(here: SimpleNamespace, *file_ids: int, text: str = "Look", **more: Any) -> Any:
    given = {"number_id": here.number.id, "to": make.PHONE, "text": text, "client_ref": "one"}
    return here.client.post("messages", {**given, "attachment_ids": list(file_ids), **more})


def test_a_picture_is_kept_with_what_a_client_wants_to_know(here):
    answer = upload(here, jpeg(640, 480), "../Urlaub\u202egpj.jpg")
    shown = answer.json
    assert answer.status_code == 201
    assert (shown["name"], shown["content_type"]) == ("Urlaubgpj.jpg", "image/jpeg")
    assert (shown["state"], shown["width"], shown["height"]) == ("stored", 640, 480)
    assert (shown["size"], shown["has_thumbnail"]) == (len(jpeg(640, 480)), True)
    assert here.client.get(f"attachments/{shown['id']}").json == shown
    [row] = make.every(Attachment)
    assert b"".join(store().read(row.storage_key)) == jpeg(640, 480)
    assert len(b"".join(store().read(row.thumbnail_key))) > 0


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"<html><script>alert(1)</script>", "photo.jpg", "application/octet-stream"),
        (b"%PDF-1.7 one page", "photo.jpg", "application/pdf"),
        (jpeg()[:200], "broken.jpg", "application/octet-stream"),
        (b"BEGIN:VCARD\nFN:Una\nEND:VCARD", "una.txt", "text/vcard"),
        (b"MZ\x90\x00\x03", "tool.exe", "application/octet-stream"),
    ],
    ids=["a page", "a document", "half a picture", "a card", "a program"],
)
def test_a_file_is_what_it_holds_and_not_what_it_is_called(here, data, name, kind):
    """D15."""
    assert upload(here, data, name).json["content_type"] == kind


def test_what_cannot_be_kept_is_refused_with_what_to_do(here, app, monkeypatch):
    assert "empty" in upload(here, b"").json["fields"][0]["message"]
    small = dataclasses.replace(app.extensions["settings"], upload_most_bytes=1_000_000)
    monkeypatch.setitem(app.extensions, "settings", small)
    with pytest.raises(uploads.TooLarge, match="A file has 1 MB at most"):
        uploads.upload(make.at(here.una), here.number.id, "long.txt", io.BytesIO(b"x" * 1_000_001))
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    stream = {"input_stream": io.BytesIO(b"--x"), "environ_overrides": {"CONTENT_LENGTH": "1100000"}}
    assert here.client.call("POST", "attachments", headers=kind, **stream).status_code == 413
    missing = here.client.call("POST", "attachments", data={"number_id": here.number.id})
    assert missing.json["fields"] == [{"field": "file", "message": "Field required"}]
    typed = here.client.call("POST", "attachments", data={"number_id": here.number.id, "file": "words"})
    assert "file name" in typed.json["fields"][0]["message"]
    assert make.every(Attachment) == []


def no_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "decode", lambda *_a, **_k: pytest.fail("it was decoded"))


def test_what_there_is_no_room_for_is_not_even_decoded(here, monkeypatch):
    """The quota of a number is spent before a picture costs anything."""
    for _ in range(50):
        make.attachment(here.number, b"words")
    no_decoder(monkeypatch)
    assert upload(here, jpeg()).status_code == CONFLICT
    assert len(make.every(Attachment)) == 50


def test_what_is_being_decoded_counts_already(here, monkeypatch):
    """Many uploads at once find the room that those before them have left."""
    for _ in range(49):
        make.attachment(here.number, b"words")
    real, meanwhile = uploads.look, []

    def look(*given: Any, **more: Any) -> Any:
        monkeypatch.setattr(uploads, "look", real)
        meanwhile.append(upload(here, jpeg()).status_code)
        return real(*given, **more)

    monkeypatch.setattr(uploads, "look", look)
    assert (upload(here, jpeg()).status_code, meanwhile) == (201, [CONFLICT])


@pytest.mark.parametrize("trouble", [DecoderBusy, DecoderLost])
def test_a_picture_without_a_decoder_is_refused_with_what_to_do_and_takes_no_room(here, monkeypatch, trouble):
    def refuse(*_given: Any, **_more: Any) -> None:
        raise trouble

    with monkeypatch.context() as patched:
        patched.setattr(pictures, "decode", refuse)
        answer = upload(here, jpeg())
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert "Try again in a minute" in answer.json["detail"]
    assert int(answer.headers["Retry-After"]) > 0
    assert [row.state for row in make.every(Attachment)] == [AttachmentState.ERASED]
    assert upload(here, jpeg()).status_code == 201


def test_a_picture_beyond_the_limits_is_kept_as_a_file_and_says_why_it_is_not_shown(here, monkeypatch):
    """D15: what is no known kind goes as a link."""
    monkeypatch.setattr(pictures.subprocess, "Popen", lambda *_a, **_k: pytest.fail("it was decoded"))
    head = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    shown = upload(here, b"\x89PNG\r\n\x1a\n" + chunk + bytes(100), "large.png").json
    assert (shown["state"], shown["content_type"]) == ("stored", "application/octet-stream")
    assert (shown["has_thumbnail"], shown["reason"]) == (
        False,
        "No preview: it has more than 40 million pixels.",
    )


def test_a_user_and_a_tenant_upload_so_many_files_a_minute(here, app, client, monkeypatch, limited):
    few = dataclasses.replace(app.extensions["settings"], uploads_per_minute=2, tenant_uploads_per_minute=3)
    monkeypatch.setitem(app.extensions, "settings", few)
    monkeypatch.setattr(limits, "now", lambda: dt.datetime(2030, 1, 1, 0, 0, 15, tzinfo=dt.UTC))
    first, second = (SimpleNamespace(number=here.number, client=client(here.una)) for _ in range(2))
    assert [upload(first, b"one").status_code, upload(second, b"two").status_code] == [201, 201]
    refused = upload(second, b"three")
    assert (refused.status_code, len(make.every(Attachment))) == (429, 2)
    assert refused.json["detail"].startswith("This user used up its 2 uploaded files a minute.")
    ben = make.user(make.every(Group)[0])
    make.licence(ben)
    colleague = SimpleNamespace(number=make.assignment(ben), client=client(ben))
    assert [upload(colleague, b"four").status_code, upload(colleague, b"five").status_code] == [201, 429]


def test_a_strangers_number_and_file_are_not_there(here, client):
    other = make.assignment()
    assert upload(here, jpeg(), number_id=other.id).status_code == 404
    file_id = upload(here, jpeg()).json["id"]
    stranger = client(make.user())
    assert stranger.get(f"attachments/{file_id}").status_code == 404
    assert stranger.call("DELETE", f"attachments/{file_id}").status_code == 404
    assert here.client.get(f"attachments/{file_id}").status_code == 200


def test_an_upload_is_taken_back_and_its_bytes_go(here):
    file_id = upload(here, jpeg()).json["id"]
    key = make.every(Attachment)[0].storage_key
    assert here.client.call("DELETE", f"attachments/{file_id}").status_code == 204
    assert here.client.get(f"attachments/{file_id}").status_code == 404
    assert here.client.call("DELETE", f"attachments/{file_id}").status_code == 404
    erasure.take_out_of_store()
    assert make.every(Attachment) == []
    with pytest.raises(FileNotFoundError):
        store().read(key)


def test_a_text_has_its_files_in_the_order_that_was_asked_for(here):
    one, two = (upload(here, jpeg(), name).json["id"] for name in ("one.jpg", "two.jpg"))
    sent = send(here, two, one, text="")
    assert (sent.status_code, sent.json["text"], sent.json["sent_as"]) == (202, "", "mms")
    assert [file["id"] for file in sent.json["attachments"]] == [two, one]
    again = send(here, two, one, text="")
    assert again.json == sent.json
    assert here.client.call("DELETE", f"attachments/{one}").status_code == 404
    thread = here.client.get(f"numbers/{here.number.id}/messages").json["items"]
    assert thread == [sent.json]


def test_the_same_reference_with_other_files_is_another_text(here):
    """An answer was lost, and the client asks again: the same files are the same text, also uploaded anew."""
    one, other, same = (upload(here, data).json["id"] for data in (jpeg(), jpeg(32), jpeg()))
    first = send(here, one)
    assert send(here, one).json == send(here, same).json == first.json
    for files_ in ((), (other,), (one, other), (one, 999_999)):
        answer = send(here, *files_)
        assert answer.status_code == CONFLICT
        assert "with a new client_ref" in answer.json["detail"]
    assert send(here, other, client_ref="two").status_code == 202


def test_a_text_without_files_gets_none_by_being_sent_again(here):
    send(here)
    file_id = upload(here, jpeg()).json["id"]
    assert send(here, file_id).status_code == CONFLICT
    assert send(here).status_code == 202


def test_what_was_erased_since_is_known_still(here):
    file_id = upload(here, jpeg()).json["id"]
    message = send(here, file_id).json
    transactional(erasure.erase_batch)([message["id"]])
    assert send(here, file_id).json["id"] == message["id"]


def test_a_file_is_used_once_by_any_number_of_its_user(here):
    file_id = upload(here, jpeg()).json["id"]
    send(here, file_id)
    twice = send(here, file_id, client_ref="two")
    assert (twice.status_code, twice.json["fields"][0]["field"]) == (REFUSED, "attachment_ids")
    second = make.assignment(here.una)
    other = upload(here, jpeg(), number_id=second.id).json["id"]
    assert send(here, other, client_ref="three").status_code == 202
    assert make.every(Attachment, id=other)[0].assignment_id == here.number.id
    assert send(here, 999_999, client_ref="four").status_code == REFUSED


def test_nobody_sends_a_strangers_upload(here, client):
    stranger = make.user()
    make.licence(stranger)
    theirs = SimpleNamespace(una=stranger, number=make.assignment(stranger), client=client(stranger))
    file_id = upload(theirs, jpeg()).json["id"]
    assert send(here, file_id).status_code == REFUSED
    assert make.every(Attachment)[0].message_id is None


def test_nothing_is_half_sent(here):
    """A text that is refused leaves its files for the next try."""
    file_id = upload(here, jpeg()).json["id"]
    long = send(here, file_id, text="x" * 1600)
    assert (long.status_code, long.json["fields"][0]["field"]) == (REFUSED, "text")
    assert "links" in long.json["detail"]
    assert send(here, text="").status_code == REFUSED
    assert send(here, file_id, client_ref="two").status_code == 202


def test_what_no_text_uses_goes_after_a_day(here):
    used, unused, young = (upload(here, jpeg()).json["id"] for _ in range(3))
    send(here, used)
    for file_id in (used, unused):
        row = make.every(Attachment, id=file_id)[0]
        row.created_at = now() - dt.timedelta(hours=25)
        make.kept(row)
    uploads.forget_unused()
    states = {row.id: row.state for row in make.every(Attachment)}
    assert states == {
        used: AttachmentState.STORED,
        unused: AttachmentState.ERASED,
        young: AttachmentState.STORED,
    }


def test_not_more_wait_than_somebody_would_send(here, monkeypatch):
    monkeypatch.setattr(uploads, "_MOST_UNUSED", 2)
    assert [upload(here, jpeg()).status_code for _ in range(3)] == [201, 201, 409]


def test_the_files_of_an_erased_text_cannot_be_had_any_more(here):
    file_id = upload(here, jpeg()).json["id"]
    message = send(here, file_id).json
    transactional(erasure.erase_batch)([message["id"]])
    assert here.client.get(f"attachments/{file_id}").status_code == 404
    erasure.take_out_of_store()
    [kept] = make.every(Attachment)
    assert (kept.storage_key, kept.thumbnail_key, kept.link_token, kept.name) == (None, None, None, "")


def test_a_closed_number_takes_no_uploads(here):
    here.number.release_requested_at = now()
    make.kept(here.number)
    assert upload(here, jpeg()).status_code == 404
