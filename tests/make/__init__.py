"""One maker per row. Every field has a dull default, so a test states only what it is about."""

from tests.make.brands import brand, hostname, picture
from tests.make.calls import quarantined, refused_call
from tests.make.files import attachment
from tests.make.numbers import PHONE, assignment, attempt, block, conversation, message, platform, stop
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
    user_template,
)
from tests.make.uploads import bulk_run

__all__ = [
    "PASSWORD",
    "PHONE",
    "admin_of",
    "again",
    "assignment",
    "at",
    "attachment",
    "attempt",
    "block",
    "brand",
    "bulk_run",
    "client_of",
    "contact_center",
    "conversation",
    "every",
    "group",
    "hostname",
    "in_office_profile",
    "kept",
    "licence",
    "message",
    "operator",
    "picture",
    "platform",
    "portal_user",
    "provider",
    "quarantined",
    "queue",
    "queue_member",
    "reader_of",
    "refused_call",
    "reseller",
    "stop",
    "stream",
    "user",
    "user_template",
]
