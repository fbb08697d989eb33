"""What is said with a file, and which part of it is sent (D16)."""

from __future__ import annotations

from typing import Any

import pytest

from app.db import db as database
from app.media.store import store
from app.models import Attachment
from tests import make
from tests.web.linked import HTML, LETTERS, SVG, expire, shared


def test_a_file_is_harmless_by_what_is_said_with_it(stranger):
    _, file = shared(None, HTML, name="page.html")
    answer = stranger.get(file)
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert {"sandbox", "default-src 'none'", "frame-ancestors 'none'"} <= set(policy)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == "attachment; filename=page.html"


@pytest.mark.parametrize("which", ["page", "file", "range", "not modified", "unknown", "expired"])
def test_every_answer_keeps_to_itself(stranger, which):
    page, file = shared()
    [row] = make.every(Attachment)
    asked: dict[str, Any] = {"path": page if which in {"page", "expired"} else file}
    if which == "range":
        asked["headers"] = {"Range": "bytes=0-3"}
    if which == "not modified":
        asked["headers"] = {"If-None-Match": f'"{row.digest}"'}
    if which == "unknown":
        asked["path"] = f"/m/{'u' * 22}"
    if which == "expired":
        expire()
    said = stranger.get(**asked).headers
    assert said["X-Content-Type-Options"] == "nosniff"
    assert said["Referrer-Policy"] == "no-referrer"
    assert said["Cross-Origin-Resource-Policy"] == "same-origin"
    assert said["X-Robots-Tag"].startswith("noindex")
    assert said["X-Frame-Options"] == "DENY"
    assert said["Cache-Control"] == "private, no-cache"
    policy = said["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert policy.startswith("sandbox;") == (which in {"file", "range", "not modified"})


@pytest.mark.parametrize(
    ("content", "name", "kind", "said"),
    [
        (None, "a.png", "image/png", "inline; filename=a.png"),
        (None, "a.html", "image/png", "inline; filename=a.png"),
        (make.picture("JPEG"), "a.jpeg", "image/jpeg", "inline; filename=a.jpeg"),
        (None, "", "image/png", "inline; filename=file.png"),
        (None, "../a/b.png", "image/png", "inline; filename=b.png"),
        (None, "a\u202egnp.png", "image/png", "inline; filename=agnp.png"),
        (None, 'a".png', "image/png", "inline; filename=a_.png"),
        (None, "für.png", "image/png", "inline; filename=fur.png; filename*=UTF-8''f%C3%BCr.png"),
        (LETTERS, "a.csv", "text/plain; charset=utf-8", "attachment; filename=a.csv"),
        (SVG, "a.svg", "application/octet-stream", "attachment; filename=a.svg"),
        (b"BEGIN:VCARD\r\nEND:VCARD\r\n", "", "text/vcard; charset=utf-8", "attachment; filename=file.vcf"),
    ],
)
def test_a_file_has_the_kind_of_its_content_and_a_name_for_a_disk(stranger, content, name, kind, said):
    _, file = shared(None, content, name=name)
    answer = stranger.get(file)
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["Content-Disposition"] == said


def test_a_kind_that_nobody_found_out_is_not_believed(stranger):
    """Whatever a row says: nothing is served as a page."""
    _, file = shared(content_type="text/html")
    answer = stranger.get(file)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")


# --- parts of a file --------------------------------------------------------------------------------------

ALL = (200, LETTERS, "")
NONE = (416, b"", "bytes */100")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("", ALL),
        ("bytes=0-", (206, LETTERS, "bytes 0-99/100")),
        ("bytes=0-0", (206, b"0", "bytes 0-0/100")),
        ("bytes=10-19", (206, b"0123456789", "bytes 10-19/100")),
        ("bytes=95-", (206, b"56789", "bytes 95-99/100")),
        ("bytes=95-900", (206, b"56789", "bytes 95-99/100")),
        ("bytes=-5", (206, b"56789", "bytes 95-99/100")),
        ("bytes=-900", (206, LETTERS, "bytes 0-99/100")),
        ("bytes=99-99", (206, b"9", "bytes 99-99/100")),
        ("bytes=100-", NONE),
        ("bytes=100-200", NONE),
        (f"bytes={'9' * 30}-", NONE),
        ("bytes=0-1,4-5", ALL),
        ("bytes=5-2", ALL),
        ("bytes=-0", NONE),
        ("bytes=-000", NONE),
        ("bytes=", ALL),
        ("bytes=a-b", ALL),
        ("bytes=\u0663-\u0665", ALL),
        ("lines=0-5", ALL),
        ("nonsense", ALL),
    ],
)
def test_a_range_of_a_file(stranger, asked, told):
    _, file = shared(None, LETTERS)
    answer = stranger.get(file, headers={"Range": asked.encode().decode("latin-1")} if asked else {})
    status, body, content_range = told
    assert (answer.status_code, answer.data) == (status, body)
    assert answer.headers.get("Content-Range", "") == content_range
    assert answer.headers["Content-Length"] == str(len(body))
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert "multipart" not in answer.headers["Content-Type"]


