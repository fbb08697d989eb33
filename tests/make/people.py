"""Who acts, who signs in, and licences."""

from __future__ import annotations

from functools import cache
from typing import Any

from app.access.policy import Actor
from app.access.scope import EVERYTHING, Scope, branch, place_of
from app.clock import now
from app.models import Licence, PortalUser
from app.services.accounts import passwords
from app.vocabulary import LicenceKind, Product, Role
from tests.make.rows import kept, serial

PASSWORD = "correct horse battery"


@cache
def password_hash() -> str:
    return passwords.hashed(PASSWORD)


def at(node: Any) -> Scope:
    """The place of a row; None is the system."""
    return EVERYTHING if node is None else place_of(node)


def portal_user(node: Any = None, **fields: Any) -> PortalUser:
    """Somebody who accepted the invitation and receives nothing; `node` None is an operator."""
    number = next(serial)
    given = {
        "name": "Ada",
        "email": f"ada{number}@example.com",
        "accepted_at": now(),
        "password_hash": password_hash(),
    }
    return kept(PortalUser(**{**given, **(branch(node) if node else {}), **fields}))


def operator(**fields: Any) -> PortalUser:
    return portal_user(None, **fields)


def licence(user: Any, **fields: Any) -> Licence:
    given = {"product": Product.DESKTOP, "kind": LicenceKind.PERMANENT}
    return kept(Licence(**{**given, **branch(user), **fields}))


def admin_of(node: Any, role: Role = Role.ADMINISTRATOR) -> Actor:
    return Actor("ada@example.com", role, at(node))


def reader_of(node: Any) -> Actor:
    return admin_of(node, Role.READ_ONLY)


def client_of(user: Any) -> Actor:
    """The user's own Unity client."""
    return Actor(user.broadworks_id, Role.CLIENT, at(user))
