"""Signing in to the portal: the password, then the code of the second factor where there is one.

Only enabled portal users who accepted their invitation get in.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from app.access.policy import Actor
from app.access.scope import EVERYTHING, Scope, fetch, place_of, visible
from app.clock import now
from app.db import db, transactional
from app.email_address import sign_in_form
from app.errors import Invalid
from app.models import KnownDevice, PortalUser
from app.services.accounts import (
    known_devices,
    lockout,
    passwords,
    portal_sessions,
    portal_user_lookup,
    second_factor,
)
from app.services.accounts.known_devices import UNKNOWN, Device
from app.services.accounts.tokens import digest, sealed, unsealed
from app.services.audit.record import Action, record

_CODE_WITHIN = dt.timedelta(minutes=5)
_SECOND_STEP = "second step of signing in"


class WrongSignIn(Invalid):
    message = "The e-mail address or the password is wrong."


class WrongCode(Invalid):
    def __init__(self) -> None:
        super().__init__("This code is wrong, or was used already.", field="code")


class WrongPassword(Invalid):
    def __init__(self, field: str = "") -> None:
        super().__init__("This is not your password.", field=field)


class TooLate(Invalid):
    message = "That took too long. Sign in again."


@dataclass(frozen=True)
class Entry:
    """How far somebody got: into a session (`token`), or to the question for the code (`pending`)."""

    id: int
    place: Scope
    token: str = field(default="", repr=False)
    pending: str = field(default="", repr=False)
    device_token: str = field(default="", repr=False)  # by which the browser is known from now on


def sign_in(email: str, password: str, device: Device = UNKNOWN) -> Entry:
    """Raises WrongSignIn: for an unknown address, a wrong password and a disabled account alike; Locked."""
    address = sign_in_form(email)
    person = portal_user_lookup.find(email)
    is_right = passwords.matches(person.password_hash if person else None, password)
    known = known_devices.find(device.tokens, portal_user_id=person.id) if person else None
    lockout.require_open(person, address, known)
    if person is None or not (is_right and person.is_enabled and person.accepted_at):
        lockout.missed(person, address, known)
        raise WrongSignIn
    if person.totp_confirmed_at is not None:
        proof = [person.id, digest(person.password_hash or "")]
        return Entry(person.id, place_of(person), pending=sealed(_SECOND_STEP, proof))
    return _enter(person.id, device)


def enter_code(pending: str, code: str, device: Device = UNKNOWN) -> Entry:
    """The second step, within five minutes. Raises TooLate, WrongCode, Locked."""
    person = _halfway(pending)
    require_code(person, code, known_devices.find(device.tokens, portal_user_id=person.id))
    return _enter(person.id, device)


def is_halfway(pending: str) -> bool:
    """Whether somebody typed the right password a moment ago."""
    try:
        return _halfway(pending) is not None
    except TooLate:
        return False


def halfway(pending: str) -> Actor | None:
    """Who typed the right password a moment ago, and has to enter a code; they are not signed in."""
    try:
        person = _halfway(pending)
    except TooLate:
        return None
    return Actor(person.email, person.role, place_of(person), person.id)


def confirm(account_id: int, session_id: int, password: str) -> None:
    """Somebody who is signed in types the password again. Raises WrongPassword, Locked."""
    require_password(account_id, session_id, password, field="own_password")
    portal_sessions.confirm(session_id)


def require_password(account_id: int, session_id: int, password: str, *, field: str) -> None:
    """The password of somebody who is signed in. Raises WrongPassword, which counts like one at the sign-in
    with the device of this session; Locked.
    """
    person, known = fetch(PortalUser, account_id, EVERYTHING), known_devices.of_session(session_id)
    is_right = passwords.matches(person.password_hash, password)
    lockout.require_open(person, person.email, known)
    if not is_right:
        lockout.missed(person, person.email, known)
        raise WrongPassword(field)


def require_code(person: PortalUser, code: str, known: KnownDevice | None = None) -> None:
    """Raises WrongCode, which counts like a wrong password; Locked."""
    lockout.require_open(person, person.email, known)
    if not second_factor.accepts(person.id, code):
        lockout.missed(person, person.email, known)
        raise WrongCode


def _halfway(pending: str) -> PortalUser:
    """Whoever changed the password meanwhile has to begin again."""
    person_id, proof = unsealed(_SECOND_STEP, pending, _CODE_WITHIN) or (0, "")
    person = db.session.scalar(visible(PortalUser, EVERYTHING).where(PortalUser.id == person_id))
    if person is None or not person.is_enabled or digest(person.password_hash or "") != proof:
        raise TooLate
    return person


@transactional
def _enter(person_id: int, device: Device) -> Entry:
    person = fetch(PortalUser, person_id, EVERYTHING)
    person.last_sign_in_at = now()
    if known_devices.find(device.tokens, portal_user_id=person.id) is None:
        lockout.forgive(person.id)  # what strangers tried is not undone by the owner's own browser
    known = known_devices.remember(device.tokens, portal_user_id=person.id)
    actor = Actor(person.email, person.role, place_of(person), person.id, person.timezone)
    record(actor, Action.SIGNED_IN, person)
    token = portal_sessions.start(person.id, device, known.id)
    return Entry(person.id, actor.scope, token=token, device_token=known.token)
