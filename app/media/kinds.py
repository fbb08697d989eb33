"""What a file is, by its content and never by its name (D15)."""

from __future__ import annotations

import codecs
import re

import filetype

UNKNOWN = "application/octet-stream"
LOOKED_AT = 8192  # bytes from the beginning
PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
# What mobile operators carry as MMS (D15).
COMPLIANT = frozenset(
    {
        "image/jpeg", "image/png", "image/gif", "video/mp4", "video/3gpp", "audio/mpeg", "audio/wav",
        "audio/amr", "text/vcard", "text/plain", "application/pdf",
    }
)  # fmt: skip
# What a browser may show by itself. The rest is downloaded: a PDF is a program of its own, and what keeps a
# browser from running a file keeps it from showing one.
SHOWN = COMPLIANT - {"text/vcard", "text/plain", "application/pdf"} | {"image/webp"}
# How a file of a kind ends, for those who go by names.
EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "video/3gpp": "3gp",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/amr": "amr",
    "text/vcard": "vcf",
    "text/plain": "txt",
    "application/pdf": "pdf",
}
_BRANDS = (
    (re.compile(rb"3g[pgrse][0-9a-z]"), "video/3gpp"),
    (re.compile(rb"isom|iso[2-9]|mp4[12]|avc1|M4V[ HP]|MSNV|dash"), "video/mp4"),
)
_MARKUP = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<[!?a-z]", re.IGNORECASE)
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_ELSE = {"audio/x-wav": "audio/wav", "image/webp": "image/webp", "image/apng": "image/png"}


def kind_of(head: bytes) -> str:
    """The type of a file from its first LOOKED_AT bytes; UNKNOWN for whatever is not surely something.

    Markup is UNKNOWN: text it may be, but a browser could take it for a page.
    """
    for begins in (_of_container, _of_signature, _of_text):
        if found := begins(head):
            return found
    return UNKNOWN


def _of_container(head: bytes) -> str:
    if head.startswith((b"#!AMR\n", b"#!AMR-WB\n")):
        return "audio/amr"
    if head[4:8] == b"ftyp":
        return next((kind for brand, kind in _BRANDS if brand.match(head, 8)), UNKNOWN)
    return ""


def _of_signature(head: bytes) -> str:
    found = filetype.guess_mime(head)
    if found is None:
        return ""
    kind = _ELSE.get(found, found)
    return kind if kind in COMPLIANT | PICTURES else UNKNOWN


def _of_text(head: bytes) -> str:
    if not head or _MARKUP.match(head) or _CONTROLS.search(head):
        return ""
    try:
        head.decode()
    except UnicodeDecodeError as wrong:
        if len(head) < LOOKED_AT or wrong.start < len(head) - 3:  # more than a letter cut in two
            return ""
    return (
        "text/vcard" if head.lstrip(b"\xef\xbb\xbf\r\n ").upper().startswith(b"BEGIN:VCARD") else "text/plain"
    )


def is_envelope(head: bytes) -> bool:
    """Whether it is a part that only says how others are laid out (SMIL), or other XML (D17)."""
    is_wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    words = head.decode("utf-16" if is_wide else "utf-8", "ignore").lstrip("\ufeff \t\r\n").lower()
    return words.startswith(("<?xml", "<smil", "<!doctype smil"))


def is_named_as_envelope(name: str) -> bool:
    """The same by the name alone, for what need not even be fetched."""
    return name.lower().endswith((".smil", ".smi", ".xml"))
