"""The one way to carriers: a kept-alive session per thread, timeouts always, and exceptions in our words.

Nothing of the environment is used (no netrc, which would replace the Authorization header; no proxy), no
cookie is kept (platforms share a session), no redirect is followed (it would carry keys elsewhere).
"""

from __future__ import annotations

import json as jsonlib
import os
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter

from app.carriers.base import CarrierSilent, CarrierUnavailable

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
        with _session().post(
            url,
            headers=dict(headers),
            json=json,
            data=form,
            timeout=(connect_seconds, read_seconds),
            allow_redirects=False,
            stream=True,
        ) as response:
            return Answer(response.status_code, _read(response, deadline, max_bytes))
    # The cause is dropped on purpose: it holds the request, and that holds keys.
    except (requests.RequestException, urllib3.exceptions.HTTPError, _UnreadableError) as error:
        if repeatable or _never_left(error):
            raise CarrierUnavailable from None
        raise CarrierSilent from None


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


def _session() -> requests.Session:
    """This thread's session. A forked child gets its own: two processes on one connection mix answers up."""
    if getattr(_mine, "pid", None) != os.getpid():
        session = requests.Session()
        session.trust_env = False
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = HTTPAdapter(pool_connections=8, pool_maxsize=2, max_retries=0)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        _mine.session, _mine.pid = session, os.getpid()
    session = _mine.session
    assert isinstance(session, requests.Session)  # noqa: S101 - for the type checker
    return session
