"""What does STOP do? The remote person's word ends sending from our number to them, until START (D10, D11).

The whole text, without blanks around it and in any case, must be one of the words. It counts whatever the
user's own state is: also from somebody who is blocked, and for a number whose user opted out or was not asked
yet. Only the person can take a STOP back. It belongs to the pair of numbers and outlives the assignment.
"""

from __future__ import annotations

import enum
import secrets
from dataclasses import dataclass, replace

from sqlalchemy import Select, func, select

from app.access.policy import SYSTEM
from app.access.scope import EVERYTHING, visible
from app.clock import now
from app.db import db, insert_once
from app.models import Assignment, Message, Stop
from app.services.audit.record import Action, record
from app.services.keyset import Page, page
from app.services.messaging.status import advance
from app.vocabulary import MessageState

STOP_WORDS = frozenset({"STOP", "END", "CANCEL", "UNSUBSCRIBE", "QUIT", "STOPALL", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "UNSTOP", "YES"})
HELP_WORDS = frozenset({"HELP", "INFO"})
_WORDS = STOP_WORDS | START_WORDS | HELP_WORDS
REFUSAL = "This person replied STOP: nothing can be sent to them until they reply START."
# How the client_ref of a text of ours begins; clients cannot choose it.
MARK = "auto:"
ON_A_PAGE = 10
_REMOTE = replace(SYSTEM, name="remote person")


class Heard(enum.StrEnum):
    """What a word asks for, and which of our texts answers it."""

    STOP = "stop"
    START = "start"
    HELP = "help"


@dataclass(frozen=True)
class Answer:
    """`client_ref` is unique for what is answered, so that it is answered once."""

    to: Heard
    client_ref: str


def is_keyword(text: str | None) -> bool:
    """Whether a text may be more than a text. Cheap, for every text that arrives."""
    return text is not None and text.strip().upper() in _WORDS


def is_wish_for_quiet(text: str) -> bool:
    """Whoever writes this is not greeted by a machine. YES may be the answer to anything."""
    return text.strip().upper() in _WORDS - {"YES"}


def hear(assignment: Assignment, remote: str, text: str | None) -> Answer | None:
    """Record what a remote person asks for, inside the transaction that settles their text.

    Returns which answer is due: none for a STOP that stands already, nor for a START without one, which is
    an ordinary text.
    """
    word = (text or "").strip().upper()
    if word in STOP_WORDS:
        return _stop(assignment, remote, word)
    if word in START_WORDS:
        return _resume(assignment, remote, word)
    if word in HELP_WORDS:
        record(_REMOTE, Action.HELP_ASKED, assignment, word=word)
        return Answer(Heard.HELP, f"{mark(Heard.HELP)}{secrets.token_hex(8)}")
    return None


def mark(heard: Heard) -> str:
    """How the client_ref of this kind of answer begins."""
    return f"{MARK}{heard}:"


def is_stopped(number: str, remote: str) -> bool:
    """Whether a STOP of this person to this number of ours stands."""
    return db.session.scalar(_of_pair(number, remote).with_only_columns(Stop.id).limit(1)) is not None


def refusal(message: Message, *, is_stopped: bool) -> str | None:
    """Why a text must not leave any more: asked again just before it does.

    The confirmation of the STOP and the answer to HELP may, since the person asked for them.
    """
    allowed = (mark(Heard.STOP), mark(Heard.HELP))
    return REFUSAL if is_stopped and not (message.client_ref or "").startswith(allowed) else None


def standing(
    assignment: Assignment, *, most: int = ON_A_PAGE, after: str | None = None, before: str | None = None
) -> Page[Stop]:
    """Who replied STOP to this number while this holder had it, newest first."""
    query = select(Stop).where(Stop.assignment_id == assignment.id, Stop.resumed_at.is_(None))
    return page(query, order=(Stop.id,), newest_first=True, after=after, before=before, limit=most)


def standing_from_before(assignment: Assignment) -> int:
    """How many stand from the time of earlier holders: they count, and are not shown to this one."""
    query = select(func.count()).where(
        Stop.number == assignment.number, Stop.resumed_at.is_(None), Stop.assignment_id != assignment.id
    )
    return db.session.scalar(query) or 0


def _of_pair(number: str, remote: str) -> Select[Stop]:
    return select(Stop).where(Stop.number == number, Stop.remote == remote, Stop.resumed_at.is_(None))


def _stop(assignment: Assignment, remote: str, word: str) -> Answer | None:
    stop_id = insert_once(
        Stop,
        provider_id=assignment.provider_id,
        assignment_id=assignment.id,
        number=assignment.number,
        remote=remote,
        word=word,
    )
    if stop_id is None:
        return None
    record(_REMOTE, Action.REMOTE_STOPPED, assignment, word=word)
    _fail_waiting(assignment, remote)
    return Answer(Heard.STOP, f"{mark(Heard.STOP)}{stop_id}")


def _resume(assignment: Assignment, remote: str, word: str) -> Answer | None:
    stop = db.session.scalar(_of_pair(assignment.number, remote).with_for_update())
    if stop is None:
        return None
    stop.resumed_at, stop.resume_word = now(), word
    record(_REMOTE, Action.REMOTE_RESUMED, assignment, word=word)
    return Answer(Heard.START, f"{mark(Heard.START)}{stop.id}")


def _fail_waiting(assignment: Assignment, remote: str) -> None:
    """What waits does not leave any more. A text that a sender holds already is looked at once more there."""
    waiting = visible(Message, EVERYTHING).where(
        Message.assignment_id == assignment.id,
        Message.remote == remote,
        Message.state == MessageState.QUEUED,
        Message.client_ref.not_like(f"{mark(Heard.HELP)}%"),
    )
    for message_id in list(db.session.scalars(waiting.with_only_columns(Message.id))):
        advance(message_id, MessageState.FAILED, reason=REFUSAL)
