"""At the legacy address a message ID stands for one content: there nothing else tells a retry from a forgery.

The signature covers the message ID and not the body, and no fixed header is required. Somebody who once saw a
pair of headers could put any text under it. Keyed digests of what was seen are kept, no content (adr/0021).
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.carriers.base import DeliveryReceipt, InboundMessage
from app.clock import now
from app.db import db, transactional
from app.digests import keyed_digest, keyed_digests
from app.models import SeenCall

KEPT = dt.timedelta(days=30)
_MESSAGE_ID, _CONTENT = "message id", "content of a call"


@transactional
def is_genuine(platform_id: int, message_id: str, event: InboundMessage | DeliveryReceipt) -> bool:
    """Whether this message ID is new on the platform, or was seen with the same content.

    A new one is written down; of two processes at the same moment one does it, and the other compares.
    """
    content = _canonical(event)
    if (seen := _seen(platform_id, message_id)) is None:
        written = db.session.execute(
            insert(SeenCall)
            .values(
                platform_id=platform_id,
                message_id_digest=keyed_digest(_MESSAGE_ID, message_id),
                content_digest=keyed_digest(_CONTENT, content),
                seen_at=now(),
            )
            .on_conflict_do_nothing()
        )
        if written.rowcount == 1:  # type: ignore[attr-defined]
            return True
        seen = _seen(platform_id, message_id)
    return seen in keyed_digests(_CONTENT, content)


@transactional
def forget_old() -> None:
    """After 30 days a message ID is as good as new."""
    db.session.execute(delete(SeenCall).where(SeenCall.seen_at < now() - KEPT))


def _seen(platform_id: int, message_id: str) -> str | None:
    """The digest of the content that came with this message ID first."""
    query = select(SeenCall.content_digest).where(
        SeenCall.platform_id == platform_id,
        SeenCall.message_id_digest.in_(keyed_digests(_MESSAGE_ID, message_id)),
    )
    return db.session.scalar(query)


def _canonical(event: InboundMessage | DeliveryReceipt) -> str:
    """What the call says once it was read: two spellings of the same call are equal, in any order of `to`."""
    said = asdict(event)
    for name in ("recipients", "numbers"):
        if name in said:
            said[name] = sorted(said[name])
    return json.dumps([type(event).__name__, said], sort_keys=True)
