"""A file as an answer. Its bytes are never in memory at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from typing import Protocol
from urllib.parse import quote

from flask import Response, request

from app.media import names
from app.media.kinds import EXTENSIONS, SHOWN, UNKNOWN, kind_of
from app.web.files import parts


class File(Protocol):
    """A stored file: what its row says."""

    name: str
    content_type: str
    size: int | None
    digest: str


class FileAnswer(Response):
    """Somebody's bytes: browsers are told to run nothing of them (`headers.py`)."""


def file_answer(file: File, read: Callable[[int, int], Iterator[bytes]]) -> FileAnswer:
    """The file, or the part of it that was asked for; `read(start, length)` opens the bytes."""
    kind = file.content_type if file.content_type in EXTENSIONS else UNKNOWN
    part = parts.asked_for(request, file.size or 0, file.digest)
    answer = FileAnswer(status=part.status, mimetype=kind)
    answer.headers.set("Content-Disposition", _way(kind), **_names(_name(file, kind)))
    answer.accept_ranges = "bytes"
    answer.set_etag(file.digest)
    answer.content_length = part.length
    if part.content_range:
        answer.headers["Content-Range"] = part.content_range
    if request.method == "GET" and part.length:
        answer.response = read(part.start, part.length)
    return answer


def thumbnail_answer(data: bytes) -> FileAnswer:
    """A small picture, made by us."""
    return FileAnswer(data, mimetype=kind_of(data))


def _way(kind: str) -> str:
    return "inline" if kind in SHOWN else "attachment"


def _name(file: File, kind: str) -> str:
    """What a browser showed as a picture is not kept as something else."""
    return names.tidy(file.name, EXTENSIONS.get(kind, "") if kind in SHOWN or not file.name else "")


def _names(name: str) -> dict[str, str]:
    """For old programs in ASCII, for the others as it is (RFC 6266)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    if plain == name:
        return {"filename": name}
    return {"filename": plain or "file", "filename*": f"UTF-8''{quote(name, safe='')}"}
