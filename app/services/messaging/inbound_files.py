"""Files that came along with a text: their addresses are kept, and a job fetches them (D17)."""

from __future__ import annotations

from collections.abc import Iterable

from app.access.scope import branch
from app.clock import now
from app.db import db
from app.models import Attachment, Message
from app.vocabulary import AttachmentState


def expect(message: Message, addresses: Iterable[str]) -> None:
    """Note the files of a message that has come, inside the transaction that keeps it."""
    for position, address in enumerate(addresses):
        db.session.add(
            Attachment(
                message_id=message.id,
                assignment_id=message.assignment_id,
                position=position,
                state=AttachmentState.WAITING,
                source_url=address,
                due_at=now(),
                **branch(message),
            )
        )
    db.session.flush()
