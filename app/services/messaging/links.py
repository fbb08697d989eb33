"""A file of a text can be opened by whoever has its link, without signing in, for some days (D16).

The address is unguessable. What stands behind it ends with the link or with the text, whatever comes first.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets

from app.access.scope import EVERYTHING, visible
from app.clock import now
from app.config import settings
from app.db import db
from app.errors import DomainError, NotFound
from app.media.kinds import EXTENSIONS
from app.models import Attachment
from app.vocabulary import AttachmentState

_TOKEN_BYTES, _TOKEN_LENGTH = 16, 22  # 128 random bits in 22 characters: a link shares a text with words
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22,64}")


class LinkExpired(DomainError):
    message = "This link has expired. Ask whoever sent it to send the file again."

    def __init__(self, attachment: Attachment):
        super().__init__()
        self.attachment = attachment


def give(attachment: Attachment) -> str:
    """The address of the page that shows the file. Inside the caller's transaction, which holds the row.

    A link that still works is given again and ends when it would have ended. After that there is a new one;
    what was given before stays dead.
    """
    if attachment.link_token is None or _has_expired(attachment):
        attachment.link_token = secrets.token_urlsafe(_TOKEN_BYTES)
        attachment.link_expires_at = now() + dt.timedelta(days=settings().link_days)
    return _address(attachment.link_token)


def _address(token: str) -> str:
    return f"{settings().media_url}/m/{token}"


def file_url(attachment: Attachment) -> str:
    """The address of the bytes themselves, for a carrier that fetches them; as `give` otherwise."""
    return f"{give(attachment)}/{file_name(attachment)}"


def length() -> int:
    """How many characters a link has."""
    return len(_address("x" * _TOKEN_LENGTH))


def file_name(attachment: Attachment) -> str:
    """The last part of that address: nothing of a person's, but an ending by which carriers know the kind."""
    extension = EXTENSIONS.get(attachment.content_type)
    return f"file.{extension}" if extension else "file"


def opened(token: str) -> Attachment:
    """What a link leads to. Raises NotFound: nothing, or not any more. LinkExpired."""
    if not _TOKEN.fullmatch(token):
        raise NotFound
    query = visible(Attachment, EVERYTHING).where(Attachment.link_token == token)
    found = db.session.scalar(query)
    if found is None or found.state is not AttachmentState.STORED:
        raise NotFound
    if _has_expired(found):
        raise LinkExpired(found)
    return found


def _has_expired(attachment: Attachment) -> bool:
    return attachment.link_expires_at is None or attachment.link_expires_at <= now()
