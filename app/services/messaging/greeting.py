"""The initial reply within business hours: the one text that a media stream sends by itself (D20)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import or_

from app.access.scope import Scope, fetch, place_of, visible
from app.clock import now
from app.db import db
from app.models import Assignment, InOfficeProfile, MediaStream, Message
from app.services.messaging import sending
from app.services.office_hours import office_at
from app.vocabulary import Direction, Level

_ONCE_IN = dt.timedelta(hours=24)
_MARK = "greeting-"  # of its client_ref
# Who writes this does not want to be written to, or asks the carrier (D11).
_NO_GREETING = {"STOP", "END", "CANCEL", "UNSUBSCRIBE", "QUIT", "STOPALL", "REVOKE", "OPTOUT"}
_NO_GREETING |= {"START", "UNSTOP", "HELP", "INFO"}


def greet(assignment: Assignment, message: Message) -> None:
    """Answer the first text of a new conversation, inside the transaction that keeps it.

    At most once in 24 hours for a pair of numbers, so that two machines do not answer each other; never a
    short code or a name, and nobody outside the hours of the stream's In Office Profile, in its timezone.
    """
    remote, words = message.remote or "", (message.text or "").strip().upper()
    if not remote.startswith("+") or words in _NO_GREETING:
        return
    stream = fetch(MediaStream, assignment.stream_id or 0, place_of(assignment))
    if not stream.reply_in_hours or not _is_in(stream) or _greeted_lately(assignment, remote):
        return
    if sending.refusal(assignment, is_licensed=True) is None:
        sending.send(
            place_of(assignment),
            assignment.id,
            to=remote,
            text=stream.reply_in_hours,
            client_ref=f"{_MARK}{message.id}",
        )


def _is_in(stream: MediaStream) -> bool:
    if stream.in_office_profile_id is None:
        return False
    profile = fetch(InOfficeProfile, stream.in_office_profile_id, Scope(Level.GROUP, stream.group_id))
    return office_at(profile.weekly_hours, profile.holidays, stream.timezone, now()).is_in


def _greeted_lately(assignment: Assignment, remote: str) -> bool:
    """An erased greeting may have been to anybody: it counts for everybody."""
    query = visible(Message, place_of(assignment)).where(
        Message.direction == Direction.OUTBOUND,
        Message.client_ref.startswith(_MARK, autoescape=True),
        Message.created_at > now() - _ONCE_IN,
        or_(Message.remote == remote, Message.erased_at.is_not(None)),
    )
    return db.session.scalar(query.limit(1)) is not None
