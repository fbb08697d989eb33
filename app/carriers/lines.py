"""Kept-alive connections to carriers, without what requests does for browsers around each request.

requests' adapter does the sending; what it looks up anew for every request (pool, certificates, proxy) or
keeps of every answer (cookies) is the same for a carrier, or nothing.
"""

from __future__ import annotations

from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class Lines(HTTPAdapter):
    """The connections of one thread. No retries, no cookies, no proxy."""

    def __init__(self) -> None:
        self._pools: dict[str, Any] = {}  # by address: a carrier has few
        super().__init__(pool_connections=8, pool_maxsize=2, max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SafePool}

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        """The connections to the server of this address, and its certificate is to be looked at."""
        url = str(request.url)
        pool = self._pools.get(url)
        if pool is None:
            pool = super().get_connection_with_tls_context(request, verify, proxies=proxies, cert=cert)
            super().cert_verify(pool, url, verify, cert)  # type: ignore[no-untyped-call]
            self._pools[url] = pool
        return pool

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Said once, when the pool was made: this looks for files on the disk each time."""

    def request_url(self, request: requests.PreparedRequest, proxies: Any) -> str:
        return request.path_url

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        return _Response(req, resp)


class _Response(requests.Response):
    """What we read of an answer. requests' own begins with a jar of cookies, which takes longer than that."""

    def __init__(self, request: requests.PreparedRequest, raw: Any):
        self.request, self.raw = request, raw
        self.status_code, self.reason, self.headers = raw.status, raw.reason, raw.headers
        self.url = str(request.url)
        self._content_consumed = False


class _OneWrite(HTTPConnection):
    """Head and body in one write, thus one packet: http.client makes two, and both sides wake up twice."""

    _held: list[bytes] | None = None

    def request(self, *args: Any, **options: Any) -> None:
        held: list[bytes] = []
        self._held = held
        try:
            super().request(*args, **options)
        finally:
            self._held = None
        self.send(b"".join(held))

    def send(self, data: Any) -> None:
        if self._held is None:
            super().send(data)  # connects first, where there is no connection
        else:
            self._held.append(data)


class _SafeOneWrite(_OneWrite, HTTPSConnection):
    """The same through TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _OneWrite


class _SafePool(HTTPSConnectionPool):
    ConnectionCls = _SafeOneWrite
