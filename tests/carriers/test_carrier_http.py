"""`http.post` against real sockets that misbehave in all the ways that matter."""

import contextlib
import datetime as dt
import gzip
import ipaddress
import socket
import ssl
import threading
from http.client import HTTPConnection

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.carriers import http
from app.carriers.base import CarrierSilent, CarrierUnavailable

HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"


@pytest.fixture
def server():
    """`server(behave)` is the address of a server whose every connection is given to `behave`."""
    with contextlib.ExitStack() as stack:
        over = threading.Event()

        def start(behave):
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

            def one(connection):
                with contextlib.suppress(OSError), connection:
                    behave(connection, over)

            def accept():
                with contextlib.suppress(OSError):
                    while True:
                        threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()

            threading.Thread(target=accept, daemon=True).start()
            return f"http://127.0.0.1:{listener.getsockname()[1]}/"

        stack.callback(over.set)
        yield start


def whole_request(connection):
    """Head and body come in pieces; b"" when the other side is done."""
    request = b""
    while not request.endswith(b"{}"):
        piece = connection.recv(65_536)
        if not piece:
            return b""
        request += piece
    return request


def answering(whole):
    def behave(connection, over):
        whole_request(connection)
        connection.sendall(whole)

    return behave


def closes(connection, over):
    whole_request(connection)


def hangs(connection, over):
    whole_request(connection)
    over.wait(10)


def drips(connection, over):
    whole_request(connection)
    connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n")
    while not over.wait(0.1):
        connection.sendall(b"x")


def post(url, *, repeatable):
    return http.post(
        url,
        headers={},
        json={},
        repeatable=repeatable,
        connect_seconds=0.3,
        read_seconds=0.5,
    )


ANSWERS_THAT_ARE_NONE = {
    "closed after we wrote": closes,
    "no answer in time": hangs,
    "an answer that drips": drips,
    "cut short": answering(HEAD + b"Content-Length: 1000\r\n\r\nabc"),
    "not HTTP": answering(b"SSH-2.0 hello\r\n\r\n"),
    "too long": answering(HEAD + b"\r\n" + b"x" * 1_000_001),
    "a small file that unpacks to a big one": answering(
        HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"0" * 5_000_000)
    ),
    "not packed as announced": answering(HEAD + b"Content-Encoding: gzip\r\n\r\nplain"),
}


@pytest.mark.parametrize("behave", ANSWERS_THAT_ARE_NONE.values(), ids=ANSWERS_THAT_ARE_NONE)
def test_a_request_that_was_written_is_silent_unless_it_may_be_repeated(server, behave):
    url = server(behave)

    with pytest.raises(CarrierSilent):
        post(url, repeatable=False)
    with pytest.raises(CarrierUnavailable):
        post(url, repeatable=True)


@pytest.mark.parametrize("repeatable", [True, False])
@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http:///nowhere", "nonsense", "ftp://127.0.0.1/"])
def test_what_never_connected_is_unavailable(url, repeatable):
    with pytest.raises(CarrierUnavailable):
        post(url, repeatable=repeatable)


def test_a_connection_is_kept_and_nothing_else_is(server):
    seen = []

    def keeps(connection, over):
        seen.append([])
        while request := whole_request(connection):
            seen[-1].append(request)
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 7\r\n\r\n" + b'{"a":1}'
            )

    url = server(keeps)

    assert post(url, repeatable=True).json_object() == {"a": 1}
    assert post(url, repeatable=False).json_object() == {"a": 1}
    assert len(seen) == 1, "one connection for both"
    assert len(seen[0]) == 2
    assert b"cookie" not in seen[0][1].lower()


def test_a_redirect_is_not_followed(server):
    other = []
    target = server(lambda connection, over: other.append(whole_request(connection)))
    moved = b"HTTP/1.1 307 Moved\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % target.encode()

    assert post(server(answering(moved)), repeatable=True).status == 307
    assert other == []


def test_pieces_become_one_answer(server):
    chunks = HEAD + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n2\r\n1}\r\n0\r\n\r\n'

    assert post(server(answering(chunks)), repeatable=True).json_object() == {"a": 1}


def test_an_error_carries_no_request(server):
    with pytest.raises(CarrierSilent) as caught:
        post(server(closes), repeatable=False)

    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b"<html>", b"\xff\xfe\x00", b"[" * 100_000])
def test_only_a_json_object_is_one(body):
    assert http.Answer(200, body).json_object() is None


def ok(connection, over):
    while whole_request(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n" + b'{"a":1}')


def test_head_and_body_leave_together(server, monkeypatch):
    writes = []
    real = HTTPConnection.send

    def watched(self, data):
        writes.append(data)
        real(self, data)

    monkeypatch.setattr(HTTPConnection, "send", watched)
    url = server(ok)

    post(url, repeatable=True)
    post(url, repeatable=True)

    assert len(writes) == 2
    assert all(one.startswith(b"POST / HTTP/1.1\r\n") and one.endswith(b"{}") for one in writes)


@pytest.mark.parametrize("repeatable", [True, False])
def test_a_certificate_that_nobody_vouches_for_is_unavailable_each_time(server, tmp_path, repeatable):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_made_by_itself(tmp_path))
    heard = []

    def safely(connection, over):
        with contextlib.suppress(OSError):
            heard.append(context.wrap_socket(connection, server_side=True).recv(1000))

    url = server(safely).replace("http:", "https:")

    for _ in range(2):
        with pytest.raises(CarrierUnavailable):
            post(url, repeatable=repeatable)
    assert not any(heard)


def test_a_certificate_that_is_vouched_for_is_asked(server, tmp_path, monkeypatch):
    path = _made_by_itself(tmp_path)
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)

    def safely(connection, over):
        ok(context.wrap_socket(connection, server_side=True), over)

    url = server(safely).replace("http:", "https:")

    assert post(url, repeatable=False).json_object() == {"a": 1}
    assert post(url, repeatable=False).json_object() == {"a": 1}


def _made_by_itself(folder):
    """A key and its certificate for 127.0.0.1, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    today = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    form, no_password = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, no_password)
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path
