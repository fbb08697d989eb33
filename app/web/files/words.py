"""What people call a kind of file."""

from __future__ import annotations

from flask import Flask
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _l

_KINDS: dict[str, LazyString] = {
    "image/jpeg": _l("JPEG picture"),
    "image/png": _l("PNG picture"),
    "image/gif": _l("GIF picture"),
    "image/webp": _l("WebP picture"),
    "video/mp4": _l("MP4 video"),
    "video/3gpp": _l("3GP video"),
    "audio/mpeg": _l("MP3 sound"),
    "audio/wav": _l("WAV sound"),
    "audio/amr": _l("AMR sound"),
    "text/vcard": _l("Contact card"),
    "text/plain": _l("Text file"),
    "application/pdf": _l("PDF document"),
}


def register(app: Flask) -> None:
    """Give templates the filter `kind`."""
    app.jinja_env.filters["kind"] = kind


def kind(content_type: str) -> str:
    """`JPEG picture` for image/jpeg; a file, for whatever is not surely something."""
    return str(_KINDS[content_type]) if content_type in _KINDS else gettext("File")
