"""What does STOP do? An opt-out ends sending from our number to a person, until their START (D10, D11).

The person texts a keyword, or writes it in other words and the user records it. It counts whatever the user's
own state is: also from somebody who is blocked, and for a number whose user opted out or was not asked yet.
Only the person can take it back. It belongs to the pair of numbers and outlives the assignment.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal_column, select

from app import impp
from app.access.policy import SYSTEM, Actor
from app.access.scope import EVERYTHING, Scope, fetch, visible
from app.clock import now
from app.db import db, insert_once, transactional
from app.errors import Conflict
from app.models import Assignment, Message, Stop
from app.services.audit.record import Action, record
from app.services.keyset import Page, page
from app.services.messaging import keywords, messages, opt_out_words
from app.services.messaging.keywords import Keyword
from app.services.messaging.outbound.decision import OPTED_OUT, mark
from app.services.messaging.status import advance
from app.vocabulary import Direction, MessageState

ON_A_PAGE = 10
_REMOTE = replace(SYSTEM, name="remote person")


class NotFromThem(Conflict):
    message = "An opt-out is recorded for a text that came in, and this one went out."


class WantsTextsAgain(Conflict):
    message = "This person texted START after that text, so nothing was recorded."


@dataclass(frozen=True)
class Answer:
    """`client_ref` is unique for what is answered, so that it is answered once."""

    to: Keyword
    client_ref: str


@dataclass(frozen=True)
class State:
    """Of a pair of numbers: whether an opt-out stands, and when the person last took one back (or None)."""

    is_stopped: bool
    resumed_at: dt.datetime | None


def handle(assignment: Assignment, remote: str, text: str | None) -> Answer | None:
    """Record what a remote person asks for, inside the transaction that processes their text.

    `remote` is E.164, a short code or a name. Returns which answer is due: none for a STOP that stands
    already, nor for a START without one, which is an ordinary text.
    """
    word = keywords.normalize(text)
    if not word:
        return None
    match keywords.meaning_of(word) or keywords.meaning_of(word, opt_out_words.of(assignment)):
        case Keyword.STOP:
            return _stop(assignment, remote, word)
        case Keyword.START:
            return _resume(assignment, remote, word)
        case Keyword.HELP:
            record(_REMOTE, Action.HELP_ASKED, assignment, word=word)
            return Answer(Keyword.HELP, f"{mark(Keyword.HELP)}{secrets.token_hex(8)}")
    return None


@transactional
def record_opt_out(actor: Actor, scope: Scope, message_id: int, *, address: str) -> Message:
    """Record that the sender of this text opted out in their own words (D11); again changes nothing.

    It does what their STOP does, except that no confirmation goes out: they texted no keyword. The record
    says who made it and from which IP address. The mark of a text is a hint; any text that came in will do.
    Raises NotFromThem, WantsTextsAgain, NotFound.
    """
    message = messages.one(scope, message_id)
    if message.direction is not Direction.INBOUND:
        raise NotFromThem
    assignment, remote = fetch(Assignment, message.assignment_id, scope), message.remote or ""
    state = state_of(assignment.number, remote)
    if state.is_stopped:
        return message
    if state.resumed_at is not None and state.resumed_at >= message.created_at:
        raise WantsTextsAgain
    given = {"recorded_by": actor.name, "recorded_from": address, "recorded_at": now()}
    if _insert(assignment, remote, word="", **given) is not None:
        record(actor, Action.OPT_OUT_RECORDED, assignment)
        _fail_waiting(assignment, remote)
        # The user's other clients look at the conversation again.
        impp.publish(message.user_id, "message.updated", messages.as_event(message))
    return message


def is_stopped(number: str, remote: str) -> bool:
    """Whether an opt-out of this person from this number of ours stands."""
    return bool(db.session.scalar(select(has_opted_out(number, remote))))


def has_opted_out(number: Any, remote: Any) -> ColumnElement[bool]:
    """The same as a condition of a statement: columns or values."""
    return _of_pair(number, remote).with_only_columns(literal_column("1")).exists()


def state_of(number: str, remote: str) -> State:
    """The same, and since when the person's earlier texts say nothing about it any more."""
    standing = func.count(case((Stop.resumed_at.is_(None), 1)))
    query = select(standing, func.max(Stop.resumed_at)).where(Stop.number == number, Stop.remote == remote)
    count, resumed_at = db.session.execute(query).one()
    return State(count > 0, resumed_at)


def standing(
    assignment: Assignment, *, most: int = ON_A_PAGE, after: str | None = None, before: str | None = None
) -> Page[Stop]:
    """Who opted out from this number while this holder had it, newest first."""
    query = select(Stop).where(Stop.assignment_id == assignment.id, Stop.resumed_at.is_(None))
    return page(query, order=(Stop.id,), newest_first=True, after=after, before=before, limit=most)


def standing_from_before(assignment: Assignment) -> int:
    """How many stand from the time of earlier holders: they count, and are not shown to this one."""
    query = select(func.count()).where(
        Stop.number == assignment.number, Stop.resumed_at.is_(None), Stop.assignment_id != assignment.id
    )
    return db.session.scalar(query) or 0


def _of_pair(number: Any, remote: Any) -> Select[Stop]:
    return select(Stop).where(Stop.number == number, Stop.remote == remote, Stop.resumed_at.is_(None))


def _insert(assignment: Assignment, remote: str, **given: object) -> int | None:
    """The row of an opt-out; None when one stands."""
    return insert_once(
        Stop,
        provider_id=assignment.provider_id,
        assignment_id=assignment.id,
        number=assignment.number,
        remote=remote,
        **given,
    )


def _stop(assignment: Assignment, remote: str, word: str) -> Answer | None:
    stop_id = _insert(assignment, remote, word=word) or _confirmed_by_person(assignment, remote, word)
    if stop_id is None:
        return None
    record(_REMOTE, Action.REMOTE_STOPPED, assignment, word=word)
    _fail_waiting(assignment, remote)
    return Answer(Keyword.STOP, f"{mark(Keyword.STOP)}{stop_id}")


def _confirmed_by_person(assignment: Assignment, remote: str, word: str) -> int | None:
    """The opt-out that a user had recorded, and the person now asks for with a keyword: it is theirs, too."""
    stop = db.session.scalar(_of_pair(assignment.number, remote).with_for_update())
    if stop is None or stop.word:
        return None
    stop.word, stop.stopped_at = word, now()
    return stop.id


def _resume(assignment: Assignment, remote: str, word: str) -> Answer | None:
    stop = db.session.scalar(_of_pair(assignment.number, remote).with_for_update())
    if stop is None:
        return None
    stop.resumed_at, stop.resume_word = now(), word
    record(_REMOTE, Action.REMOTE_RESUMED, assignment, word=word)
    return Answer(Keyword.START, f"{mark(Keyword.START)}{stop.id}")


def _fail_waiting(assignment: Assignment, remote: str) -> None:
    """What waits does not leave any more. A text that a sender holds already is looked at once more there."""
    waiting = visible(Message, EVERYTHING).where(
        Message.assignment_id == assignment.id,
        Message.remote == remote,
        Message.state == MessageState.QUEUED,
        Message.client_ref.not_like(f"{mark(Keyword.HELP)}%"),
    )
    for message_id in list(db.session.scalars(waiting.with_only_columns(Message.id))):
        advance(message_id, MessageState.FAILED, reason=OPTED_OUT)
