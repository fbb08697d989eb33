"""What of the list of numbers stands in the address: search, filters, order (S15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.services.provisioning.queries import Life, Sort, Wanted
from app.vocabulary import AssignmentState
from app.web.filters import here, shown
from app.web.number_fields import platform_label

E = TypeVar("E", bound=StrEnum)
_LIVES: dict[Life, LazyString] = {Life.ENDED: _l("Ended"), Life.ALL: _l("Running and ended")}
_TYPES = {"mms": "MMS & SMS", "sms": "SMS"}
_FILTERS = ("q", "state", "type", "platform", "show")
_LARGEST = 10  # digits of an id


@dataclass(frozen=True)
class Chip:
    """A filter that is on, and the address without it."""

    words: str
    url: str


def wanted_from(address: Mapping[str, str]) -> Wanted:
    """What the address asks for; what makes no sense asks for nothing."""
    sort = address.get("sort", "")
    state = _one(AssignmentState, address.get("state", ""))
    is_ended = state is AssignmentState.ENDED
    platform = address.get("platform", "")
    return Wanted(
        search=address.get("q", ""),
        life=Life.ENDED if is_ended else _one(Life, address.get("show", "")) or Life.RUNNING,
        state=None if is_ended else state,
        mms={"mms": True, "sms": False}.get(address.get("type", "")),
        platform_id=int(platform) if platform.isdecimal() and len(platform) < _LARGEST else None,
        sort=_one(Sort, sort.removeprefix("-")) or Sort.NUMBER,
        falling=sort.startswith("-"),
    )


def choices(platforms: list[Any]) -> dict[str, list[tuple[str, str]]]:
    """What each filter offers besides everything. Which platform is asked only where there are several."""
    states = [state for state in AssignmentState if state is not AssignmentState.ENDED]
    return {
        "state": [(str(state), str(shown(state).word)) for state in states],
        "type": list(_TYPES.items()),
        "show": [(str(life), str(words)) for life, words in _LIVES.items()],
        "platform": [(str(one.id), platform_label(one)) for one in platforms] if len(platforms) > 1 else [],
    }


def chips(wanted: Wanted, offered: Mapping[str, list[tuple[str, str]]]) -> list[Chip]:
    """One for each filter that is on."""
    platforms = dict(offered["platform"])
    words = {
        "q": _("Search: %(search)s", search=wanted.search) if wanted.search.strip() else "",
        "state": str(shown(wanted.state).word) if wanted.state else "",
        "type": "" if wanted.mms is None else _TYPES["mms" if wanted.mms else "sms"],
        "platform": platforms.get(str(wanted.platform_id), _("Another platform"))
        if wanted.platform_id is not None
        else "",
        "show": str(_LIVES.get(wanted.life, "")),
    }
    gone: dict[str, Any] = {"after": None, "before": None}
    return [Chip(words[name], here(**{name: None}, **gone)) for name in _FILTERS if words[name]]


def without_filters() -> str:
    """The address of everything, in the same order."""
    return here(**dict.fromkeys((*_FILTERS, "after", "before")))


def head(title: str, sort: str, wanted: Wanted) -> dict[str, str]:
    """The head of a column that sorts: upwards first, the other way when pressed again."""
    is_this = wanted.sort == sort
    falls = is_this and not wanted.falling
    found = {"title": title, "sort": here(sort=f"-{sort}" if falls else sort, after=None, before=None)}
    if is_this:
        found["sorted"] = "descending" if wanted.falling else "ascending"
    return found


def _one(kind: type[E], value: str) -> E | None:
    return kind(value) if value in list(kind) else None
