"""Mail, the other way out. The words of a mail never reach a log."""

from __future__ import annotations

import smtplib
from email.utils import formataddr, parseaddr

from flask_mail import Mail, Message

from app.errors import DomainError

mail = Mail()


class MailNotSent(DomainError):
    """It never left: the same mail may be sent again."""


class MailRefused(DomainError):
    """The mail server said no for good."""


class MailUncertain(DomainError):
    """It may have left; it is not sent again by itself."""


def send(
    recipient: str, subject: str, body: str, message_id: str, *, html: str = "", sender_name: str = ""
) -> None:
    """Hand one mail to the mail server; `html` says the same as `body`, for those who like it.

    `message_id` is the same for every try, so that a mail server can tell a repetition. `sender_name` is
    shown in place of the usual one; the address stays.
    Raises MailNotSent, MailRefused, MailUncertain.
    """
    message = Message(subject=subject, recipients=[recipient], body=body, html=html or None)
    if sender_name:
        message.sender = formataddr((sender_name, parseaddr(str(message.sender or ""))[1]))
    message.msgId = f"<{message_id}@cpaas-portal>"
    try:
        mail.send(message)
    except smtplib.SMTPRecipientsRefused as no:
        raise MailRefused("The mail server does not take this address.") from no
    except smtplib.SMTPResponseException as no:
        if 500 <= no.smtp_code < 600:
            raise MailRefused(f"The mail server answered {no.smtp_code}.") from no
        raise MailNotSent(f"The mail server answered {no.smtp_code}.") from no
    except smtplib.SMTPServerDisconnected as gone:
        raise MailUncertain("The mail server hung up.") from gone
    except (ConnectionError, TimeoutError, smtplib.SMTPException, OSError) as trouble:
        raise MailNotSent("The mail server does not answer.") from trouble
