"""What the page of one conversation shows besides its messages: who, and why one cannot answer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Select

from app.access.scope import EVERYTHING, Scope, fetch, visible
from app.db import db
from app.models import Assignment, Conversation, Message
from app.phone import refusal_to_answer, ten_digits
from app.services.accounts import licences
from app.services.messaging import blocking, messages, opt_outs, sending
from app.services.messaging.messages import is_shown
from app.services.provisioning import queries
from app.services.provisioning.settings import effective

_MOST_AT_ONCE = 200


@dataclass(frozen=True)
class Thread:
    """A conversation as its user sees it. `refusal` says why nothing can be sent now; "" when it can.

    `resumed_at` is when the person last took an opt-out back.
    """

    id: int
    number_id: int
    number: str
    number_name: str
    remote: str
    has_mms: bool
    can_block: bool
    is_blocked: bool
    has_stopped: bool
    resumed_at: dt.datetime | None
    refusal: str

    def is_marked(self, message: Message) -> bool:
        """Whether the user is offered to record this text as an opt-out (D11): not while one stands, and not
        where the person texted START since.
        """
        is_later = self.resumed_at is None or message.created_at > self.resumed_at
        return not self.has_stopped and is_later and messages.is_marked(message)


def opened(scope: Scope, conversation_id: int) -> Thread:
    """One conversation. Raises NotFound."""
    talk = fetch(Conversation, conversation_id, scope)
    held = queries.number(scope, talk.assignment_id)
    return _thread(talk, held)


def messages_after(scope: Scope, thread: Thread, newest: int) -> list[Message]:
    """What came since, oldest first."""
    query = _shown(scope, thread)
    later = query.where(Message.id > newest).order_by(Message.id)
    return list(db.session.scalars(later.limit(_MOST_AT_ONCE)))


def messages_again(scope: Scope, thread: Thread, ids: list[int]) -> list[Message]:
    """These messages of the conversation as they are now."""
    query = _shown(scope, thread)
    wanted = query.where(Message.id.in_(ids[:_MOST_AT_ONCE]))
    return list(db.session.scalars(wanted.order_by(Message.id)))


def _shown(scope: Scope, thread: Thread) -> Select[Message]:
    return visible(Message, scope).where(
        Message.assignment_id == thread.number_id, Message.remote == thread.remote, is_shown(Message)
    )


def _thread(talk: Conversation, held: Assignment) -> Thread:
    settings = effective(held, held.platform)
    refusal = sending.refusal(held, is_licensed=licences.is_licensed(held.user_id))
    if refusal is None:
        refusal = refusal_to_answer(talk.remote)
    opt_out = opt_outs.state_of(held.number, talk.remote)
    return Thread(
        id=talk.id,
        number_id=held.id,
        number=held.number,
        number_name=held.friendly_name or ten_digits(held.number),
        remote=talk.remote,
        has_mms=settings.mms,
        can_block=settings.can_block and held.release_requested_at is None,
        is_blocked=blocking.find_block(EVERYTHING, held.id, talk.remote),
        has_stopped=opt_out.is_stopped,
        resumed_at=opt_out.resumed_at,
        refusal=refusal or "",
    )
