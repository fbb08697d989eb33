"""Only enabled portal users who accepted their invitation sign in."""

from __future__ import annotations

from dataclasses import dataclass

from app.access.policy import Actor
from app.access.scope import EVERYTHING, place_of, visible
from app.clock import now
from app.db import db, transactional
from app.errors import Invalid
from app.models import PortalUser
from app.services.accounts import passwords
from app.services.audit.record import Action, record


class WrongSignIn(Invalid):
    message = "The e-mail address or the password is wrong."


@dataclass(frozen=True)
class Account:
    """A signed-in portal user. `session_key` changes when all sessions of this person must end."""

    id: int
    name: str
    email: str
    session_key: str
    actor: Actor


def sign_in(email: str, password: str) -> Account:
    """Raises WrongSignIn: for an unknown address, a wrong password and a disabled account alike."""
    person = db.session.scalar(
        visible(PortalUser, EVERYTHING).where(PortalUser.email == email.strip().lower())
    )
    stored = person.password_hash if person else None
    if not passwords.matches(stored, password) or person is None:
        raise WrongSignIn
    if not person.is_enabled or person.accepted_at is None:
        raise WrongSignIn
    return _record(person.id)


@transactional
def _record(person_id: int) -> Account:
    person = db.session.scalars(visible(PortalUser, EVERYTHING).where(PortalUser.id == person_id)).one()
    person.last_sign_in_at = now()
    account = _account(person)
    record(account.actor, Action.SIGNED_IN, person)
    return account


def signed_in(person_id: int, session_key: str) -> Account | None:
    """The account of a session cookie; None when it was disabled, deleted or signed out everywhere."""
    person = db.session.scalar(visible(PortalUser, EVERYTHING).where(PortalUser.id == person_id))
    if person is None or not person.is_enabled or person.session_key != session_key:
        return None
    return _account(person)


def _account(person: PortalUser) -> Account:
    actor = Actor(person.email, person.role, place_of(person), person.id, person.timezone)
    return Account(person.id, person.name, person.email, person.session_key, actor)
