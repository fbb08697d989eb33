"""Who may do what. The whole answer is the two tables below."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from app.access.scope import EVERYTHING, Scope
from app.errors import Conflict, NotAllowed
from app.vocabulary import Level, Role


class Permission(enum.StrEnum):
    NODES_SEE = "nodes:see"
    NODES_CHANGE = "nodes:change"
    PLATFORMS_SEE = "platforms:see"
    PLATFORMS_CHANGE = "platforms:change"
    PORTAL_USERS_SEE = "portal-users:see"
    PORTAL_USERS_CHANGE = "portal-users:change"
    USERS_CHANGE = "users:change"
    NUMBERS_SEE = "numbers:see"
    NUMBERS_CHANGE = "numbers:change"
    LICENCES_SEE = "licences:see"
    LICENCES_CHANGE = "licences:change"
    CONTACT_CENTERS_SEE = "contact-centers:see"
    CONTACT_CENTERS_CHANGE = "contact-centers:change"
    SETTINGS_SEE = "settings:see"  # branding, host names, templates, automatic assignment
    SETTINGS_CHANGE = "settings:change"
    HISTORY_SEE = "history:see"
    MESSAGES_SEE = "messages:see"  # who, when, state and reason: never words or pictures (D29)
    MESSAGES_CHANGE = "messages:change"
    RECEIVER_SEE = "receiver:see"  # what was quarantined or refused
    RECEIVER_CHANGE = "receiver:change"
    SECURITY_SEE = "security:see"  # what was refused to whom
    OWN_ACCOUNT = "own-account"
    CLIENT = "client"


_LOOK = {
    Permission.NODES_SEE,
    Permission.PLATFORMS_SEE,
    Permission.PORTAL_USERS_SEE,
    Permission.NUMBERS_SEE,
    Permission.LICENCES_SEE,
    Permission.CONTACT_CENTERS_SEE,
    Permission.SETTINGS_SEE,
    Permission.HISTORY_SEE,
    Permission.MESSAGES_SEE,
    Permission.RECEIVER_SEE,
    Permission.SECURITY_SEE,
    Permission.OWN_ACCOUNT,
}
_CHANGE = {
    Permission.NODES_CHANGE,
    Permission.PLATFORMS_CHANGE,
    Permission.PORTAL_USERS_CHANGE,
    Permission.USERS_CHANGE,
    Permission.NUMBERS_CHANGE,
    Permission.LICENCES_CHANGE,
    Permission.CONTACT_CENTERS_CHANGE,
    Permission.SETTINGS_CHANGE,
    Permission.MESSAGES_CHANGE,
    Permission.RECEIVER_CHANGE,
}
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(_LOOK | _CHANGE),
    Role.READ_ONLY: frozenset(_LOOK),
    Role.CLIENT: frozenset({Permission.CLIENT}),
}
# D29: platforms and their keys belong to operators and provider administrators.
ONLY_AT: dict[Permission, frozenset[Level]] = {
    Permission.PLATFORMS_SEE: frozenset({Level.SYSTEM, Level.PROVIDER}),
    Permission.PLATFORMS_CHANGE: frozenset({Level.SYSTEM, Level.PROVIDER}),
    Permission.RECEIVER_SEE: frozenset({Level.SYSTEM, Level.PROVIDER}),
    Permission.RECEIVER_CHANGE: frozenset({Level.SYSTEM, Level.PROVIDER}),
    Permission.SECURITY_SEE: frozenset({Level.SYSTEM}),
}


@dataclass(frozen=True)
class Actor:
    """Somebody who acts: a name for the history, a role, and the place whose tree is theirs."""

    name: str
    role: Role
    scope: Scope
    account_id: int | None = None
    timezone: str = "UTC"


SYSTEM = Actor("system", Role.ADMINISTRATOR, EVERYTHING)


class Closed(Conflict):
    message = "This was closed. It can be looked at, but nothing in it can be changed."


def may(actor: Actor, permission: Permission, place: Scope | None = None) -> bool:
    """Whether the actor has the permission at all, and at a closed place only to look.

    Where in the tree, is the business of the scope.
    """
    levels = ONLY_AT.get(permission)
    is_shut = place is not None and place.is_closed and permission in _CHANGE
    return (
        permission in GRANTS[actor.role] and (levels is None or actor.scope.level in levels) and not is_shut
    )


def require(actor: Actor, permission: Permission, place: Scope | None = None) -> None:
    """Raises NotAllowed: when the actor lacks the permission. Closed: when the place was closed."""
    if not may(actor, permission):
        raise NotAllowed
    if not may(actor, permission, place):
        raise Closed
