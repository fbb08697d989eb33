"""What we believe of a mail server, and what its answers mean: tried on one with a certificate of its own."""

from __future__ import annotations

import datetime as dt
import ipaddress
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app import mail
from app.config import BadSetting, from_environment
from app.vocabulary import MailFailure
from tests.processes import free_port

REFUSED, LATER = mail.MailRefused, mail.MailNotSent
OF_ADDRESS, OF_MAIL = MailFailure.ADDRESS_REFUSED, MailFailure.REFUSED
NAMES = {"right": ["127.0.0.1", "localhost"], "another name": ["mail.example"]}


class Handler:
    """Takes mails, or answers RCPT or DATA as it is told."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.to_recipient = self.to_data = "250 OK"
        self.hangs_up_after_data = False

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.to_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to_recipient

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.to_data.startswith("250"):
            self.taken.append(envelope)
        return self.to_data

    async def handle_QUIT(self, server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        if self.hangs_up_after_data:
            server.transport.abort()  # type: ignore[union-attr]
        return "221 Bye"


def certificate(folder: Path, called: str) -> tuple[Path, Path]:
    """A self-made certificate for the names of `NAMES`, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a mail server")])
    names: list[x509.GeneralName] = [
        x509.IPAddress(ipaddress.ip_address(one)) if one[0].isdigit() else x509.DNSName(one)
        for one in NAMES[called]
    ]
    today = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / f"{called}.pem", folder / f"{called}.key"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


@pytest.fixture
def serve(app: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., Handler]]:
    """`serve("starttls", called="right", ca="its own")` is a mail server that the app sends to."""
    running: list[Controller] = []

    def start(
        how: str, *, called: str = "right", ca: str = "its own", handler: Handler | None = None
    ) -> Handler:
        own, key = certificate(tmp_path, called)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(own, key)
        handler, port = Handler(), free_port()
        given = {"tls": {"ssl_context": context}, "starttls": {"tls_context": context}, "plain": {}}[how]
        controller = Controller(handler, hostname="127.0.0.1", port=port, **given)
        controller.start()
        running.append(controller)
        (tmp_path / "other").mkdir(exist_ok=True)
        trusted = {"its own": own, "another": certificate(tmp_path / "other", "right")[0], "the system's": ""}
        settings = from_environment(
            {
                "LOCAL_RUN": "1",
                "DATABASE_URL": "postgresql:///portal",
                "SECRET_KEY": "x",
                "ENCRYPTION_KEYS": app.extensions["settings"].encryption_keys[0],
                "MAIL_PORT": str(port),
                "MAIL_USE_TLS": "1" if how == "starttls" else "0",
                "MAIL_USE_SSL": "1" if how == "tls" else "0",
                "MAIL_CA_FILE": str(trusted[ca]),
            }
        )
        monkeypatch.setitem(app.extensions, "settings", settings)
        state = app.extensions["mail"]
        for name, value in {"port": port, "use_tls": how == "starttls", "use_ssl": how == "tls"}.items():
            monkeypatch.setattr(state, name, value)
        return handler

    with app.app_context():
        yield start
    for controller in running:
        controller.stop()


def send() -> None:
    mail.send("ida@xn--bcher-kva.example", "A subject", "Words", "one")


@pytest.mark.parametrize("how", ["starttls", "tls"])
def test_a_mail_leaves_encrypted_to_a_server_that_is_who_it_says(serve, how):
    handler = serve(how)
    send()
    (taken,) = handler.taken
    assert taken.rcpt_tos == ["ida@xn--bcher-kva.example"]


@pytest.mark.parametrize("how", ["starttls", "tls"])
@pytest.mark.parametrize(
    "wrong", [{"ca": "another"}, {"ca": "the system's"}, {"called": "another name"}], ids=str
)
def test_a_server_that_cannot_prove_its_name_gets_nothing(serve, how, wrong):
    handler = serve(how, **wrong)
    with pytest.raises(mail.MailNotSent) as refusal:
        send()
    assert refusal.value.failure is MailFailure.NOT_TRUSTED
    assert handler.taken == []


