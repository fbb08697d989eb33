"""Which part of a file an answer holds: all of it, one range of bytes, or nothing (RFC 9110, 13 and 14)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Request

_LAST_NONE = re.compile(r"bytes\s*=\s*-0+", re.IGNORECASE)  # which Werkzeug takes for no range at all
_BEHIND_ALL = 2**63


@dataclass(frozen=True)
class Part:
    """`length` bytes from `start` of a file of `size` bytes, and the status that says so."""

    status: int
    start: int
    length: int
    size: int

    @property
    def content_range(self) -> str:
        """The header of that name; "" where there is none."""
        if self.status == 416:
            return f"bytes */{self.size}"
        return f"bytes {self.start}-{self.start + self.length - 1}/{self.size}" if self.status == 206 else ""


def asked_for(request: Request, size: int, etag: str) -> Part:
    """What to answer. What cannot be understood, and several ranges at once, is answered with all of it."""
    if request.if_match and etag not in request.if_match:
        return Part(412, 0, 0, size)
    if request.if_none_match.contains_weak(etag):
        return Part(304, 0, 0, size)
    wanted = _one_range(request) if request.method == "GET" and _is_still(request, etag) else None
    if wanted is None:
        return Part(200, 0, size, size)
    first, end = wanted
    start = first if first >= 0 else max(0, size + first)  # -500: the last 500 bytes, or all of fewer
    if start >= size:
        return Part(416, 0, 0, size)
    return Part(206, start, min(end or size, size) - start, size)


def _one_range(request: Request) -> tuple[int, int | None] | None:
    """Its first byte, or how many from the end (-500), and the byte where it ends."""
    if _LAST_NONE.fullmatch(request.headers.get("Range", "").strip()):
        return _BEHIND_ALL, None
    header = request.range
    if header is None or header.units != "bytes" or len(header.ranges) != 1:
        return None
    return header.ranges[0]


def _is_still(request: Request, etag: str) -> bool:
    """A range goes on with what somebody has the beginning of: only if that is still the same file."""
    return request.headers.get("If-Range", f'"{etag}"').strip() == f'"{etag}"'
