"""Mailed links with which a person sets a password, once: within three days, or an hour to reset it."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass, field

from sqlalchemy import select, update

from app.access.policy import Actor
from app.access.scope import EVERYTHING, Scope, at, fetch, missing, place_of, visible
from app.clock import in_words, now
from app.db import db, transactional
from app.errors import Conflict, Invalid, NotFound
from app.models import OneTimeLink, PortalUser, User
from app.services.accounts import (
    branding,
    client_tokens,
    known_devices,
    lockout,
    passwords,
    portal_sessions,
    portal_user_lookup,
)
from app.services.accounts.hostnames import portal_address
from app.services.accounts.known_devices import UNKNOWN, Device
from app.services.accounts.tokens import digest
from app.services.alerts import letters, mail_limits, notices
from app.services.alerts.mail_limits import Cause
from app.services.audit.record import Action, record
from app.vocabulary import Level, LinkPurpose, MailKind, Role

VALID_FOR = dt.timedelta(days=3)
_FOR_PASSWORDS = LinkPurpose.INVITATION, LinkPurpose.CLIENT_PASSWORD, LinkPurpose.PASSWORD_RESET
RESET_WITHIN = dt.timedelta(hours=1)
# What strangers may have mailed to one person. When it is used up, a mail still goes out as soon as no link
# that was mailed works for a while longer: the owner of the mailbox always has a way in, with 42 mails a day
# at most.
_SOON, STRANGERS_MAILS_SOON = dt.timedelta(minutes=10), 3
_DAY, _MAILS_A_DAY = dt.timedelta(days=1), 10
_USABLE = dt.timedelta(minutes=15)


class LinkUsedUp(NotFound):
    message = "This link was already used or is too old. Ask for a new one."


@dataclass(frozen=True)
class Opened:
    """Whom a link is for; `new_address` is what one to confirm an address is about.

    `device_token`: by which the browser that used it is known from now on.
    """

    purpose: LinkPurpose
    name: str
    sign_in: str
    new_address: str = ""
    device_token: str = field(default="", repr=False)


@dataclass(frozen=True)
class Asked:
    """Somebody asked for a link on a page, for which nobody has to sign in."""

    by_stranger: bool

    @property
    def cause(self) -> Cause:
        return mail_limits.BY_STRANGER if self.by_stranger else mail_limits.BY_PORTAL


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
        letters.invitation(person.name, link, head.portal, lasts=in_words(VALID_FOR)),
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
def forgot_client_password(user_id: str, device: Device = UNKNOWN) -> None:
    """Mail a user who asks for it the same link, if there is such a user with an address; nobody is told.

    Limited as `forgot_password`.
    """
    known = visible(User, EVERYTHING).where(User.broadworks_key == user_id.strip().lower())
    user = db.session.scalar(known.where(User.closed_at.is_(None)))
    if user is not None and user.email and (asked := _asked(device, user_id=user.id)):
        actor = Actor(user.broadworks_id, Role.CLIENT, Scope(Level.USER, user.id))
        _send_client_link(actor, user, asked.cause, asked)


def _send_client_link(actor: Actor, user: User, cause: Cause, asked: Asked | None = None) -> None:
    token = _issue(LinkPurpose.CLIENT_PASSWORD, asked, user_id=user.id)
    record(actor, Action.CLIENT_LINK_SENT, user)
    notices.add(
        f"client-password:{digest(token)}",
        user.email,
        letters.client_password(
            user.name, f"{portal_address(user)}/client-password/{token}", lasts=in_words(VALID_FOR)
        ),
        branding.letterhead(user),
        kind=MailKind.CLIENT_PASSWORD_LINK,
        about=user,
        cause=cause,
    )


@transactional
def forgot_password(email: str, device: Device = UNKNOWN) -> None:
    """Mail a link to whom the address belongs, if anybody; nobody is told which.

    Strangers share a number of mails to one person; a device that is known for the person has its own limit
    (`web/limits.py`). The links that were mailed before go on working, so a stranger spoils none.
    """
    person = portal_user_lookup.find(email)
    if person is not None and person.is_enabled and person.accepted_at is not None:
        asked = _asked(device, portal_user_id=person.id)
        if asked is not None:
            actor = Actor(person.email, person.role, place_of(person), person.id)
            _send_password_link(actor, person, asked.cause, asked)


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
    void(user_id=user.id)
    client_tokens.end_all(user.id)
    actor = Actor(user.broadworks_id, Role.CLIENT, Scope(Level.USER, user.id))
    record(actor, Action.CLIENT_PASSWORD_SET, user)
    known = known_devices.remember((), user_id=user.id)
    return Opened(purpose, user.name, user.broadworks_id, device_token=known.token)


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
    known = known_devices.remember((), portal_user_id=person.id)  # or strangers lock it before it signs in
    return Opened(purpose, person.name, person.email, device_token=known.token)


def _send_password_link(actor: Actor, person: PortalUser, cause: Cause, asked: Asked | None = None) -> None:
    token = _issue(LinkPurpose.PASSWORD_RESET, asked, portal_user_id=person.id)
    record(actor, Action.PASSWORD_LINK_SENT, person)
    head, link = branding.letterhead(person), f"{portal_address(person)}/reset-password/{token}"
    letter = letters.password_reset(person.name, link, head.portal, lasts=in_words(RESET_WITHIN))
    key = f"password-reset:{digest(token)}"
    notices.add(key, person.email, letter, head, kind=MailKind.PASSWORD_LINK, about=person, cause=cause)


def _asked(device: Device, **holder: int) -> Asked | None:
    """How a link was asked for on a page; None: it is not mailed, since strangers asked often enough."""
    if known_devices.find(device.tokens, **holder) is not None:
        return Asked(by_stranger=False)
    _lock(**holder)  # or requests at once would not see each other
    [(column, value)] = holder.items()
    links = select(OneTimeLink).where(
        getattr(OneTimeLink, column) == value, OneTimeLink.expires_at > now() - _DAY
    )
    rows = db.session.scalars(links).all()
    times = [row.stranger_asked_at for row in rows if row.stranger_asked_at is not None]
    usable = [row.expires_at for row in rows if row.used_at is None and row.purpose in _FOR_PASSWORDS]
    return Asked(by_stranger=True) if may_mail_again(times, usable, now()) else None


def may_mail_again(asked_at: list[dt.datetime], usable_until: list[dt.datetime], at: dt.datetime) -> bool:
    """Whether a stranger's request for a link is answered with another mail.

    `asked_at`: when strangers' requests were answered with mails. `usable_until`: ends of the person's links
    that nobody used. Three in ten minutes and ten a day; beyond that only while no link works for another 15
    minutes.
    """
    soon = sum(moment > at - _SOON for moment in asked_at)
    today = sum(moment > at - _DAY for moment in asked_at)
    if soon < STRANGERS_MAILS_SOON and today < _MAILS_A_DAY:
        return True
    return not any(until > at + _USABLE for until in usable_until)


def _lock(**holder: int) -> None:
    model, row_id = (
        (PortalUser, holder["portal_user_id"]) if "portal_user_id" in holder else (User, holder["user_id"])
    )
    fetch(model, row_id, EVERYTHING, lock=True)


def _issue(purpose: LinkPurpose, asked: Asked | None = None, **holder: int) -> str:
    """A new link. When staff send it, the earlier ones of this holder that lead to a password, or to the
    same, stop working.
    """
    token = secrets.token_urlsafe(32)
    if asked is None:
        void(*(_FOR_PASSWORDS if purpose in _FOR_PASSWORDS else (purpose,)), **holder)
    valid_for = RESET_WITHIN if purpose is LinkPurpose.PASSWORD_RESET else VALID_FOR
    db.session.add(
        OneTimeLink(
            purpose=purpose,
            token_digest=digest(token),
            expires_at=now() + valid_for,
            stranger_asked_at=now() if asked and asked.by_stranger else None,
            **holder,
        )
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
