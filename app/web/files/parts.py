"""Which part of a file an answer holds: all of it, one range of bytes, or nothing (RFC 9110, 13 and 14)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Request
from werkzeug.datastructures import Range


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
    wanted = _one_range(request.range) if request.method == "GET" and _is_still(request, etag) else None
    if wanted is None:
        return Part(200, 0, size, size)
    first, end = wanted
    start = first if first >= 0 else max(0, size + first)  # -500: the last 500 bytes, or all of fewer
    if start >= size:
        return Part(416, 0, 0, size)
    return Part(206, start, min(end or size, size) - start, size)


def _one_range(header: Range | None) -> tuple[int, int | None] | None:
    if header is None or header.units != "bytes" or len(header.ranges) != 1:
        return None
    return header.ranges[0]


def _is_still(request: Request, etag: str) -> bool:
    """A range goes on with what somebody has the beginning of: only if that is still the same file."""
    return request.headers.get("If-Range", f'"{etag}"').strip() == f'"{etag}"'
