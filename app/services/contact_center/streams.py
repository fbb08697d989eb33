"""Media streams: entry points into a queue. One that is reached by SMS holds a number (S13, S14)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy.orm import joinedload

from app.access.policy import Actor
from app.access.scope import Scope, branch, fetch, place_of, visible
from app.db import db, transactional
from app.errors import Invalid, NotFound
from app.models import Assignment, InOfficeProfile, MediaStream, Queue
from app.services import search_index
from app.services.accounts.nodes import open_node
from app.services.accounts.users import LANGUAGES
from app.services.audit.record import Action, differences, record
from app.services.contact_center.centers import still_open, tidy
from app.services.messaging.sending import LONGEST_TEXT
from app.services.provisioning import assignment
from app.services.provisioning.assignment import NumberWish
from app.services.revisions import require_current
from app.vocabulary import Level, MediaType


@dataclass(frozen=True)
class StreamWish:
    """What the form says. `media_type` counts for a new one only; "" is none chosen."""

    name: str
    timezone: str
    language: str = "en"
    media_type: str = ""
    can_be_transferred: bool = True
    can_be_escalated: bool = False
    in_office_profile_id: int | None = None
    use_last_agent: bool = False
    reopen_on_reply: bool = False
    reply_in_hours: str = ""

    def values(self) -> dict[str, Any]:
        """Checked and tidied. Raises Invalid."""
        if self.language not in LANGUAGES:
            raise Invalid("Choose a language from the list.", field="language")
        if self.timezone not in available_timezones():
            raise Invalid("Choose a timezone from the list.", field="timezone")
        reply = self.reply_in_hours.replace("\x00", "").replace("\r\n", "\n").strip()
        if len(reply) > LONGEST_TEXT:
            raise Invalid(f"A text has {LONGEST_TEXT:,} characters at most.", field="reply_in_hours")
        return {
            "name": tidy(self.name),
            "language": self.language,
            "can_be_transferred": self.can_be_transferred,
            "can_be_escalated": self.can_be_escalated,
            "timezone": self.timezone,
            "in_office_profile_id": self.in_office_profile_id,
            "use_last_agent": self.use_last_agent,
            "reopen_on_reply": self.reopen_on_reply,
            "reply_in_hours": reply,
        }


def create(actor: Actor, group: Scope, queue_id: int, wish: StreamWish, number: NumberWish) -> MediaStream:
    """Add a media stream with its number. The carrier is asked first; if it says no, nothing is made (S14).

    Raises Invalid, what `assignment.check` and `assignment.keep` raise, Closed, NotFound.
    """
    wish.values()
    if wish.media_type != MediaType.SMS:
        raise Invalid("Choose a media type.", field="media_type")
    fetch(Queue, queue_id, group)
    return _write(actor, group, queue_id, wish, assignment.check(group, group, number))


@transactional
def _write(
    actor: Actor, group: Scope, queue_id: int, wish: StreamWish, checked: assignment.Checked
) -> MediaStream:
    open_node(group)
    queue = still_open(Queue, queue_id, group)
    _require_profile(group, wish.in_office_profile_id)
    stream = MediaStream(
        queue_id=queue.id, media_type=MediaType(wish.media_type), **wish.values(), **branch(queue)
    )
    db.session.add(stream)
    record(actor, Action.STREAM_CREATED, stream, queue=queue.name, media_type=stream.media_type)
    named = assignment.Checked(checked.number, checked.platform_id, _named(checked.wish, stream.name))
    assignment.keep(actor, place_of(stream), named)
    return stream


def change(actor: Actor, scope: Scope, wish: StreamWish, number: NumberWish, *, seen: int) -> None:
    """Change a media stream as it was at revision `seen`. Its queue, media type and number stay.

    Raises Invalid, what `assignment.check_change` raises, Closed, ChangedMeanwhile, NotFound.
    """
    wish.values()
    held = number_of(scope)
    if held is not None and held.release_requested_at is None:
        assignment.check_change(scope, held.id, number)
    _rewrite(actor, scope, wish, number, seen)


@transactional
def _rewrite(actor: Actor, scope: Scope, wish: StreamWish, number: NumberWish, seen: int) -> None:
    stream: MediaStream = open_node(scope)
    require_current(stream, seen)
    _require_profile(Scope(Level.GROUP, stream.group_id), wish.in_office_profile_id)
    changes = differences(stream, wanted := wish.values())
    for name, value in wanted.items():
        setattr(stream, name, value)
    held = number_of(scope)
    if held is not None and held.release_requested_at is None:
        before = {"mms": held.mms, "user_can_block": held.user_can_block}
        assignment.rewrite(actor, scope, held.id, _named(number, stream.name))
        changes |= {
            name: [old, getattr(held, name)] for name, old in before.items() if old != getattr(held, name)
        }
    if changes:
        stream.revision += 1
        record(actor, Action.STREAM_CHANGED, stream, **changes)
    if "name" in changes:
        for row in db.session.scalars(visible(Assignment, scope)):
            search_index.refresh(row, stream)  # numbers of the past, too, are found by their holder (S15)


def one(scope: Scope) -> MediaStream:
    """Raises NotFound."""
    return fetch(MediaStream, scope.node_id or 0, scope)


def queue_of(scope: Scope, stream: MediaStream) -> Queue:
    """Raises NotFound: for whoever sees the stream alone."""
    return fetch(Queue, stream.queue_id, Scope(Level.GROUP, stream.group_id))


def number_of(scope: Scope) -> Assignment | None:
    """The number that a media stream holds, or held last, with its platform."""
    query = visible(Assignment, scope).options(joinedload(Assignment.platform))
    return db.session.scalar(query.order_by(Assignment.id.desc()).limit(1))


def _named(number: NumberWish, name: str) -> NumberWish:
    """S14: the friendly name of the number is the name of the stream."""
    return NumberWish(number.number, number.platform_id, name, number.mms, number.user_can_block)


def _require_profile(group: Scope, profile_id: int | None) -> None:
    """Locked, so that it is not deleted at the same moment. Raises Invalid."""
    if profile_id is None:
        return
    try:
        fetch(InOfficeProfile, profile_id, group, lock=True)
    except NotFound:
        raise Invalid("Choose an In Office Profile from the list.", field="in_office_profile_id") from None
