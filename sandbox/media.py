"""Pictures and other files that phones attach, served to whoever knows the name, as the carrier does."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import Blueprint, Response, abort, send_from_directory
from werkzeug.datastructures import FileStorage

from sandbox.cloud import cloud
from sandbox.settings import Settings

# By file name, on purpose: a carrier passes on what a phone claims.
TYPES = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp",
    "mp4": "video/mp4", "3gp": "video/3gpp", "mp3": "audio/mpeg", "wav": "audio/wav", "amr": "audio/amr",
    "vcf": "text/vcard", "txt": "text/plain", "pdf": "application/pdf", "smil": "application/smil",
}  # fmt: skip
PICTURES = ("jpg", "jpeg", "png", "gif", "webp")


@dataclass(frozen=True)
class Shown:
    """A file on a page: only our own copies are shown as pictures."""

    url: str
    is_picture: bool


blueprint = Blueprint("media", __name__)


@blueprint.get("/media/<name>")
def file(name: str) -> Response:
    """A stored file with the type that its name claims; a fault may hold it or answer in its place."""
    kind = TYPES.get(_ending(name))
    if kind is None:
        abort(404)
    here = cloud()
    faults = here.faults.take(("slow", "answer_500"), "media")
    if slow := faults.get("slow"):
        here.faults.hold("media", "before", slow["seconds"])
    if "answer_500" in faults:
        abort(500)
    answer = send_from_directory(here.settings.media, name, mimetype=kind)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def is_sendable(upload: FileStorage) -> bool:
    """Whether phones send this kind of file."""
    return _ending(upload.filename or "") in TYPES


def keep(upload: FileStorage) -> str:
    """Store an attachment, under a name that nobody guesses, and return its address."""
    name = new_name(_ending(upload.filename or ""))
    upload.save(cloud().settings.media / name)
    return address(cloud().settings, name)


def keep_layout(pictures: list[str]) -> str:
    """The part that carriers add to an MMS, which says where its pictures stand; its address."""
    parts = "".join(f'<par dur="5s"><img src="{url.rpartition("/")[2]}"/></par>' for url in pictures)
    name = new_name("smil")
    (cloud().settings.media / name).write_text(f"<smil><head><layout/></head><body>{parts}</body></smil>")
    return address(cloud().settings, name)


def new_name(ending: str) -> str:
    return f"{secrets.token_urlsafe(12)}.{ending}"


def address(settings: Settings, name: str) -> str:
    """Where customers fetch a stored file: one origin, whatever a browser calls this machine."""
    return f"http://127.0.0.1:{settings.port}/media/{name}"


def ending_of(kind: str) -> str | None:
    """How a file of this type ends; None for a type that no MMS carries."""
    return next((ending for ending, known in TYPES.items() if known == kind and ending != "smil"), None)


def shown(url: str) -> Shown | None:
    """How a page shows a file of a phone; None for what is only layout."""
    own = url.removeprefix(f"http://127.0.0.1:{cloud().settings.port}")
    ending = _ending(url.partition("?")[0])
    return None if ending == "smil" else Shown(own, is_picture=own != url and ending in PICTURES)


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower()
