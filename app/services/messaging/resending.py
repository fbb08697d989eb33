"""What a person decides about a text that failed, or of which nobody knows whether it left (D13).

Nothing is sent again by itself. What is sent again is looked at anew, as if it were written now.
"""

from __future__ import annotations

from collections.abc import Set

from app import impp, queue
from app.access.policy import Actor
from app.access.scope import EVERYTHING, Scope, fetch
from app.clock import now
from app.db import transactional
from app.errors import Conflict
from app.models import Assignment, Message
from app.phone import refusal_to_answer
from app.services.accounts import licences
from app.services.audit.record import Action, record
from app.services.messaging import blocking, opt_outs, priority, sending
from app.services.messaging.messages import as_event
from app.services.messaging.outbound.decision import refusal_of_recipient
from app.services.messaging.status import advance
from app.vocabulary import Direction, MessageState

AGAIN = frozenset({MessageState.FAILED, MessageState.UNCERTAIN})
NOT_SENT = "Marked as not sent by staff."


class SettledMeanwhile(Conflict):
    message = "Somebody else has decided about this text, or a receipt has come: look at its state now."


class CannotSendAgain(Conflict):
    """The reason is for staff."""


@transactional
def send_again(actor: Actor, scope: Scope, message_id: int) -> None:
    """Queue a failed or uncertain text once more. Of two people at once, one does it.

    Raises SettledMeanwhile, CannotSendAgain with the reason, NotFound.
    """
    message = _locked(scope, message_id, AGAIN)
    reason = refusal(message)
    if reason is not None:
        raise CannotSendAgain(reason)
    was, at = message.state, now()
    message.state, message.reason = MessageState.QUEUED, ""
    message.due_at = message.requeued_at = at
    message.claim = message.claimed_until = None
    message.carrier_reference = message.sent_at = message.settled_at = message.search_due_at = None
    message.priority = priority.of_text(message.conversation_id or 0)
    _written_down(actor, Action.TEXT_SENT_AGAIN, message, was)
    impp.publish(message.user_id, "message.updated", as_event(message))
    queue.later(queue.SEND_OUTBOX)


@transactional
def mark(actor: Actor, scope: Scope, message_id: int, *, was_sent: bool) -> None:
    """Settle an uncertain text by what a person found out. Raises SettledMeanwhile, NotFound."""
    message = _locked(scope, message_id, {MessageState.UNCERTAIN})
    if was_sent:
        advance(message.id, MessageState.SENT, reason="", sent_at=now())
    else:
        advance(message.id, MessageState.FAILED, reason=NOT_SENT)
    action = Action.TEXT_MARKED_SENT if was_sent else Action.TEXT_MARKED_NOT_SENT
    _written_down(actor, action, message, MessageState.UNCERTAIN)


def refusal(message: Message) -> str | None:
    """Why this text cannot be sent again now; None when it can."""
    if message.text is None or message.conversation_id is None:
        return "The text was erased: there is nothing left to send."
    assignment = fetch(Assignment, message.assignment_id, EVERYTHING)
    reason = refusal_to_answer(message.remote or "") or sending.refusal(
        assignment, is_licensed=licences.is_licensed(assignment.user_id)
    )
    if reason is not None:
        return reason
    if blocking.find_block(EVERYTHING, assignment.id, message.remote or ""):
        return "The remote number was blocked meanwhile."
    is_stopped = opt_outs.is_stopped(message.number, message.remote or "")
    return refusal_of_recipient(has_opted_out=is_stopped, client_ref=message.client_ref)


def _locked(scope: Scope, message_id: int, states: Set[MessageState]) -> Message:
    message = fetch(Message, message_id, scope, lock=True)
    if message.direction is not Direction.OUTBOUND or message.state not in states:
        raise SettledMeanwhile
    return message


def _written_down(actor: Actor, action: Action, message: Message, was: MessageState) -> None:
    """In the history of the number; which text it was, without whom it was for."""
    assignment = fetch(Assignment, message.assignment_id, EVERYTHING)
    record(actor, action, assignment, text=message.id, was=was)
