"""A user's conversations: what was said last, what is unread, and who is blocked or said STOP (S18, D7, D10).

Everything here begins with the user's numbers, so that one user's messages are looked at and nobody else's.
No index leads by `last_message_at`: every text would have to move in it, and one user's conversations are
quickly sorted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.orm import aliased

from app import impp
from app.access.scope import EVERYTHING, Scope, fetch, visible
from app.db import db, transactional
from app.models import Assignment, Conversation, Message
from app.phone import as_searched
from app.services import keyset, search_index
from app.services.keyset import Page
from app.services.messaging import blocking, opt_outs
from app.services.messaging.messages import is_shown
from app.vocabulary import Direction, Level


@dataclass(frozen=True)
class InboxRow:
    """One conversation as its user sees it. `last` is the newest message that is shown."""

    id: int
    number_id: int
    remote: str
    last: Message
    unread: int
    is_blocked: bool
    is_stopped: bool
    last_message_at: dt.datetime


def conversations(
    scope: Scope,
    number_id: int | None = None,
    search: str = "",
    after: str | None = None,
    limit: int = 50,
) -> Page[InboxRow]:
    """A user's conversations, the newest first; one with nothing to show is left out.

    `search` is part of the remote number or of a text. Raises NotFound: when the number is not the user's.
    """
    query = visible(Conversation, scope).where(_of_numbers(Conversation, scope, number_id))
    fitting = is_shown(Message) & (Message.conversation_id == Conversation.id)
    if not search.strip():
        query = query.where(select(Message.id).where(fitting).exists())
    else:
        within = select(Message.id).where(fitting, _fits(Message, search)).exists()
        anything = select(Message.id).where(fitting).exists()
        query = query.where(or_(within, and_(_remote_fits(Conversation, search), anything)))
    found = keyset.page(
        query,
        order=(Conversation.last_message_at, Conversation.id),
        after=after,
        limit=limit,
        newest_first=True,
    )
    return Page(_rows(scope, found.items), found.before, found.after)


def conversation(scope: Scope, conversation_id: int) -> InboxRow | None:
    """One of the user's conversations; None when all in it was erased or is held. Raises NotFound."""
    _user(scope)
    rows = _rows(scope, [fetch(Conversation, conversation_id, scope)])
    return rows[0] if rows else None


def unread(scope: Scope) -> int:
    """How many texts the user has not read, in all conversations."""
    _user(scope)
    query = (
        visible(Message, scope)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(_of_numbers(Conversation, scope, None), _is_unread(Message))
    )
    return db.session.scalar(query.with_only_columns(func.count())) or 0


@transactional
def mark_read(scope: Scope, conversation_id: int, up_to_message_id: int) -> InboxRow | None:
    """The user has read everything up to this message; what was read stays read.

    The user's other clients are told. Raises NotFound: when the conversation is not the user's.
    """
    _user(scope)
    row = fetch(Conversation, conversation_id, scope)
    newest = db.session.scalar(
        _shown(scope)
        .where(Message.conversation_id == row.id, Message.id <= up_to_message_id)
        .with_only_columns(func.max(Message.id))
    )
    moved: Any = db.session.execute(
        update(Conversation)
        .where(Conversation.id == row.id)
        .where(or_(Conversation.read_up_to.is_(None), Conversation.read_up_to < (newest or 0)))
        .values(read_up_to=newest),
        execution_options={"scope": EVERYTHING, "synchronize_session": False},
    )
    changed = newest is not None and moved.rowcount == 1
    db.session.refresh(row)
    if changed:
        impp.publish(row.user_id, "conversation.read", {**_as_read(row), "unread_in_all": unread(scope)})
    return conversation(scope, conversation_id)


