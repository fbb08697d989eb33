"""Letting operators in from the server: the first one, and one who is locked out. Links are not mailed."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from app.access.policy import SYSTEM
from app.access.scope import EVERYTHING, place_of
from app.db import db, transactional
from app.errors import Invalid, NotFound
from app.models import PortalUser
from app.services.accounts import lockout, one_time_links, portal_user_lookup, second_factor
from app.services.accounts.portal_user_lookup import EmailInUse
from app.services.accounts.portal_users import PortalUserWish
from app.services.audit.record import Action, record


class NoSuchOperator(NotFound):
    message = "No operator has this e-mail address."


@transactional
def add(name: str, email: str) -> str:
    """A new operator; returns the link that sets the password. Raises Invalid, EmailInUse."""
    person = PortalUser(**PortalUserWish(name, email).values())
    portal_user_lookup.require_free(person.email)
    db.session.add(person)
    try:
        db.session.flush()
    except IntegrityError as taken:
        raise EmailInUse from taken
    record(SYSTEM, Action.PORTAL_USER_CREATED, person, role=person.role)
    return one_time_links.link_to_hand_over(SYSTEM, person)


@transactional
def let_in(email: str) -> str:
    """No lock, no second factor, and a link that sets the password. Raises NoSuchOperator, Invalid."""
    person = portal_user_lookup.find(email)
    if person is None or place_of(person) != EVERYTHING:
        raise NoSuchOperator
    if not person.is_enabled:
        raise Invalid("This operator is disabled. Another operator has to switch May Sign In on.")
    lockout.unlock(SYSTEM, EVERYTHING, person.id)
    if person.totp_confirmed_at is not None:
        second_factor.reset(SYSTEM, EVERYTHING, person.id)
    return one_time_links.link_to_hand_over(SYSTEM, person)
