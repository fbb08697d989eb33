import io
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from app.media import fetching
from app.media.fetching import FetchFailed, FetchRefused, Limits, fetch, is_public

FOREIGN = "https://media.carrier.example/a.jpg"


class Server:
    """Answers every connection with these bytes, one after the other, `pause` seconds apart."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.pieces: list[bytes] = []
        self.pause = 0.0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.origin = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                try:
                    self.asked.append(connection.recv(65_536))
                    for piece in self.pieces:
                        connection.sendall(piece)
                        time.sleep(self.pause)
                except OSError:
                    pass

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture
def get(server: Server) -> Callable[..., bytes]:
    def ask(url: str = "", seconds: float = 5, most: int = 1000, exempt: str | None = None) -> bytes:
        target = io.BytesIO()
        origin = server.origin if exempt is None else exempt
        fetch(url or f"{server.origin}/media/a.jpg", target, Limits(most, seconds, origin))
        return target.getvalue()

    return ask


def answer(body: bytes, head: str = "") -> bytes:
    return f"HTTP/1.1 200 OK\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def test_a_file_of_the_exempt_origin_is_fetched_and_nothing_of_ours_is_sent_along(server, get):
    server.pieces = [answer(b"picture", "Set-Cookie: a=b\r\n")]
    assert get() == b"picture"
    assert get() == b"picture"
    assert b"Cookie" not in server.asked[1]
    assert b"Authorization" not in server.asked[1]


@pytest.mark.parametrize(
    "url",
    [
        "http://media.carrier.example/a.jpg",
        "ftp://media.carrier.example/a.jpg",
        "file:///etc/passwd",
        "https://user:word@media.carrier.example/a.jpg",
        "https://media.carrier.example:8443/a.jpg",
        "https://media.carrier.example:wrong/a.jpg",
        "https:///a.jpg",
        "https://127.0.0.1/a.jpg",
        "https://[::1]/a.jpg",
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/a.jpg",
        "https://[::ffff:10.0.0.1]/a.jpg",
        "javascript:alert(1)",
        "",
    ],
)
def test_what_is_not_public_and_https_is_never_asked(monkeypatch, get, url):
    monkeypatch.setattr(fetching, "resolve", lambda host: [host] if host else [])
    monkeypatch.setattr(socket, "create_connection", lambda *_a, **_k: pytest.fail("it was asked"))
    with pytest.raises((FetchRefused, FetchFailed)):
        get(url or "x", exempt="")


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch, get):
    monkeypatch.setattr(fetching, "resolve", lambda _host: ["93.184.215.14", "10.0.0.1"])
    with pytest.raises(FetchRefused, match="public"):
        get(FOREIGN)


def test_a_name_is_looked_up_once_and_what_was_checked_is_connected_to(monkeypatch, get):
    """A name that answers with a private address the second time finds nobody who asks a second time."""
    answers = iter([["93.184.215.14"], ["127.0.0.1"]])
    connected: list[str] = []
    monkeypatch.setattr(fetching, "resolve", lambda _host: next(answers))

    def refuse(address: tuple[str, int], *_more: object, **_named: object) -> None:
        connected.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr("urllib3.util.connection.create_connection", refuse)
    with pytest.raises(FetchFailed):
        get(FOREIGN)
    assert connected == ["93.184.215.14"]


@pytest.mark.parametrize(
    "where",
    ["http://127.0.0.1:1/a", "https://169.254.169.254/", "https://[::1]/", "https://10.1.2.3/", "file:///x"],
)
def test_a_redirect_to_what_is_not_public_is_refused(server, get, where):
    server.pieces = [f"HTTP/1.1 302 Found\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode()]
    with pytest.raises(FetchRefused):
        get()
    assert len(server.asked) == 1


def test_a_redirect_that_leads_in_circles_ends(server, get):
    server.pieces = [b"HTTP/1.1 302 Found\r\nLocation: /media/a.jpg\r\nContent-Length: 0\r\n\r\n"]
    with pytest.raises(FetchRefused, match="one address to the next"):
        get()
    assert len(server.asked) == 4


def test_what_is_too_large_is_not_read_on(server, get):
    server.pieces = [b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 500] * 100]
    with pytest.raises(FetchRefused, match="larger than"):
        get()


def test_packed_content_is_not_unpacked(server, get):
    server.pieces = [answer(b"\x1f\x8b", "Content-Encoding: gzip\r\n")]
    with pytest.raises(FetchRefused):
        get()


@pytest.mark.parametrize("pieces", [[b"H"] * 200, [b"HTTP/1.1 200 OK\r\n\r\n", *[b"x"] * 200]])
def test_one_byte_now_and_then_does_not_hold_us_up(server, get, pieces):
    server.pieces, server.pause = pieces, 0.05
    began = time.monotonic()
    with pytest.raises(FetchFailed):
        get(seconds=0.5, most=10_000)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "head", [b"X: " + b"x" * 70_000 + b"\r\n", b"".join(b"X-%d: 1\r\n" % n for n in range(500))]
)
def test_huge_headers_are_not_read(server, get, head):
    server.pieces = [b"HTTP/1.1 200 OK\r\n" + head + b"Content-Length: 0\r\n\r\n"]
    with pytest.raises(FetchFailed):
        get()


@pytest.mark.parametrize(("status", "trouble"), [(503, FetchFailed), (429, FetchFailed), (404, FetchRefused)])
def test_only_what_may_pass_is_asked_again(server, get, status, trouble):
    server.pieces = [f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode()]
    with pytest.raises(trouble):
        get()


def test_what_breaks_off_has_failed(server, get):
    server.pieces = [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"]
    with pytest.raises(FetchFailed):
        get()


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1",
     "::", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1",
     "ff02::1", "255.255.255.255", "192.0.2.1", "::127.0.0.1", "::8.8.8.8", "64:ff9b:1::1",
     "64:ff9b:1::808:808", "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe", "fec0::1", "5f00::1", "::ffff:10.0.0.1",
     "::ffff:0:8.8.8.8", "::ffff:100.64.0.1", "2002:808:808::1", "2002:a00:1::", "2001::1",
     "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1",
     "3fff::1", "100::1",
     "100:0:0:1::1", "4000::1",
     "8000::1", "fd00:ec2::254", "febf::1", "ff0e::1", "2606:4700::1%eth0", "100.127.255.254", "198.18.0.1",
     "198.19.255.255", "192.0.0.1", "192.0.0.9", "192.88.99.1", "198.51.100.7", "203.0.113.7", "240.0.0.1",
     "239.255.255.250", "0.1.2.3", "127.1", "0x7f000001", "2130706433", "words", ""],
)  # fmt: skip
def test_addresses_that_are_not_of_the_public_internet(address):
    assert not is_public(address)


def test_addresses_of_the_public_internet():
    assert is_public("93.184.215.14")
    assert is_public("2606:2800:21f:cb07:6820:80da:af6b:8b2c")
    for address in ("8.8.8.8", "100.128.0.1", "172.32.0.1", "192.0.1.1", "198.20.0.1", "223.255.255.255"):
        assert is_public(address)
        assert is_public(f"::ffff:{address}")
    assert is_public("64:ff9b::808:808")  # a server that has IPv4 only, seen from a network without it
    assert is_public("2001:4860:4860::8888")
    assert is_public("3ffe::1")


@pytest.mark.parametrize(
    "host",
    ["127.1", "0x7f000001", "2130706433", "017700000001", "0177.0.0.1", "0x7f.1", "[::ffff:7f00:1]", "[::1]",
     "[fe80::1%25eth0]", "[2606:4700::1%25eth0]", "localhost", "[::7f00:1]", "[64:ff9b:1::7f00:1]"],
)  # fmt: skip
def test_no_spelling_of_an_address_leads_inside(monkeypatch, get, host):
    monkeypatch.setattr(
        "urllib3.util.connection.create_connection", lambda *_a, **_k: pytest.fail("it was asked")
    )
    with pytest.raises((FetchRefused, FetchFailed)):
        get(f"https://{host}/a.jpg", exempt="")
