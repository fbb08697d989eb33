"""Messages as the page shows them: one bubble each, a line where a new day begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request

from app.access.scope import Scope
from app.services.messaging import files, messages, thread
from app.services.messaging.thread import Thread
from app.vocabulary import Direction, MessageState
from app.web.filters import day, shown

PAGE = 50
# What may still change by itself is asked for again with every news.
_MAY_CHANGE = {MessageState.QUEUED, MessageState.CLAIMED, MessageState.SENDING, MessageState.SENT}


@dataclass(frozen=True)
class Bubble:
    """One message with its files. `day` is the line above it: only where another day begins.

    `asks_to_stop`: it reads like an opt-out, and the user may record it (D11).
    """

    message: Any
    files: Any
    day: str
    asks_to_stop: bool

    @property
    def is_own(self) -> bool:
        return bool(self.message.direction is Direction.OUTBOUND)

    @property
    def may_change(self) -> bool:
        return self.message.state in _MAY_CHANGE

    @property
    def state(self) -> Any:
        return shown(self.message.state)


@dataclass(frozen=True)
class Bubbles:
    """A page of them, oldest first; `before` leads to those before it."""

    items: list[Bubble]
    before: int | None


def page(scope: Scope, of: Thread, before: int | None = None) -> Bubbles:
    """The newest ones, or those before a message."""
    found, further = messages.thread(scope, of.number_id, remote=of.remote, before=before, limit=PAGE)
    return Bubbles(_days(of, found[::-1], ""), further)


def news(scope: Scope, of: Thread, newest: int) -> list[Bubble]:
    """What came after the newest one that the page has."""
    last = thread.messages_again(scope, of, [newest])
    return _days(of, thread.messages_after(scope, of, newest), day(last[0].created_at) if last else "")


def again(scope: Scope, of: Thread, ids: list[int]) -> list[Bubble]:
    """These as they are now; the lines between days stay where they are."""
    found = thread.messages_again(scope, of, ids)
    theirs = files.of(found)
    return [Bubble(message, theirs.get(message.id, []), "", of.is_marked(message)) for message in found]


def numbers_in(name: str) -> list[int]:
    """Ids from the address, such as `again=3,5`; what is no id is left out."""
    parts = request.args.get(name, "").split(",")
    return [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 10]


def _days(of: Thread, found: Sequence[Any], before: str) -> list[Bubble]:
    bubbles = []
    theirs = files.of(found)
    for message in found:
        today = day(message.created_at)
        line = today if today != before else ""
        bubbles.append(Bubble(message, theirs.get(message.id, []), line, of.is_marked(message)))
        before = today
    return bubbles
