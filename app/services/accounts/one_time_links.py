"""Mailed links with which a person sets a password, once, within three days."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import update

from app.access.policy import Actor
from app.access.scope import EVERYTHING, Scope, fetch, place_of, visible
from app.clock import now
from app.db import db, transactional
from app.errors import Invalid, NotFound
from app.models import OneTimeLink, PortalUser, User
from app.services.accounts import branding, client_tokens, passwords
from app.services.accounts.hostnames import portal_address
from app.services.alerts import letters, notices
from app.services.audit.record import Action, record
from app.vocabulary import Level, LinkPurpose, Role

VALID_FOR = dt.timedelta(days=3)


class LinkUsedUp(NotFound):
    message = "This link was already used or is too old. Ask for a new one."


@dataclass(frozen=True)
class Opened:
    """Whom a link is for."""

    purpose: LinkPurpose
    name: str
    sign_in: str


@transactional
def invite(actor: Actor, person: PortalUser) -> None:
    """Mail a portal user the link that lets them in for the first time (S4 counts only who used it)."""
    token = _issue(LinkPurpose.INVITATION, portal_user_id=person.id)
    record(actor, Action.INVITATION_SENT, person)
    head, link = branding.letterhead(person), f"{portal_address(person)}/welcome/{token}"
    notices.add(
        f"invitation:{digest(token)}",
        person.email,
        letters.invitation(person.name, link, head.portal),
        head,
    )


@transactional
def send_client_password_link(actor: Actor, scope: Scope, user_id: int) -> None:
    """Mail a user the link that sets the password of their Unity client. Raises Invalid, NotFound."""
    user = fetch(User, user_id, scope)
    if not user.email:
        raise Invalid("This user has no e-mail address. Enter one in the details first.")
    token = _issue(LinkPurpose.CLIENT_PASSWORD, user_id=user.id)
    record(actor, Action.CLIENT_LINK_SENT, user)
    notices.add(
        f"client-password:{digest(token)}",
        user.email,
        letters.client_password(user.name, f"{portal_address(user)}/client-password/{token}"),
        branding.letterhead(user),
    )


def opened(token: str, purpose: LinkPurpose) -> Opened:
    """Whom the link is for. Raises LinkUsedUp."""
    link = _valid(token, purpose)
    if purpose is LinkPurpose.INVITATION:
        person = _person(link)
        return Opened(purpose, person.name, person.email)
    user = _user(link)
    return Opened(purpose, user.name, user.broadworks_id)


@transactional
def use(token: str, purpose: LinkPurpose, password: str) -> Opened:
    """Set the password. Raises LinkUsedUp, Invalid (nothing is used up by a password that is refused)."""
    link, stored = _valid(token, purpose), passwords.hashed(password)
    taken = db.session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.id == link.id, OneTimeLink.used_at.is_(None))
        .values(used_at=now())
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise LinkUsedUp
    if purpose is LinkPurpose.INVITATION:
        person = _person(link)
        person.password_hash, person.accepted_at = stored, person.accepted_at or now()
        person.session_key = secrets.token_hex(16)
        actor = Actor(person.email, person.role, place_of(person), person.id)
        record(actor, Action.INVITATION_ACCEPTED, person)
        return Opened(purpose, person.name, person.email)
    user = _user(link)
    user.client_password_hash = stored
    client_tokens.end_all(user.id)
    actor = Actor(user.broadworks_id, Role.CLIENT, Scope(Level.USER, user.id))
    record(actor, Action.CLIENT_PASSWORD_SET, user)
    return Opened(purpose, user.name, user.broadworks_id)


def digest(token: str) -> str:
    """What is kept of a token: enough to know it again, not enough to use it."""
    return hashlib.sha256(token.encode()).hexdigest()


def void(**holder: int) -> None:
    """Links mailed before stop working: `portal_user_id` or `user_id`. Inside the caller's transaction.

    Called also when an address changes, since the old one may be a stranger's.
    """
    earlier = update(OneTimeLink).where(OneTimeLink.used_at.is_(None))
    for column, value in holder.items():
        earlier = earlier.where(getattr(OneTimeLink, column) == value)
    db.session.execute(earlier.values(used_at=now()))


def _issue(purpose: LinkPurpose, **holder: int) -> str:
    """A new link; the earlier ones of this holder stop working."""
    token = secrets.token_urlsafe(32)
    void(**holder)
    db.session.add(
        OneTimeLink(purpose=purpose, token_digest=digest(token), expires_at=now() + VALID_FOR, **holder)
    )
    return token


def _valid(token: str, purpose: LinkPurpose) -> OneTimeLink:
    link = db.session.query(OneTimeLink).filter_by(token_digest=digest(token), purpose=purpose).one_or_none()
    if link is None or link.used_at is not None or link.expires_at < now():
        raise LinkUsedUp
    return link


def _person(link: OneTimeLink) -> PortalUser:
    return fetch(PortalUser, link.portal_user_id or 0, EVERYTHING)


def _user(link: OneTimeLink) -> User:
    return db.session.scalars(visible(User, EVERYTHING).where(User.id == link.user_id)).one()