def search(
    scope: Scope, words: str, *, before: int | None = None, limit: int = 50
) -> tuple[list[Message], int | None]:
    """The user's messages with these words, or with this remote number, newest first.

    The second is what to pass as `before` for the next page, or None.
    """
    query = _shown(scope).where(
        _of_numbers(Message, scope, None), or_(_fits(Message, words), _remote_fits(Message, words))
    )
    if before is not None:
        query = query.where(Message.id < before)
    # Gathered before it is sorted: else a database walks all messages backwards for the few that fit.
    gathered = query.with_only_columns(Message.id).cte("gathered").prefix_with("MATERIALIZED")
    ids = list(db.session.scalars(select(gathered.c.id).order_by(gathered.c.id.desc()).limit(limit + 1)))
    rows = db.session.scalars(visible(Message, scope).where(Message.id.in_(ids[:limit])))
    return sorted(rows, key=lambda row: -row.id), ids[limit - 1] if len(ids) > limit else None


def _rows(scope: Scope, found: Sequence[Conversation]) -> list[InboxRow]:
    """Four queries, however many conversations."""
    if not found:
        return []
    ids = [row.id for row in found]
    # Of each conversation a few entries of one index are read, not the whole thread.
    mine = is_shown(Message) & (Message.conversation_id == Conversation.id)
    newest = select(Message.id).where(mine).order_by(Message.id.desc()).limit(1).scalar_subquery()
    count = select(func.count()).select_from(Message).where(_is_unread(Message) & mine).scalar_subquery()
    looked = visible(Conversation, scope).where(Conversation.id.in_(ids))
    last = aliased(Message, name="last")
    blocked = blocking.is_blocked(Conversation.assignment_id, Conversation.remote)
    stopped = opt_outs.has_opted_out(last.number, Conversation.remote)
    joined = looked.join(last, last.id == newest)
    columns = joined.with_only_columns(Conversation.id, last, count, blocked, stopped)
    seen = {row[0]: tuple(row[1:]) for row in db.session.execute(columns)}
    return [
        InboxRow(
            id=row.id,
            number_id=row.assignment_id,
            remote=row.remote,
            last=(message := seen[row.id][0]),
            unread=seen[row.id][1],
            is_blocked=seen[row.id][2],
            is_stopped=seen[row.id][3],
            last_message_at=message.created_at,
        )
        for row in found
        if row.id in seen
    ]


def _shown(scope: Scope) -> Select[Message]:
    return visible(Message, scope).where(is_shown(Message))


def _is_unread(message: Any) -> ColumnElement[bool]:
    """Only what others wrote can be unread."""
    inbound: ColumnElement[bool] = message.direction == Direction.INBOUND
    later: ColumnElement[bool] = message.id > func.coalesce(Conversation.read_up_to, 0)
    return inbound & is_shown(message) & later


def _of_numbers(model: Any, scope: Scope, number_id: int | None) -> ColumnElement[bool]:
    """Of the user's numbers, or of one of them: found by the index that leads by the number."""
    _user(scope)
    if number_id is not None:
        own: ColumnElement[bool] = model.assignment_id == fetch(Assignment, number_id, scope).id
        return own
    numbers = visible(Assignment, scope).with_only_columns(Assignment.id)
    among: ColumnElement[bool] = model.assignment_id.in_(numbers)
    return among


def _user(scope: Scope) -> None:
    """Words are for the user alone, not for staff (D29)."""
    if scope.level is not Level.USER:
        raise ValueError("An inbox is a user's.")


def _fits(message: Any, words: str) -> ColumnElement[bool]:
    return search_index.contains(func.coalesce(message.folded_text, func.lower(message.text)), words)


def _remote_fits(row: Any, words: str) -> ColumnElement[bool]:
    """`(212) 555` finds +1212555...; a sender with a name is found by its letters."""
    return search_index.contains(func.lower(row.remote), as_searched(words))


def _as_read(row: Conversation) -> dict[str, Any]:
    return {
        "conversation_id": row.id,
        "number_id": row.assignment_id,
        "remote": row.remote,
        "read_up_to": row.read_up_to,
    }
