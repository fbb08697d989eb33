"""One conversation for each pair of a number of ours and a remote number."""

from __future__ import annotations

from app.access.scope import EVERYTHING, branch, visible
from app.clock import now
from app.db import db, insert_once
from app.models import Assignment, Conversation


def with_remote(assignment: Assignment, remote: str) -> Conversation:
    """The conversation, made when it is missing, inside the caller's transaction. Safe when two begin it."""
    insert_once(
        Conversation, assignment_id=assignment.id, remote=remote, last_message_at=now(), **branch(assignment)
    )
    query = visible(Conversation, EVERYTHING).where(
        Conversation.assignment_id == assignment.id, Conversation.remote == remote
    )
    conversation = db.session.scalars(query).one()
    conversation.last_message_at = now()
    return conversation
