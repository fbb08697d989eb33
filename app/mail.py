"""Mail, the other way out. The words of a mail never reach a log."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from email.utils import formataddr, parseaddr
from types import TracebackType

from flask import current_app
from flask_mail import Connection, Mail, Message

from app.config import Settings, settings
from app.errors import DomainError
from app.vocabulary import MailFailure

# Refusals of our sign-in, our sender or our greeting say nothing about the mail.
_ABOUT_US = (
    smtplib.SMTPAuthenticationError,
    smtplib.SMTPSenderRefused,
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
)
_SECONDS = 20  # for each answer of the mail server; RFC 5321 allows minutes, but a worker waits here


class MailTrouble(DomainError):
    """A mail did not leave, or may not have left. `answer` is what the mail server said, "" if nothing."""

    def __init__(self, message: str, failure: MailFailure, answer: str = ""):
        super().__init__(message)
        self.failure, self.answer = failure, answer


class MailNotSent(MailTrouble):
    """It never left: the same mail may be sent again."""


class MailRefused(MailTrouble):
    """The mail server said no for good (RFC 5321, 4.2.1: a reply that begins with 5)."""


class MailUncertain(MailTrouble):
    """It may have left; it is not sent again by itself."""


class _NeverConnected(ConnectionError):
    """The mail server hung up before it was given a mail."""


class VerifiedConnection(Connection):
    """As Flask-Mail's, but it believes no certificate that is not valid for the name of the mail server."""

    def configure_host(self) -> smtplib.SMTP:
        """Connect, encrypt as the settings say, sign in. Raises OSError, smtplib.SMTPException."""
        state = self.mail
        where = {"host": state.server, "port": state.port or 0, "timeout": _SECONDS}
        try:
            host = (
                smtplib.SMTP_SSL(**where, context=tls_context(settings()))
                if state.use_ssl
                else smtplib.SMTP(**where)
            )
        except smtplib.SMTPServerDisconnected as gone:
            raise _NeverConnected("hung up before a mail was handed over") from gone
        try:
            if state.use_tls:
                host.starttls(context=tls_context(settings()))
            if state.username and state.password:
                host.login(state.username, state.password)
        except (smtplib.SMTPException, OSError) as trouble:
            host.close()
            if isinstance(trouble, smtplib.SMTPServerDisconnected):
                raise _NeverConnected("hung up before a mail was handed over") from trouble
            raise
        return host

    def __exit__(self, exc_type: type[BaseException], exc_value: BaseException, tb: TracebackType) -> None:
        """What happens while saying goodbye changes nothing about the mail."""
        with contextlib.suppress(smtplib.SMTPException, OSError):
            super().__exit__(exc_type, exc_value, tb)


class VerifiedMail(Mail):
    """Flask-Mail with connections that check the certificate of the mail server."""

    def connect(self) -> VerifiedConnection:
        return VerifiedConnection(current_app.extensions["mail"])


mail = VerifiedMail()


def tls_context(given: Settings) -> ssl.SSLContext:
    """Verifies chain and host name: against `MAIL_CA_FILE` alone where it is set, else the system's CAs."""
    return ssl.create_default_context(cafile=given.mail_ca_file or None)


def send(
    recipient: str, subject: str, body: str, message_id: str, *, html: str = "", sender_name: str = ""
) -> None:
    """Hand one mail to the mail server; `html` says the same as `body`, for those who like it.

    `recipient` is an address as `email_address.read` gives it. `message_id` is the same for every try, so
    that a mail server can tell a repetition. `sender_name` is shown in place of the usual one; the
    address stays.
    Raises MailNotSent, MailRefused, MailUncertain.
    """
    try:
        message = Message(subject=subject, recipients=[recipient], body=body, html=html or None)
        if sender_name:
            message.sender = formataddr((sender_name, parseaddr(str(message.sender or ""))[1]))
        message.msgId = f"<{message_id}@cpaas-portal>"
        mail.send(message)
    except (smtplib.SMTPException, OSError) as trouble:
        raise _understood(trouble) from trouble


def _understood(trouble: Exception) -> MailTrouble:
    """What a failure means for the mail: never left, refused for good, or nobody knows."""
    if isinstance(trouble, smtplib.SMTPRecipientsRefused):
        replies = list(trouble.recipients.values())
        code, answer = replies[0] if replies else (550, b"")
        return _of_reply(code, answer, MailFailure.ADDRESS_REFUSED, is_about_mail=True)
    if isinstance(trouble, smtplib.SMTPServerDisconnected):
        return MailUncertain("The mail server hung up.", MailFailure.UNKNOWN)
    if isinstance(trouble, smtplib.SMTPResponseException):
        is_about_mail = not isinstance(trouble, _ABOUT_US)
        return _of_reply(trouble.smtp_code, trouble.smtp_error, MailFailure.REFUSED, is_about_mail)
    if isinstance(trouble, ssl.SSLError):
        return MailNotSent("The certificate of the mail server is not trusted.", MailFailure.NOT_TRUSTED)
    return MailNotSent("The mail server does not answer.", MailFailure.NO_ANSWER)


def _of_reply(code: int, answer: bytes | str, failure: MailFailure, is_about_mail: bool) -> MailTrouble:
    """RFC 5321, 4.2.1: 4xx may be tried again; 5xx is final, unless somebody mends our settings meanwhile."""
    kind = MailRefused if is_about_mail and 500 <= code < 600 else MailNotSent
    return kind(f"The mail server answered {code}.", failure, _words(code, answer))


def _words(code: int, answer: bytes | str) -> str:
    """A reply on one line of printable ASCII, 200 characters at most."""
    said = answer.decode("ascii", "replace") if isinstance(answer, bytes) else str(answer)
    return " ".join(f"{code} {said}".encode("ascii", "replace").decode().split())[:200]