def test_an_empty_file_is_empty_and_has_no_part(stranger):
    _, file = shared(None, b"")
    answer = stranger.get(file)
    assert (answer.status_code, answer.data, answer.headers["Content-Length"]) == (200, b"", "0")
    answer = stranger.get(file, headers={"Range": "bytes=0-"})
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, "bytes */0")


def test_head_says_what_get_would_and_reads_nothing(stranger):
    _, file = shared(None, LETTERS)
    [row] = make.every(Attachment)
    store().delete(row.storage_key)
    answer = stranger.request("HEAD", file, headers={"Range": "bytes=0-4"})
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Content-Length"] == "100"
    assert answer.headers["ETag"] == f'"{row.digest}"'
    page, _ = shared()
    assert stranger.request("HEAD", page).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-None-Match": '"OWN"'}, 304),
        ({"If-None-Match": 'W/"OWN"'}, 304),
        ({"If-None-Match": '"other", "OWN"'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"other"'}, 200),
        ({"If-None-Match": '"OWN"', "Range": "bytes=0-4"}, 304),
        ({"If-Range": '"OWN"', "Range": "bytes=0-4"}, 206),
        ({"If-Range": 'W/"OWN"', "Range": "bytes=0-4"}, 200),
        ({"If-Range": '"other"', "Range": "bytes=0-4"}, 200),
        ({"If-Range": '"other"', "Range": "bytes=900-"}, 200),
        ({"If-Range": "Wed, 25 Nov 2026 09:00:00 GMT", "Range": "bytes=0-4"}, 200),
        ({"If-Range": '"other"'}, 200),
        ({"If-Match": '"OWN"'}, 200),
        ({"If-Match": "*"}, 200),
        ({"If-Match": '"other"'}, 412),
    ],
)
def test_who_has_the_file_or_its_beginning_is_not_sent_it_again(stranger, headers, status):
    _, file = shared(None, LETTERS)
    [row] = make.every(Attachment)
    sent = {name: value.replace("OWN", row.digest) for name, value in headers.items()}
    answer = stranger.get(file, headers=sent)
    assert answer.status_code == status
    assert answer.headers["ETag"] == f'"{row.digest}"'
    assert answer.data == {200: LETTERS, 206: LETTERS[:5]}.get(status, b"")


def test_a_large_file_comes_in_pieces_with_no_transaction_open(app, monkeypatch):
    content = b"0123456789abcdef" * 65_536  # 1 MB
    _, file = shared(None, content)
    asked = []
    real = store().read

    def read(key: str, start: int = 0, length: int | None = None) -> Any:
        asked.append((start, length, database.session().in_transaction()))
        return real(key, start, length)

    monkeypatch.setattr(type(store()), "read", lambda _self, *args: read(*args))
    client = app.test_client()
    answer = client.get(file, headers={"Range": "bytes=16-"}, buffered=False)
    pieces = list(answer.response)
    answer.close()
    assert b"".join(pieces) == content[16:]
    assert max(map(len, pieces)) <= 256 * 1024
    assert asked == [(16, len(content) - 16, False)]
