"""Which portal user an address belongs to: one answer for sign-in, reset, invitation, duplicates."""

from __future__ import annotations

from app.access.scope import EVERYTHING, visible
from app.db import db
from app.email_address import sign_in_form
from app.errors import Conflict
from app.models import PortalUser


class EmailInUse(Conflict):
    def __init__(self) -> None:
        super().__init__("This e-mail address already signs in to the portal.", field="email")


def find(typed: str) -> PortalUser | None:
    """Who signs in with this address, in whatever spelling.

    A row from before the one normal form keeps its spelling where another account has the normal one
    (migration 0008): it is found by exactly that spelling.
    """
    as_typed = typed.strip().lower()
    known = visible(PortalUser, EVERYTHING).where(PortalUser.email.in_({as_typed, sign_in_form(typed)}))
    found = list(db.session.scalars(known))
    return next((one for one in found if one.email == as_typed), found[0] if found else None)


def require_free(address: str, *, but: int | None = None) -> None:
    """Raises EmailInUse: another account signs in with it. Ask again when writing: two may ask at once."""
    taken = find(address)
    if taken is not None and taken.id != but:
        raise EmailInUse


def is_misspelled(person: PortalUser) -> bool:
    """Whether another account has the normal form of this one's address: one of both needs another one."""
    return person.email != sign_in_form(person.email)
