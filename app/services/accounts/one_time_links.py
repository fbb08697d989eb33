"""Mailed links with which a person sets a password, once: within three days, or an hour to reset it."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from sqlalchemy import update

from app.access.policy import Actor
from app.access.scope import EVERYTHING, Scope, at, fetch, missing, place_of, visible
from app.clock import in_words, now
from app.db import db, transactional
from app.errors import Conflict, Invalid, NotFound
from app.models import OneTimeLink, PortalUser, User
from app.services.accounts import branding, client_tokens, lockout, passwords, portal_sessions
from app.services.accounts.hostnames import portal_address
from app.services.accounts.tokens import digest
from app.services.alerts import letters, notices
from app.services.audit.record import Action, record
from app.vocabulary import Level, LinkPurpose, Role

VALID_FOR = dt.timedelta(days=3)
RESET_WITHIN = dt.timedelta(hours=1)


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
        letters.invitation(person.name, link, head.portal, lasts=in_words(VALID_FOR)),
        head,
    )


@transactional
def send_client_password_link(actor: Actor, scope: Scope, user_id: int) -> None:
    """Mail a user the link that sets the password of their Unity client. Raises Invalid, NotFound."""
    user = fetch(User, user_id, scope)
    if not user.email:
        raise Invalid("This user has no e-mail address. Enter one in the details first.")
    _send_client_link(actor, user)


@transactional
def forgot_client_password(user_id: str) -> None:
    """Mail a user who asks for it the same link, if there is such a user with an address; nobody is told."""
    known = visible(User, EVERYTHING).where(User.broadworks_key == user_id.strip().lower())
    user = db.session.scalar(known.where(User.closed_at.is_(None)))
    if user is not None and user.email:
        _send_client_link(Actor(user.broadworks_id, Role.CLIENT, Scope(Level.USER, user.id)), user)


def _send_client_link(actor: Actor, user: User) -> None:
    token = _issue(LinkPurpose.CLIENT_PASSWORD, user_id=user.id)
    record(actor, Action.CLIENT_LINK_SENT, user)
    notices.add(
        f"client-password:{digest(token)}",
        user.email,
        letters.client_password(
            user.name, f"{portal_address(user)}/client-password/{token}", lasts=in_words(VALID_FOR)
        ),
        branding.letterhead(user),
    )


@transactional
def forgot_password(email: str) -> None:
    """Mail a link to whom the address belongs, if anybody; nobody is told which."""
    person = db.session.scalar(
        visible(PortalUser, EVERYTHING).where(PortalUser.email == email.strip().lower())
    )
    if person is not None and person.is_enabled and person.accepted_at is not None:
        _send_password_link(Actor(person.email, person.role, place_of(person), person.id), person)


@transactional
def send_password_reset(actor: Actor, scope: Scope, portal_user_id: int) -> PortalUser:
    """Staff have a link mailed to a portal user of this very node. Raises Conflict, NotFound."""
    person = db.session.scalar(at(PortalUser, scope).where(PortalUser.id == portal_user_id))
    if person is None:
        raise missing(PortalUser, portal_user_id)
    if person.accepted_at is None or not person.is_enabled:
        raise Conflict("This person cannot sign in: send an invitation, or switch May Sign In on.")
    _send_password_link(actor, person)
    return person


@transactional
def link_to_hand_over(actor: Actor, person: PortalUser) -> str:
    """A link that is not mailed: for an operator at the server."""
    is_new = person.accepted_at is None
    purpose = LinkPurpose.INVITATION if is_new else LinkPurpose.PASSWORD_RESET
    token = _issue(purpose, portal_user_id=person.id)
    record(actor, Action.INVITATION_SENT if is_new else Action.PASSWORD_LINK_SENT, person)
    return f"{portal_address(person)}/{'welcome' if is_new else 'reset-password'}/{token}"


def opened(token: str, purpose: LinkPurpose) -> Opened:
    """Whom the link is for. Raises LinkUsedUp."""
    link = _valid(token, purpose)
    if purpose is not LinkPurpose.CLIENT_PASSWORD:
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
    if purpose is not LinkPurpose.CLIENT_PASSWORD:
        return _set_password(_person(link), purpose, stored)
    user = _user(link)
    user.client_password_hash = stored
    client_tokens.end_all(user.id)
    actor = Actor(user.broadworks_id, Role.CLIENT, Scope(Level.USER, user.id))
    record(actor, Action.CLIENT_PASSWORD_SET, user)
    return Opened(purpose, user.name, user.broadworks_id)


def void(**holder: int) -> None:
    """Links mailed before stop working: `portal_user_id` or `user_id`. Inside the caller's transaction.

    Called also when an address changes, since the old one may be a stranger's.
    """
    earlier = update(OneTimeLink).where(OneTimeLink.used_at.is_(None))
    for column, value in holder.items():
        earlier = earlier.where(getattr(OneTimeLink, column) == value)
    db.session.execute(earlier.values(used_at=now()))


def _set_password(person: PortalUser, purpose: LinkPurpose, stored: str) -> Opened:
    """Whoever was signed in with the old password is not any more; a second factor is still asked for."""
    person.password_hash, person.accepted_at = stored, person.accepted_at or now()
    db.session.flush()
    void(portal_user_id=person.id)
    lockout.forgive(person.id)
    portal_sessions.end_all(person.id)
    is_reset = purpose is LinkPurpose.PASSWORD_RESET
    actor = Actor(person.email, person.role, place_of(person), person.id)
    record(actor, Action.PASSWORD_RESET if is_reset else Action.INVITATION_ACCEPTED, person)
    return Opened(purpose, person.name, person.email)


def _send_password_link(actor: Actor, person: PortalUser) -> None:
    token = _issue(LinkPurpose.PASSWORD_RESET, portal_user_id=person.id)
    record(actor, Action.PASSWORD_LINK_SENT, person)
    head, link = branding.letterhead(person), f"{portal_address(person)}/reset-password/{token}"
    letter = letters.password_reset(person.name, link, head.portal, lasts=in_words(RESET_WITHIN))
    notices.add(f"password-reset:{digest(token)}", person.email, letter, head)


def _issue(purpose: LinkPurpose, **holder: int) -> str:
    """A new link; the earlier ones of this holder stop working."""
    token = secrets.token_urlsafe(32)
    void(**holder)
    valid_for = RESET_WITHIN if purpose is LinkPurpose.PASSWORD_RESET else VALID_FOR
    db.session.add(
        OneTimeLink(purpose=purpose, token_digest=digest(token), expires_at=now() + valid_for, **holder)
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
