"""By which host name somebody came, what is served there, and where an address that we build leads.

Whoever asks makes the Host header up, so no address is built from it: only from PUBLIC_URL, MEDIA_URL, or a
host name that is a provider's. By any other name the portal is there without anybody's brand.

Files are strangers' (D16): where MEDIA_URL has a host name of its own, they are served there and nowhere
else, and nothing of the portal is served there.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv6Address
from urllib.parse import quote, urlsplit

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from app.config import settings
from app.errors import NotFound
from app.services.accounts import hostnames

_LINKS = "/m/"
_BESIDE = {"media_links", "health", "brand_files"}  # the blueprints of files, and of how their pages look
_LONGEST_NAME = 253  # RFC 1035, 2.3.4
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?", re.IGNORECASE)
_IN_QUERY = "%/?:@!$&'()*+,;=~-._"
_PORT = re.compile(r"(?::([0-9]{0,5}))?")


@lru_cache(maxsize=256)
def is_well_formed(host: str) -> bool:
    """Whether a Host header is a host name or an address, with a port or without (RFC 9110, 7.2).

    Remembered, since it is asked before each request.
    """
    if host.startswith("["):
        address, bracket, port = host[1:].partition("]")
        if not bracket:
            return False
        try:
            IPv6Address(address)
        except ValueError:
            return False
    else:
        name, colon, port = host.partition(":")
        port = colon + port
        if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
            return False
    found = _PORT.fullmatch(port)
    return found is not None and int(found[1] or 0) < 65536


def name() -> str:
    """The host name that was asked for, without a port; "" for none."""
    return request.host.partition(":")[0].lower().rstrip(".")


def is_own(name: str) -> bool:
    """Whether a host name is one that our settings name."""
    return any(urlsplit(url).hostname == name for url in _own_urls())


def origin() -> str:
    """Where an address leads that we build for this request: to the host name that was asked for where it is
    ours or a provider's, else to PUBLIC_URL; with the scheme and port of PUBLIC_URL.
    """
    asked, public = name(), urlsplit(settings().public_url)
    for own in map(urlsplit, _own_urls()):
        if own.hostname == asked and own.scheme == public.scheme:
            return f"{own.scheme}://{own.netloc}"
    if not hostnames.is_known(asked):
        return settings().public_url
    return public._replace(netloc=asked if public.port is None else f"{asked}:{public.port}").geturl()


def _own_urls() -> tuple[str, ...]:
    return settings().public_url, settings().media_url, settings().receiver_url


def within(url: str) -> str:
    """The same address without a host name: it stays where the browser is, and never leads elsewhere."""
    parts = urlsplit(url)
    return parts._replace(scheme="", netloc="", path="/" + parts.path.lstrip("/\\")).geturl()


def over_https() -> Response | None:
    """Where https is promised and somebody came without it: the way there. None for everybody else, and for
    health checks, which ask a process and not a name.
    """
    came = request.is_secure or request.headers.get("X-Forwarded-Proto") == "https"
    if came or not settings().is_https or request.blueprint == "health":
        return None
    query = request.query_string
    path = quote(request.path, safe="/:@!$&'()*+,;=~-._")
    return redirect(f"{origin()}{path}{'?' if query else ''}{quote(query, safe=_IN_QUERY)}")


def is_of_links(path: str) -> bool:
    """Whether an address belongs to attachment links."""
    return path.startswith(_LINKS)


def is_bare() -> bool:
    """Whether this request is answered without cookie, session and sign-in, whoever sends it."""
    return is_of_links(request.path) or _is_of_files()


def elsewhere() -> Response | None:
    """Where a file is that was asked for by another host name than theirs: links stay good when MEDIA_URL is
    set or changed. None for whatever is in its place. Raises NotFound: it is not served by this name.
    """
    if not settings().media_host or request.endpoint is None:
        return None
    if _is_of_files():
        if request.blueprint not in _BESIDE and request.endpoint != "static":
            request.url_rule = None  # as if there were no such address, for whatever follows an answer
            raise NotFound
    elif request.blueprint == "media_links":
        return redirect(f"{settings().media_url}{url_for(request.endpoint, **request.view_args or {})}")
    return None


def _is_of_files() -> bool:
    own = settings().media_host
    return bool(own) and name() == own
