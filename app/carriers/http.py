"""The one way to carriers: kept-alive connections per thread, timeouts always, and exceptions in our words.

Nothing of the environment is used (no netrc, which would replace the Authorization header; no proxy), no
cookie is kept (platforms share connections), no redirect is followed (it would carry keys elsewhere).
"""

from __future__ import annotations

import json as jsonlib
import os
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast
from urllib.parse import urlencode

import requests
import urllib3.exceptions
from requests.utils import check_header_validity

from app.carriers.base import CarrierSilent, CarrierUnavailable
from app.carriers.lines import Lines

CONNECT_SECONDS = 3.05
READ_SECONDS = 10.0
MAX_BYTES = 1_000_000

_PIECE = 65_536
_BEFORE_CONNECTING = (
    requests.exceptions.ConnectTimeout,
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidHeader,
)
_DEFAULTS = dict(requests.utils.default_headers())
_mine = threading.local()


@dataclass(frozen=True)
class Answer:
    """What came back: the HTTP status and the body, whole."""

    status: int
    body: bytes = field(repr=False)

    def json_object(self) -> dict[str, Any] | None:
        """The body as a JSON object; None when it is anything else."""
        try:
            value = jsonlib.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None


def post(
    url: str,
    *,
    headers: Mapping[str, str],
    json: Mapping[str, Any] | None = None,
    form: Mapping[str, str] | None = None,
    repeatable: bool,
    connect_seconds: float = CONNECT_SECONDS,
    read_seconds: float = READ_SECONDS,
    max_bytes: int = MAX_BYTES,
) -> Answer:
    """POST once, without retries.

    `repeatable`: doing it twice does no harm. Such a request is CarrierUnavailable whenever no answer came;
    any other is so only where it cannot have been processed.

    Args: seconds to connect and to wait for each piece of the answer (together also the longest that its
    body may take); bytes of body to accept.
    Raises: CarrierUnavailable, CarrierSilent.
    """
    deadline = time.monotonic() + connect_seconds + read_seconds
    try:
        request = _prepared(url, headers, json, form)
        lines = _lines()
        with lines.send(request, stream=True, timeout=(connect_seconds, read_seconds)) as response:
            return Answer(response.status_code, _read(response, deadline, max_bytes))
    # The cause is dropped on purpose: it holds the request, and that holds keys.
    except (requests.RequestException, urllib3.exceptions.HTTPError, _UnreadableError) as error:
        if repeatable or _never_left(error):
            raise CarrierUnavailable from None
        raise CarrierSilent from None


def _prepared(
    url: str, headers: Mapping[str, str], json: Mapping[str, Any] | None, form: Mapping[str, str] | None
) -> requests.PreparedRequest:
    """What requests would make of it, without the half of its work that is about cookies, hooks, redirects,
    proxies and credentials, which we do not use.
    """
    request = requests.PreparedRequest()
    request.method, request.url = "POST", _checked(url)
    body: str | bytes = b""
    kind = ""
    if json is not None:
        body, kind = jsonlib.dumps(json, allow_nan=False).encode(), "application/json"
    elif form is not None:
        body, kind = urlencode(form), "application/x-www-form-urlencoded"
    given = {
        **_DEFAULTS,
        "Content-Length": str(len(body)),
        **({"Content-Type": kind} if kind else {}),
        **headers,
    }
    for header in headers.items():
        check_header_validity(header)
    # As they are, in a plain dict: whoever writes them down copies them, and looks each of them up.
    request.headers, request.body = cast(Any, given), body
    return request


@cache
def _checked(url: str) -> str:
    """As it goes over the line. Raises requests' errors for what is no address; carriers have few."""
    return requests.Request("POST", url).prepare().url or url


class _UnreadableError(Exception):
    """An answer that is too long, or takes too long."""


def _read(response: requests.Response, deadline: float, max_bytes: int) -> bytes:
    """The body piece by piece: requests' own timeout starts anew with every byte that drips in."""
    body = bytearray()
    while piece := response.raw.read1(_PIECE, decode_content=True):
        body += piece
        if len(body) > max_bytes or time.monotonic() > deadline:
            raise _UnreadableError
    return bytes(body)


def _never_left(error: Exception) -> bool:
    """Whether the request cannot have been processed: there was no connection to write it to.

    requests' ConnectionError is also "closed after we wrote", hence the look at its reason. A kept-alive
    connection that died unnoticed cannot be told from that one, and counts as written.
    """
    if isinstance(error, _BEFORE_CONNECTING):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(reason, urllib3.exceptions.SSLError):
        return bool(reason.args) and isinstance(reason.args[0], ssl.SSLCertVerificationError)
    return isinstance(reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError)


def _lines() -> Lines:
    """This thread's connections. A forked child gets its own: two processes on one mix answers up."""
    if getattr(_mine, "pid", None) != os.getpid():
        _mine.lines, _mine.pid = Lines(), os.getpid()
    lines = _mine.lines
    assert isinstance(lines, Lines)  # noqa: S101 - for the type checker
    return lines
