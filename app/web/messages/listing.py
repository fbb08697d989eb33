"""What of the list of texts stands in the address: numbers, state, direction, day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from app.phone import Kind, parse, with_lost_plus
from app.services.messaging.texts import Wanted
from app.vocabulary import Direction, MessageState
from app.web.fields import one_line
from app.web.filters import shown, word, zone

E = TypeVar("E", bound=StrEnum)
NO_NUMBER = "-"  # what no text has: something was typed that is no number


def wanted_from(address: Mapping[str, str]) -> Wanted:
    """What the address asks for; a state or a day that makes no sense asks for all."""
    return Wanted(
        number=_number(_typed(address, "number")),
        remote=_remote(_typed(address, "remote")),
        state=_one(MessageState, address.get("state", "")),
        direction=_one(Direction, address.get("direction", "")),
        since=_midnight(address.get("day", "")),
        until=_midnight(address.get("day", ""), days=1),
    )


def choices() -> dict[str, list[tuple[str, str]]]:
    """What the filters offer."""
    states = [state for state in MessageState if state is not MessageState.CLAIMED]
    return {
        "state": [(str(state), str(shown(state).word)) for state in states],
        "direction": [(str(direction), word(direction)) for direction in Direction],
    }


def _typed(address: Mapping[str, str], name: str) -> str:
    return one_line(with_lost_plus(address.get(name, "")))


def _number(typed: str) -> str:
    found = parse(typed)
    return found.value if found.kind is Kind.NUMBER else NO_NUMBER if typed else ""


def _remote(typed: str) -> str:
    """What is no address at all may be how a carrier wrote one."""
    return parse(typed).value or NO_NUMBER if typed else ""


def _one(kind: type[E], value: str) -> E | None:
    return kind(value) if value in list(kind) else None


def _midnight(typed: str, days: int = 0) -> dt.datetime | None:
    """The beginning of a day where the viewer is (D25), or of the day after."""
    try:
        day = dt.date.fromisoformat(typed) + dt.timedelta(days=days)
        return dt.datetime.combine(day, dt.time(), zone()).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
