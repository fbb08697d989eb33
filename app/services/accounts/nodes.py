"""Providers, resellers and groups: made and changed. Users are in users.py, lists in lists.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.access.policy import Actor, Closed
from app.access.scope import NODES, Scope, branch, fetch, node_of
from app.db import db, transactional
from app.errors import Invalid
from app.models import Group, Provider, Reseller
from app.services.accounts import trial_length
from app.services.accounts.tree import CHILD
from app.services.audit.record import Action, differences, record
from app.services.revisions import require_current
from app.vocabulary import Level

TEXTS_PER_MINUTE = 60  # of one number, unless somebody says otherwise (D14)
_MOST_TEXTS = 1000
_CREATED = {
    Level.PROVIDER: Action.PROVIDER_CREATED,
    Level.RESELLER: Action.RESELLER_CREATED,
    Level.GROUP: Action.GROUP_CREATED,
}


@dataclass(frozen=True)
class NodeWish:
    """What a form says about a provider, reseller or group. No trial length: as above."""

    name: str
    account_reference: str = ""
    trial_days: int | None = None
    texts_per_minute: int = TEXTS_PER_MINUTE  # of a provider alone

    def values(self, level: Level) -> dict[str, object]:
        """Tidied. Raises Invalid."""
        if not self.name.strip():
            raise Invalid("Enter a name.", field="name")
        found: dict[str, object] = {
            "name": self.name.strip(),
            "account_reference": self.account_reference.strip(),
            "trial_days": checked_trial(self.trial_days),
        }
        if level is Level.PROVIDER:
            found["texts_per_minute"] = checked_texts(self.texts_per_minute)
        return found


def checked_trial(days: int | None) -> int | None:
    """Raises Invalid."""
    if days is not None and not 0 <= days <= trial_length.LONGEST:
        raise Invalid(f"A trial lasts 0 to {trial_length.LONGEST} days.", field="trial_days")
    return days


def checked_texts(number: int) -> int:
    """Raises Invalid."""
    if not 1 <= number <= _MOST_TEXTS:
        raise Invalid(f"Enter a number from 1 to {_MOST_TEXTS}.", field="texts_per_minute")
    return number


def open_node(scope: Scope) -> Any:
    """The row of a node, locked, so that it is not closed while something is made below it.

    None for the system. Raises Closed, NotFound.
    """
    if scope.level is Level.SYSTEM:
        return None
    node: Any = fetch(NODES[scope.level], scope.node_id or 0, scope, lock=True)
    if node.closed_at is not None:
        raise Closed
    return node


@transactional
def create(actor: Actor, parent: Scope, wish: NodeWish) -> Provider | Reseller | Group:
    """Add a provider, reseller or group below `parent`. Raises Invalid, Closed, NotFound."""
    level = CHILD[parent.level]
    node = open_node(parent)
    row = NODES[level](**wish.values(level), **(branch(node) if node else {}))
    db.session.add(row)
    record(actor, _CREATED[level], row)
    made: Provider | Reseller | Group = row
    return made


@transactional
def change(actor: Actor, scope: Scope, wish: NodeWish, *, seen: int) -> None:
    """Change the details of a provider, reseller or group as they were at revision `seen`.

    Raises Invalid, Closed, ChangedMeanwhile, NotFound.
    """
    node = open_node(scope)
    require_current(node, seen)
    changes = differences(node, wanted := wish.values(scope.level))
    for name, value in wanted.items():
        setattr(node, name, value)
    if changes:
        node.revision += 1
        record(actor, Action.DETAILS_CHANGED, node, **changes)


def one(scope: Scope) -> Any:
    """The row of a node. Raises NotFound."""
    return node_of(scope)
