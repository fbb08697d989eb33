"""The address with which a portal user signs in, and how it is changed: by a link mailed to the new one.

Until that link is used the old address signs in, and links for a forgotten password go there. Both addresses
are told. An account that nobody entered yet has no old address to keep: it is changed at once, and the
invitation goes to the new one.
"""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from app.access.policy import Actor
from app.access.scope import Scope, at, place_of
from app.clock import in_words, now
from app.db import db, transactional
from app.errors import NotFound
from app.models import PortalUser
from app.services.accounts import branding, one_time_links, portal_sessions
from app.services.accounts.hostnames import portal_address
from app.services.accounts.one_time_links import VALID_FOR, LinkUsedUp
from app.services.accounts.portal_user_lookup import EmailInUse, require_free
from app.services.accounts.tokens import digest
from app.services.alerts import letters, mail_limits, notices
from app.services.audit.record import Action, record
from app.vocabulary import LinkPurpose, MailKind


def is_expired(person: PortalUser) -> bool:
    """Whether the link to the new address is too old: it has to be sent again."""
    return person.pending_email_at is not None and person.pending_email_at + VALID_FOR < now()


def ask_for(actor: Actor, person: PortalUser, address: str) -> None:
    """Staff entered another address (`email_address.sign_in_form`). Inside the caller's transaction.

    Raises EmailInUse, TooManyMails.
    """
    require_free(address, but=person.id)
    drop(person)
    if person.accepted_at is None:
        one_time_links.void(portal_user_id=person.id)
        person.email = address
        return
    person.pending_email, person.pending_email_at = address, now()
    record(actor, Action.ADDRESS_CHANGE_ASKED, person, email=[person.email, address])
    _mail_link(actor, person)
    head = branding.letterhead(person)
    letter = letters.address_will_change(person.name, address, head.portal)
    notices.add(
        f"address-asked:{person.id}:{now().isoformat()}",
        person.email,
        letter,
        head,
        kind=MailKind.ACCOUNT_CHANGED,
        about=person,
        cause=mail_limits.by(actor, person),
    )


@transactional
def send_again(actor: Actor, scope: Scope, portal_user_id: int) -> PortalUser:
    """A new link to the new address; the one before stops working. Raises NotFound, TooManyMails."""
    person = _pending(scope, portal_user_id)
    record(actor, Action.ADDRESS_CHANGE_ASKED, person, email=[person.email, person.pending_email])
    person.pending_email_at = now()
    _mail_link(actor, person)
    return person


@transactional
def cancel(actor: Actor, scope: Scope, portal_user_id: int) -> PortalUser:
    """The old address stays; the link to the new one stops working. Raises NotFound."""
    person = _pending(scope, portal_user_id)
    record(actor, Action.ADDRESS_CHANGE_CANCELED, person, email=[person.pending_email, person.email])
    drop(person)
    return person


def drop(person: PortalUser) -> None:
    """No new address waits any more. Inside the caller's transaction, which writes the history."""
    one_time_links.void(LinkPurpose.NEW_ADDRESS, portal_user_id=person.id)
    person.pending_email = person.pending_email_at = None


@transactional
def confirm(token: str) -> PortalUser:
    """The link was used: from here on the new address signs in.

    Links mailed to the old one stop working, and every session ends. Raises LinkUsedUp, EmailInUse.
    """
    person = one_time_links.take(token, LinkPurpose.NEW_ADDRESS)
    old, new = person.email, person.pending_email
    if new is None:
        raise LinkUsedUp
    require_free(new, but=person.id)
    person.email, person.pending_email, person.pending_email_at = new, None, None
    person.revision += 1
    try:
        db.session.flush()
    except IntegrityError as taken:
        raise EmailInUse from taken
    one_time_links.void(portal_user_id=person.id)
    portal_sessions.end_all(person.id)
    actor = Actor(new, person.role, place_of(person), person.id, person.timezone)
    record(actor, Action.ADDRESS_CHANGED, person, email=[old, new])
    head = branding.letterhead(person)
    letter = letters.address_changed(person.name, new, head.portal)
    key = f"address-changed:{digest(token)}"
    notices.add(key, old, letter, head, kind=MailKind.ACCOUNT_CHANGED, about=person)
    return person


def _mail_link(actor: Actor, person: PortalUser) -> None:
    address = person.pending_email or ""
    token = one_time_links.address_link(person)
    head, link = branding.letterhead(person), f"{portal_address(person)}/new-address/{token}"
    notices.add(
        f"new-address:{digest(token)}",
        address,
        letters.confirm_address(
            person.name, address, link, head.portal, lasts=in_words(one_time_links.VALID_FOR)
        ),
        head,
        kind=MailKind.ADDRESS_LINK,
        about=person,
        cause=mail_limits.by(actor, person),
    )


def _pending(scope: Scope, portal_user_id: int) -> PortalUser:
    person = db.session.scalar(at(PortalUser, scope).where(PortalUser.id == portal_user_id).with_for_update())
    if person is None or person.pending_email is None:
        raise NotFound
    return person
