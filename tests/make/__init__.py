"""One maker per row. Every field has a dull default, so a test states only what it is about."""

from tests.make.numbers import PHONE, assignment, attempt, block, conversation, message, platform
from tests.make.people import PASSWORD, admin_of, at, client_of, licence, operator, portal_user, reader_of
from tests.make.rows import again, every, kept
from tests.make.tree import (
    contact_center,
    group,
    in_office_profile,
    provider,
    queue,
    queue_member,
    reseller,
    stream,
    user,
)

__all__ = [
    "PASSWORD",
    "PHONE",
    "admin_of",
    "again",
    "assignment",
    "at",
    "attempt",
    "block",
    "client_of",
    "contact_center",
    "conversation",
    "every",
    "group",
    "in_office_profile",
    "kept",
    "licence",
    "message",
    "operator",
    "platform",
    "portal_user",
    "provider",
    "queue",
    "queue_member",
    "reader_of",
    "reseller",
    "stream",
    "user",
]
