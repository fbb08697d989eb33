"""One conversation for each pair of a number of ours and a remote number."""

from __future__ import annotations

from app.access.scope import EVERYTHING, branch, visible
from app.clock import now
from app.db import db, insert_once
from app.errors import Conflict
from app.models import Assignment, Conversation

_TRIES = 3  # each loses only to an erasure that ends just between insert and look


def with_remote(assignment: Assignment, remote: str) -> Conversation:
    """The conversation, made when it is missing, inside the caller's transaction.

    Safe when two begin it, and when it is erased meanwhile: the row is locked. Raises Conflict.
    """
    query = visible(Conversation, EVERYTHING).where(
        Conversation.assignment_id == assignment.id, Conversation.remote == remote
    )
    for _ in range(_TRIES):
        insert_once(
            Conversation,
            assignment_id=assignment.id,
            remote=remote,
            last_message_at=now(),
            **branch(assignment),
        )
        conversation = db.session.scalar(query.with_for_update())
        if conversation is not None:
            conversation.last_message_at = now()
            return conversation
    raise Conflict("This conversation is being erased at this moment; try again.")
