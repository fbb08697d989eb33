"""Mailed links with which a person sets a password, once: within three days, or an hour to reset it."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from sqlalchemy import update

from app.access.policy import Actor
from app.access.scope import EVERYTHING, Scope, at, fetch, missing, place_of, visible
from app.clock import now
from app.db import db, transactional
from app.errors import Conflict, Invalid, NotFound
from app.models import OneTimeLink, PortalUser, User
from app.services.accounts import (
    branding,
    client_tokens,
    lockout,
    passwords,
    portal_sessions,
    portal_user_lookup,
)
from app.services.accounts.hostnames import portal_address
from app.services.accounts.tokens import digest
from app.services.alerts import letters, mail_limits, notices
from app.services.alerts.mail_limits import Cause
from app.services.audit.record import Action, record
from app.vocabulary import Level, LinkPurpose, MailKind, Role

VALID_FOR = dt.timedelta(days=3)
_FOR_PASSWORDS = LinkPurpose.INVITATION, LinkPurpose.CLIENT_PASSWORD, LinkPurpose.PASSWORD_RESET
_RESET_WITHIN = dt.timedelta(hours=1)


class LinkUsedUp(NotFound):
    message = "This link was already used or is too old. Ask for a new one."


@dataclass(frozen=True)
class Opened:
    """Whom a link is for; `new_address` is what one to confirm an address is about."""

    purpose: LinkPurpose
    name: str
    sign_in: str
    new_address: str = ""


@transactional
def invite(actor: Actor, person: PortalUser) -> None:
    """Mail a portal user the link that lets them in for the first time (S4 counts only who used it).

    Raises TooManyMails.
    """
    token = _issue(LinkPurpose.INVITATION, portal_user_id=person.id)
    record(actor, Action.INVITATION_SENT, person)
    head, link = branding.letterhead(person), f"{portal_address(person)}/welcome/{token}"
    notices.add(
        f"invitation:{digest(token)}",
        person.email,
        letters.invitation(person.name, link, head.portal),
        head,
        kind=MailKind.INVITATION,
        about=person,
        cause=mail_limits.by(actor, person),
    )


@transactional
def send_client_password_link(actor: Actor, scope: Scope, user_id: int) -> None:
    """Mail a user the link that sets the password of their Unity client.

    Raises Invalid, NotFound, TooManyMails.
    """
    user = fetch(User, user_id, scope)
    if not user.email:
        raise Invalid("This user has no e-mail address. Enter one in the details first.")
    _send_client_link(actor, user, mail_limits.by(actor, user))


@transactional
def forgot_client_password(user_id: str) -> None:
    """Mail a user who asks for it the same link, if there is such a user with an address; nobody is told.

    Anybody may ask: what went to this address lately limits it (`mail_limits`), and nobody is told of that.
    """
    known = visible(User, EVERYTHING).where(User.broadworks_key == user_id.strip().lower())
    user = db.session.scalar(known.where(User.closed_at.is_(None)))
    if user is not None and user.email and mail_limits.allows_stranger(user.email):
        actor = Actor(user.broadworks_id, Role.CLIENT, Scope(Level.USER, user.id))
        _send_client_link(actor, user, mail_limits.BY_STRANGER)


def _send_client_link(actor: Actor, user: User, cause: Cause) -> None:
    token = _issue(LinkPurpose.CLIENT_PASSWORD, user_id=user.id)
    record(actor, Action.CLIENT_LINK_SENT, user)
    notices.add(
        f"client-password:{digest(token)}",
        user.email,
        letters.client_password(user.name, f"{portal_address(user)}/client-password/{token}"),
        branding.letterhead(user),
        kind=MailKind.CLIENT_PASSWORD_LINK,
        about=user,
        cause=cause,
    )


@transactional
def forgot_password(email: str) -> None:
    """Mail a link to whom the address belongs, if anybody; nobody is told which.

    Anybody may ask: where enough went to this address within the hour nothing is sent, and the newest of the
    links that are there works still.
    """
    person = portal_user_lookup.find(email)
    if (
        person is not None
        and person.is_enabled
        and person.accepted_at is not None
        and mail_limits.allows_stranger(person.email)
    ):
        actor = Actor(person.email, person.role, place_of(person), person.id)
        _send_password_link(actor, person, mail_limits.BY_STRANGER)


@transactional
def send_password_reset(actor: Actor, scope: Scope, portal_user_id: int) -> PortalUser:
    """Staff have a link mailed to a portal user of this very node.

    Raises Conflict, NotFound, TooManyMails.
    """
    person = db.session.scalar(at(PortalUser, scope).where(PortalUser.id == portal_user_id))
    if person is None:
        raise missing(PortalUser, portal_user_id)
    if person.accepted_at is None or not person.is_enabled:
        raise Conflict("This person cannot sign in: send an invitation, or switch May Sign In on.")
    _send_password_link(actor, person, mail_limits.by(actor, person))
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
        new = person.pending_email or ""
        return Opened(purpose, person.name, person.email, new if purpose is LinkPurpose.NEW_ADDRESS else "")
    user = _user(link)
    return Opened(purpose, user.name, user.broadworks_id)


@transactional
def use(token: str, purpose: LinkPurpose, password: str) -> Opened:
    """Set the password. Raises LinkUsedUp, Invalid (nothing is used up by a password that is refused)."""
    link = _valid(token, purpose)
    holder = _user(link) if purpose is LinkPurpose.CLIENT_PASSWORD else _person(link)
    stored = passwords.hashed(password, passwords.words_about(holder))
    _use_up(link)
    if isinstance(holder, PortalUser):
        return _set_password(holder, purpose, stored)
    user = holder
    user.client_password_hash = stored
    client_tokens.end_all(user.id)
    actor = Actor(user.broadworks_id, Role.CLIENT, Scope(Level.USER, user.id))
    record(actor, Action.CLIENT_PASSWORD_SET, user)
    return Opened(purpose, user.name, user.broadworks_id)


def address_link(person: PortalUser) -> str:
    """The token of a new link that confirms a portal user's new address; the one before stops working."""
    return _issue(LinkPurpose.NEW_ADDRESS, portal_user_id=person.id)


