"""Pictures and other files that phones attach, served to whoever knows the name, as the carrier does."""

from __future__ import annotations

import secrets

from flask import Blueprint, Response, abort, send_from_directory, url_for
from werkzeug.datastructures import FileStorage

from sandbox.cloud import cloud

# By file name, on purpose: a carrier passes on what a phone claims.
TYPES = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp",
    "mp4": "video/mp4", "3gp": "video/3gpp", "mp3": "audio/mpeg", "wav": "audio/wav", "amr": "audio/amr",
    "vcf": "text/vcard", "txt": "text/plain", "pdf": "application/pdf", "smil": "application/smil",
}  # fmt: skip
PICTURES = ("jpg", "jpeg", "png", "gif", "webp")

blueprint = Blueprint("media", __name__)


@blueprint.get("/media/<name>")
def file(name: str) -> Response:
    """A stored file with the type that its name claims."""
    kind = TYPES.get(_ending(name))
    if kind is None:
        abort(404)
    answer = send_from_directory(cloud().settings.media, name, mimetype=kind)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def keep(upload: FileStorage) -> str | None:
    """Store an attachment and return its address; None for a kind of file that phones do not send."""
    ending = _ending(upload.filename or "")
    if ending not in TYPES:
        return None
    name = f"{secrets.token_urlsafe(12)}.{ending}"
    upload.save(cloud().settings.media / name)
    return url_for("media.file", name=name, _external=True)


def is_picture(url: str) -> bool:
    """Whether a media address looks like a picture, so that a page can show it."""
    return _ending(url.partition("?")[0]) in PICTURES


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower()
