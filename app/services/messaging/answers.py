"""The texts that answer STOP, START and HELP by themselves (D11), and how often at most (D20)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import or_

from app.access.scope import place_of, visible
from app.clock import now
from app.db import db
from app.models import Assignment, Message
from app.phone import is_number
from app.services.accounts import licences
from app.services.messaging import automatic_texts, sending
from app.services.messaging.keywords import Keyword
from app.services.messaging.opt_outs import Answer
from app.services.messaging.outbound.decision import mark
from app.vocabulary import Direction

_ONCE_IN = dt.timedelta(hours=24)
GREETING = "greeting-"  # how the client_ref of a media stream's initial reply begins
# What counts as sent lately for each of our texts. The confirmation of a STOP always goes out, once for it.
_COUNTS = {
    Keyword.STOP: (),
    Keyword.START: (mark(Keyword.START),),
    Keyword.HELP: (mark(Keyword.HELP), GREETING),
}


def answer(assignment: Assignment, remote: str, due: Answer) -> None:
    """Queue the text that is due, inside the transaction that settles what it answers.

    Never to short codes and names. A number that cannot send at this moment stays silent: the STOP counts all
    the same.
    """
    if not is_number(remote) or answered_lately(assignment, remote, _COUNTS[due.to]):
        return
    if sending.refusal(assignment, is_licensed=licences.is_licensed(assignment.user_id)) is not None:
        return
    words = automatic_texts.said(assignment, automatic_texts.ANSWERS[due.to])
    sending.answer(assignment, to=remote, text=words, client_ref=due.client_ref)


def answered_lately(assignment: Assignment, remote: str, marks: tuple[str, ...]) -> bool:
    """Whether a machine of ours wrote to this person in the last 24 hours: two of them do not talk for long.

    An erased text may have been to anybody: it counts for everybody.
    """
    if not marks:
        return False
    query = visible(Message, place_of(assignment)).where(
        Message.assignment_id == assignment.id,
        Message.direction == Direction.OUTBOUND,
        or_(*[Message.client_ref.startswith(one, autoescape=True) for one in marks]),
        Message.created_at > now() - _ONCE_IN,
        or_(Message.remote == remote, Message.erased_at.is_not(None)),
    )
    return db.session.scalar(query.with_only_columns(Message.id).limit(1)) is not None