def take(token: str, purpose: LinkPurpose) -> PortalUser:
    """Use up a link that sets no password, and return whose it is. Inside the caller's transaction.

    Raises LinkUsedUp.
    """
    link = _valid(token, purpose)
    _use_up(link)
    return fetch(PortalUser, link.portal_user_id or 0, EVERYTHING, lock=True)


def _use_up(link: OneTimeLink) -> None:
    """Of two at once one wins; the other gets LinkUsedUp."""
    taken = db.session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.id == link.id, OneTimeLink.used_at.is_(None))
        .values(used_at=now())
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise LinkUsedUp


def void(*purposes: LinkPurpose, **holder: int) -> None:
    """Links mailed before stop working: `portal_user_id` or `user_id`. Inside the caller's transaction.

    Without `purposes` those that set a password. Called also when an address changes, since the old one may
    be a stranger's.
    """
    earlier = update(OneTimeLink).where(OneTimeLink.used_at.is_(None))
    earlier = earlier.where(OneTimeLink.purpose.in_(purposes or _FOR_PASSWORDS))
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
    if is_reset:
        head = branding.letterhead(person)
        letter = letters.password_changed(person.name, head.portal)
        key = f"password-changed:{person.id}:{now().isoformat()}"
        notices.add(key, person.email, letter, head, kind=MailKind.ACCOUNT_CHANGED, about=person)
    return Opened(purpose, person.name, person.email)


def _send_password_link(actor: Actor, person: PortalUser, cause: Cause) -> None:
    token = _issue(LinkPurpose.PASSWORD_RESET, portal_user_id=person.id)
    record(actor, Action.PASSWORD_LINK_SENT, person)
    head, link = branding.letterhead(person), f"{portal_address(person)}/reset-password/{token}"
    letter = letters.password_reset(person.name, link, head.portal)
    key = f"password-reset:{digest(token)}"
    notices.add(key, person.email, letter, head, kind=MailKind.PASSWORD_LINK, about=person, cause=cause)


def _issue(purpose: LinkPurpose, **holder: int) -> str:
    """A new link; the earlier ones of this holder that lead to a password, or to the same, stop working."""
    token = secrets.token_urlsafe(32)
    void(*(_FOR_PASSWORDS if purpose in _FOR_PASSWORDS else (purpose,)), **holder)
    valid_for = _RESET_WITHIN if purpose is LinkPurpose.PASSWORD_RESET else VALID_FOR
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
