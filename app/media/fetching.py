"""A stranger's file is fetched: from public addresses only, over https only, within limits (D17).

The address that was checked is the one that is connected to, at every redirect anew: a name that answers
differently the second time leads nowhere else. Nothing of ours is sent along, and nothing is unpacked.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from typing import BinaryIO
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

_MOST_REDIRECTS = 3
_REDIRECTS = {301, 302, 303, 307, 308}
_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_CONNECT_SECONDS, _READ_SECONDS = 5.0, 10.0
_PIECE = 65_536
_AS_IT_IS = "!#$%&'()*+,/:;=?@[]~"  # in an address; what else it holds is written as %..
_UNREADABLE = "its address cannot be read"
_NOT_PUBLIC_4 = [
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # behind a carrier's NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local; metadata of clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
]
_UNICAST_6 = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC_6 = [
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarking
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
]
_WRAPPED = [ipaddress.IPv6Network("::ffff:0:0/96"), ipaddress.IPv6Network("64:ff9b::/96")]


class FetchRefused(Exception):
    """Asking again is useless: what it says is for people, about the file, and holds no address."""


class FetchFailed(Exception):
    """Asking again may help."""


@dataclass(frozen=True)
class Limits:
    """`exempt` is one origin, http://127.0.0.1:8100 for instance, that may be asked although it is neither
    https nor public: the stand-in for the carrier. Empty in production.
    """

    most_bytes: int
    seconds: float
    exempt: str = ""


def fetch(url: str, target: BinaryIO, limits: Limits) -> str:
    """Write the file to `target`; returns the last part of its address, which may serve as a name.

    Raises FetchRefused, FetchFailed.
    """
    until = time.monotonic() + limits.seconds
    for _ in range(_MOST_REDIRECTS + 1):
        parts = _checked(url, limits.exempt)
        following = _fetch_once(parts, target, limits, until)
        if following is None:
            return parts.path.rpartition("/")[2]
        try:
            url = urljoin(url, following)
        except ValueError:
            raise FetchRefused(_UNREADABLE) from None
    raise FetchRefused("it leads from one address to the next")


def _checked(url: str, exempt: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
        parts.netloc.encode("ascii")
    except ValueError:
        raise FetchRefused(_UNREADABLE) from None
    if _is_exempt(parts, exempt):
        return parts
    if parts.scheme != "https" or not parts.hostname or port not in {None, 443}:
        raise FetchRefused("its address is not an https one")
    if parts.username is not None or parts.password is not None:
        raise FetchRefused("its address holds a sign-in")
    return parts


def _is_exempt(parts: SplitResult, exempt: str) -> bool:
    return bool(exempt) and f"{parts.scheme}://{parts.netloc}" == exempt.rstrip("/")


def _fetch_once(parts: SplitResult, target: BinaryIO, limits: Limits, until: float) -> str | None:
    """Returns where a redirect leads; None when the file is written."""
    address = _address_of(parts, limits.exempt)
    with _connection(parts, address) as connection:
        # A server that sends a byte now and then never runs into a timeout: at the end the line is cut.
        cut = threading.Timer(max(0.0, until - time.monotonic()), _cut, [connection.sock])
        cut.daemon = True
        cut.start()
        try:
            connection.request(
                "GET",
                _target_of(parts),
                headers={"Host": parts.netloc, "Accept": "*/*", "Accept-Encoding": "identity"},
                preload_content=False,
            )
            answer = connection.getresponse()
            following = answer.headers.get("Location", "") if answer.status in _REDIRECTS else None
            if following is None:
                _read(answer, target, limits.most_bytes, until)
            return following
        except (HTTPError, HTTPException, OSError, ValueError) as trouble:
            raise FetchFailed(type(trouble).__name__) from None
        finally:
            cut.cancel()


def _read(answer: urllib3.BaseHTTPResponse, target: BinaryIO, most: int, until: float) -> None:
    if answer.status in _AGAIN:
        raise FetchFailed(f"answered {answer.status}")
    if answer.status != 200:
        raise FetchRefused(f"its server answered {answer.status}")
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise FetchRefused("it came packed")
    target.seek(0)
    target.truncate()
    total = 0
    while piece := answer.read(_PIECE, decode_content=False):
        total += len(piece)
        if total > most:
            raise FetchRefused(f"it is larger than {most / 1_000_000:.3g} MB")
        target.write(piece)
        if time.monotonic() >= until:
            break
    if time.monotonic() >= until:  # a line that was cut looks like the end of a file
        raise FetchFailed("too slow")


class _connection:  # noqa: N801 - used like a function
    """A connection to an address that was checked, under the name that was asked for."""

    def __init__(self, parts: SplitResult, address: str):
        seconds = urllib3.Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS)
        if parts.scheme == "https":
            self._made: urllib3.connection.HTTPConnection = urllib3.connection.HTTPSConnection(
                address,
                parts.port or 443,
                timeout=seconds.connect_timeout,
                server_hostname=parts.hostname,
                assert_hostname=parts.hostname,
                ssl_context=ssl.create_default_context(),
            )
        else:
            self._made = urllib3.connection.HTTPConnection(
                address, parts.port or 80, timeout=seconds.connect_timeout
            )

    def __enter__(self) -> urllib3.connection.HTTPConnection:
        try:
            self._made.connect()
        except (HTTPError, OSError) as trouble:
            raise FetchFailed(type(trouble).__name__) from None
        self._made.sock.settimeout(_READ_SECONDS)
        return self._made

    def __exit__(self, *_trouble: object) -> None:
        self._made.close()


def _cut(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


def _target_of(parts: SplitResult) -> str:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return quote(target, safe=_AS_IT_IS)


def _address_of(parts: SplitResult, exempt: str) -> str:
    """One address of the host; all of them must be public, unless it is the exempt origin."""
    host = parts.hostname or ""
    try:
        found = resolve(host)
    except UnicodeError:  # no name can be like this
        raise FetchRefused(_UNREADABLE) from None
    except OSError as trouble:
        raise FetchFailed(type(trouble).__name__) from None
    if not found:
        raise FetchFailed("no address")
    if not _is_exempt(parts, exempt) and not all(map(is_public, found)):
        raise FetchRefused("its address is not a public one")
    return found[0]


def resolve(host: str) -> list[str]:
    """The addresses of a host now; an address is its own, in whatever spelling systems connect to (`127.1`,
    `0x7f000001`, `017700000001`).
    """
    with suppress(ValueError):
        return [str(ipaddress.ip_address(host))]
    with suppress(OSError):
        return [socket.inet_ntoa(socket.inet_aton(host))]
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet (D17).

    By lists of our own, since those of Python differ with its version. Of IPv6 only what is handed out as
    global unicast counts (2000::/3), without tunnels and ranges for special purposes; and an IPv4 address
    that is wrapped in one (`::ffff:0:0/96`, and NAT64's `64:ff9b::/96`) counts as that one does. Sources: the
    IANA registries of special-purpose addresses (RFC 6890), RFC 4291, RFC 6052.

    address: as `ipaddress` writes it; with a zone (`%eth0`) it is of one link, and not public.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return not any(found in network for network in _NOT_PUBLIC_4)
    if found.scope_id is not None:
        return False
    if any(found in network for network in _WRAPPED):
        return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
    return found in _UNICAST_6 and not any(found in network for network in _NOT_PUBLIC_6)
