"""When is a text refused? Before it is queued, and again just before it leaves (S20, D4, D7, D26, D28)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from app import impp, queue
from app.access.scope import EVERYTHING, Scope, branch, fetch, visible
from app.clock import now
from app.db import db, insert_once, transactional
from app.errors import Conflict, Invalid
from app.folding import fold_unless_ascii
from app.models import Assignment, Attachment, Conversation, Message
from app.phone import NotANumber, parse_recipient, parse_remote
from app.services.accounts import licences
from app.services.messaging import attachments, conversations, opt_outs, priority, segments, uploads
from app.services.messaging.attachments import FilesGone, Plan
from app.services.messaging.messages import as_event
from app.services.messaging.outbound.decision import (
    MARK,
    NumberState,
    refusal_of_number,
    refusal_of_recipient,
)
from app.vocabulary import AssignmentState, Direction, MessageState, Priority

LONGEST_TEXT = 1600


class CannotSend(Conflict):
    """The reason is for the sender."""


class OtherFiles(Conflict):
    message = "This client_ref was used for a text with other files: send this one with a new client_ref."


def refusal(assignment: Assignment, *, is_licensed: bool) -> str | None:
    """Why this number cannot send now, as a sentence; None when it can."""
    return refusal_of_number(
        NumberState(
            is_removed=assignment.release_requested_at is not None or assignment.ended_at is not None,
            opt_in=assignment.opt_in,
            is_active=assignment.state is AssignmentState.ACTIVE,
            has_license=is_licensed,
        )
    )


@transactional
def send(
    scope: Scope,
    assignment_id: int,
    *,
    to: str,
    text: str,
    client_ref: str,
    bulk: bool = False,
    attachment_ids: Sequence[int] = (),
) -> Message:
    """Queue one text from a user's number (S20). The same `client_ref` again is the same message.

    A file that was uploaded anew is the same file: an answer may have been lost on the way.
    `to` is a phone number as people type it, or a short code; emergency codes are refused (D26). A `bulk`
    text lets others go first.
    `attachment_ids` are uploads of this number (S21); with them `text` may be empty. A text to somebody
    whose STOP stands is kept as *failed*, with the reason (D11).
    Raises CannotSend with the reason, OtherFiles, Invalid, NotFound.
    """
    assignment = fetch(Assignment, assignment_id, scope)
    if (known := _known(scope, assignment.id, client_ref, attachment_ids)) is not None:
        return known
    if client_ref.startswith(MARK):
        raise Invalid(f"A reference does not begin with {MARK}", field="client_ref")
    recipient = recipient_of(to)
    words, wanted = segments.normalised(text), attachments.wanted(attachment_ids)
    _require_length(words, len(wanted))
    reason = refusal(assignment, is_licensed=licences.is_licensed(assignment.user_id))
    if reason is not None:
        raise CannotSend(reason)
    is_stopped = opt_outs.is_stopped(assignment.number, recipient)
    refused = refusal_of_recipient(has_opted_out=is_stopped) or ""
    kept = None
    with suppress(FilesGone):
        chosen = attachments.uploaded(scope, wanted)
        kept = _keep(assignment, recipient, words, client_ref, bulk=bulk, refused=refused, chosen=chosen)
    if kept is None:  # an equal text may have been queued since we looked, and have the files
        kept = _known(scope, assignment.id, client_ref, attachment_ids)
    if kept is None:
        raise FilesGone
    return kept


def foreseen(
    scope: Scope, assignment_id: int, *, to: str, text: str, attachment_ids: Sequence[int]
) -> tuple[Plan, str]:
    """How a text with these uploads would leave, and its words with the links; nothing is kept.

    Raises Invalid: with what is wrong with `to`. NotFound.
    """
    assignment = fetch(Assignment, assignment_id, scope)
    chosen = uploads.unused(scope, attachment_ids)
    return attachments.foreseen(assignment, recipient_of(to), chosen, segments.normalised(text))


@transactional
def answer(assignment: Assignment, *, to: str, text: str, client_ref: str) -> Message:
    """Queue one of our own texts, before others: somebody wrote and waits. A STOP does not hold it here.

    The caller has asked `refusal`, and has reasons for `client_ref` to be new.
    """
    kept = _keep(assignment, to, text, client_ref, urgency=Priority.ANSWER)
    if kept is None:
        raise Conflict("This message is being queued by another request; ask again.")
    return kept


def _keep(
    assignment: Assignment,
    recipient: str,
    words: str,
    client_ref: str,
    *,
    urgency: Priority | None = None,
    bulk: bool = False,
    refused: str = "",
    chosen: Sequence[Attachment] = (),
) -> Message | None:
    """The row of a text, queued, or failed at once where it was `refused`. None: the reference has one."""
    conversation = conversations.with_remote(assignment, recipient)
    rank = priority.of_text(conversation.id, is_bulk=bulk) if urgency is None else urgency
    priority.carry_along(conversation.id, rank)
    message_id = insert_once(
        Message,
        conversation_id=conversation.id,
        platform_id=assignment.platform_id,
        assignment_id=assignment.id,
        direction=Direction.OUTBOUND,
        state=MessageState.FAILED if refused else MessageState.QUEUED,
        reason=refused,
        number=assignment.number,
        remote=recipient,
        text=words,
        folded_text=fold_unless_ascii(words),
        **segments.counted(words),
        client_ref=client_ref,
        file_count=len(chosen),
        priority=rank,
        due_at=None if refused else now(),
        settled_at=now() if refused else None,
        **branch(assignment),
    )
    if message_id is None:
        return None
    message = fetch(Message, message_id, EVERYTHING)
    attachments.attach(message, chosen, assignment)
    impp.publish(message.user_id, "message.created", as_event(message))
    if not refused:
        queue.later(queue.SEND_OUTBOX)
    return message


def _known(
    scope: Scope, assignment_id: int, client_ref: str, attachment_ids: Sequence[int]
) -> Message | None:
    """The text that has this reference. Raises OtherFiles, unless nobody can tell any more."""
    query = visible(Message, EVERYTHING).where(
        Message.assignment_id == assignment_id, Message.client_ref == client_ref
    )
    known = db.session.scalar(query)
    if known is not None and known.erased_at is None and not attachments.has(scope, known, attachment_ids):
        raise OtherFiles
    return known


def _require_length(words: str, files: int) -> None:
    if not words and not files:
        raise Invalid("Write a text.", field="text")
    longest = attachments.longest_text(LONGEST_TEXT, files)
    if len(words) > longest:
        with_links = " with the links to its files" if files else ""
        raise Invalid(f"A text{with_links} has {longest} characters at most.", field="text")


def recipient_of(typed: str) -> str:
    """Who a text goes to, as it is stored: E.164 or a short code of up to 6 digits (D26).

    Raises Invalid: with a sentence that says what to type, or where to call in an emergency.
    """
    try:
        return parse_recipient(typed)
    except NotANumber as wrong:
        raise Invalid(str(wrong), field="to") from None


def remote_address(scope: Scope, assignment_id: int, typed: str, *, field: str = "remote") -> str:
    """A remote party of a number as clients write it, as it is stored: E.164, short code or name (D26).

    Names, long short codes and emergency codes can be blocked and looked at, though not answered. What a
    carrier wrote and is no number in any way is taken as it is stored, if this number has a conversation with
    it. Raises Invalid.
    """
    try:
        return parse_remote(typed)
    except NotANumber as wrong:
        is_known = visible(Conversation, scope).where(
            Conversation.assignment_id == assignment_id, Conversation.remote == typed.strip()
        )
        if "\0" not in typed and db.session.scalar(is_known.limit(1)) is not None:
            return typed.strip()
        raise Invalid(str(wrong), field=field) from None