def test_a_server_without_starttls_gets_nothing_when_it_was_asked_for(serve, app, monkeypatch):
    handler = serve("plain")
    monkeypatch.setattr(app.extensions["mail"], "use_tls", True)
    with pytest.raises(mail.MailNotSent):
        send()
    assert handler.taken == []


@pytest.mark.parametrize(
    ("answers", "kind", "failure", "words"),
    [
        ({"to_recipient": "550 5.1.1 No such mailbox"}, REFUSED, OF_ADDRESS, "550 5.1.1 No such"),
        ({"to_recipient": "553 not here"}, REFUSED, OF_ADDRESS, "553 not here"),
        ({"to_recipient": "450 4.2.0 Greylisted"}, LATER, OF_ADDRESS, "450 4.2.0 Greylisted"),
        ({"to_recipient": "452 4.2.2 Mailbox full"}, LATER, OF_ADDRESS, "452"),
        ({"to_data": "554 5.7.1 Spam"}, REFUSED, OF_MAIL, "554 5.7.1 Spam"),
        ({"to_data": "451 later"}, LATER, OF_MAIL, "451 later"),
    ],
    ids=str,
)  # fmt: skip
def test_refused_for_good_and_not_now_are_told_apart(serve, answers, kind, failure, words):
    handler = serve("plain")
    vars(handler).update(answers)
    with pytest.raises(mail.MailTrouble) as refusal:
        send()
    assert (type(refusal.value), refusal.value.failure) == (kind, failure)
    assert refusal.value.answer.startswith(words)
    assert handler.taken == []


@pytest.mark.parametrize(
    "trouble",
    [
        smtplib.SMTPAuthenticationError(535, b"wrong password"),
        smtplib.SMTPSenderRefused(550, b"not you", "portal@localhost"),
        smtplib.SMTPConnectError(554, b"go away"),
        smtplib.SMTPHeloError(501, b"what"),
        smtplib.SMTPNotSupportedError("no STARTTLS"),
    ],
    ids=repr,
)
def test_what_is_wrong_with_our_settings_is_not_held_against_the_mail(app, monkeypatch, trouble):
    """Somebody mends it; until then the mail waits."""

    def breaks(_message: object) -> None:
        raise trouble

    monkeypatch.setattr(mail.mail, "send", breaks)
    with app.app_context(), pytest.raises(mail.MailNotSent):
        send()


def test_a_server_that_hangs_up_after_it_took_the_mail_changes_nothing(serve):
    handler = serve("plain")
    handler.hangs_up_after_data = True
    send()
    assert len(handler.taken) == 1


def test_a_server_that_hangs_up_before_it_was_asked_never_had_the_mail(app, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listening, app.app_context():

        def hang_up() -> None:
            listening.accept()[0].close()

        monkeypatch.setattr(app.extensions["mail"], "port", listening.getsockname()[1])
        closing = threading.Thread(target=hang_up)
        closing.start()
        with pytest.raises(mail.MailNotSent):
            send()
        closing.join(10)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"MAIL_USE_TLS": "1", "MAIL_USE_SSL": "1"}, "not both"),
        ({"MAIL_CA_FILE": "/nowhere/ca.pem"}, "MAIL_CA_FILE"),
        ({"MAIL_CA_FILE": __file__}, "MAIL_CA_FILE"),
    ],
)
def test_settings_that_cannot_work_stop_the_start(app, given, words):
    key = app.extensions["settings"].encryption_keys[0]
    with pytest.raises(BadSetting, match=words):
        from_environment(
            {
                "LOCAL_RUN": "1",
                "DATABASE_URL": "postgresql:///portal",
                "SECRET_KEY": "x",
                "ENCRYPTION_KEYS": key,
                **given,
            }
        )
