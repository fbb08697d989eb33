"""Who may do what. The whole answer is the two tables below."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from app.access.scope import EVERYTHING, Scope
from app.errors import NotAllowed
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
    HISTORY_SEE = "history:see"
    OWN_ACCOUNT = "own-account"
    CLIENT = "client"


_LOOK = {
    Permission.NODES_SEE,
    Permission.PLATFORMS_SEE,
    Permission.PORTAL_USERS_SEE,
    Permission.NUMBERS_SEE,
    Permission.HISTORY_SEE,
    Permission.OWN_ACCOUNT,
}
_CHANGE = {
    Permission.NODES_CHANGE,
    Permission.PLATFORMS_CHANGE,
    Permission.PORTAL_USERS_CHANGE,
    Permission.USERS_CHANGE,
    Permission.NUMBERS_CHANGE,
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


def may(actor: Actor, permission: Permission) -> bool:
    """Whether the actor has the permission at all; where, is the business of the scope."""
    levels = ONLY_AT.get(permission)
    return permission in GRANTS[actor.role] and (levels is None or actor.scope.level in levels)


def require(actor: Actor, permission: Permission) -> None:
    """Raises NotAllowed: when the actor lacks the permission."""
    if not may(actor, permission):
        raise NotAllowed
