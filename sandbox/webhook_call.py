"""One call to a customer's webhook."""

from __future__ import annotations

import threading

import requests

CONNECT_SECONDS, READ_SECONDS = 3.05, 10.0
NO_ANSWER = "no answer"

_mine = threading.local()


def call(url: str, body: bytes, headers: dict[str, str]) -> str:
    """POST once; the HTTP status as text, or "no answer". Redirects are not followed."""
    if url.split("/")[2:3] and url.split("/")[2].partition(":")[0].endswith(".example"):
        return NO_ANSWER  # a made-up system: no name server is asked about it
    try:
        answer = _session().post(
            url if "://" in url else f"https://{url}",
            data=body,
            headers=headers,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
        )
    except (requests.RequestException, ValueError):
        return NO_ANSWER
    return str(answer.status_code)


def _session() -> requests.Session:
    if not hasattr(_mine, "session"):
        _mine.session = requests.Session()
        _mine.session.trust_env = False  # a proxy of this machine has no business here
    session = _mine.session
    assert isinstance(session, requests.Session)  # noqa: S101  threading.local is untyped
    return session
