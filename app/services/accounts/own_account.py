"""What portal users change about themselves, whatever their role."""

from __future__ import annotations

from zoneinfo import available_timezones

from app.access.policy import Actor
from app.access.scope import EVERYTHING, fetch
from app.db import db, transactional
from app.errors import Invalid
from app.models import PortalUser
from app.services.accounts import (
    known_devices,
    lockout,
    one_time_links,
    passwords,
    portal_sessions,
    second_factor,
    sign_in,
)
from app.services.audit.record import Action, differences, record
from app.services.revisions import require_current


def one(actor: Actor) -> PortalUser:
    """The row of the person who asks."""
    return fetch(PortalUser, actor.account_id or 0, EVERYTHING)


@transactional
def change(actor: Actor, name: str, timezone: str, seen: int) -> None:
    """Own name and timezone (D25). Raises Invalid, ChangedMeanwhile."""
    if not name.strip():
        raise Invalid("Enter a name.", field="name")
    if timezone not in available_timezones():
        raise Invalid("Choose a timezone from the list.", field="timezone")
    person = one(actor)
    require_current(person, seen)
    wanted = {"name": name.strip(), "timezone": timezone}
    changes = differences(person, wanted)
    if not changes:
        return
    person.name, person.timezone = wanted["name"], wanted["timezone"]
    person.revision += 1
    record(actor, Action.PORTAL_USER_CHANGED, person, **changes)


def change_password(actor: Actor, session_id: int, old: str, new: str) -> None:
    """Every other session of this person ends. Raises WrongPassword, Locked, Invalid."""
    sign_in.require_password(actor.account_id or 0, session_id, old, field="old")
    _set_password(actor, session_id, new)


def turn_off_second_factor(actor: Actor, session_id: int, password: str, code: str) -> None:
    """Raises WrongPassword, WrongCode, Locked."""
    sign_in.require_password(actor.account_id or 0, session_id, password, field="password")
    sign_in.require_code(one(actor), code, known_devices.of_session(session_id))
    second_factor.turn_off(actor)


@transactional
def _set_password(actor: Actor, session_id: int, new: str) -> None:
    person = one(actor)
    person.password_hash = passwords.hashed(new, passwords.words_about(person))
    db.session.flush()
    lockout.forgive(person.id)
    one_time_links.void(portal_user_id=person.id)
    portal_sessions.end_all(person.id, but=session_id)
    portal_sessions.confirm(session_id)
    record(actor, Action.PASSWORD_CHANGED, person)
