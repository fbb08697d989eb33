"""Which licence follows the trial of a product: what the nearest place above says, else none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.access.policy import Actor
from app.access.scope import Scope, at, branch, node_of, place_of, upwards, visible
from app.db import db, transactional
from app.models import AuditEntry, AutomaticAssignment
from app.services.accounts import nodes
from app.services.audit.record import Action, record
from app.services.revisions import ChangedMeanwhile
from app.vocabulary import Product

AS_ABOVE = "as above"
Settings = Mapping[Product, Product | None]  # of a place; a trial that is not in it is as above
_PRODUCTS: list[Product | None] = [None, *Product]


@dataclass(frozen=True)
class Follows:
    """A licence of `product`, or none. `source` is the place that says so; None where nobody does."""

    product: Product | None = None
    source: Scope | None = None


def settings_at(scope: Scope) -> dict[Product, Product | None]:
    """What is set at exactly this place."""
    return {row.trial_product: row.product for row in db.session.scalars(at(AutomaticAssignment, scope))}


def effective(row: Any) -> dict[Product, Follows]:
    """What counts for a node, or for a row that hangs on one."""
    return _nearest(row, but=None)


def inherited(scope: Scope) -> dict[Product, Follows]:
    """What would count at a place that said nothing itself. Raises NotFound."""
    return _nearest(node_of(scope), but=scope)


def revision(settings: Settings) -> int:
    """The settings of a place as a number, for a form: it is the same as long as they are."""
    number = 0
    for trial in Product:
        number = number * 6 + (_PRODUCTS.index(settings[trial]) + 1 if trial in settings else 0)
    return number + 1


@transactional
def change(actor: Actor, scope: Scope, wanted: Settings, seen: int) -> None:
    """Set what follows trials at a place. Raises ChangedMeanwhile, Closed, NotFound."""
    node = nodes.open_node(scope)
    current = settings_at(scope)
    if revision(current) != seen:
        raise _changed_meanwhile(scope, node, revision(current))
    changes = {
        trial: [_plain(current, trial), _plain(wanted, trial)]
        for trial in Product
        if _plain(current, trial) != _plain(wanted, trial)
    }
    rows = {row.trial_product: row for row in db.session.scalars(at(AutomaticAssignment, scope))}
    for trial in changes:
        if trial not in wanted:
            db.session.delete(rows[trial])
        elif trial in rows:
            rows[trial].product = wanted[trial]
        else:
            row = AutomaticAssignment(trial_product=trial, product=wanted[trial], **branch(node))
            db.session.add(row)
    if changes:
        named = {f"after_a_{trial}_trial": pair for trial, pair in changes.items()}
        record(actor, Action.AUTOMATIC_ASSIGNMENT_CHANGED, node, **named)


def _nearest(row: Any, but: Scope | None) -> dict[Product, Follows]:
    """The lowest place that says something wins: it has the most columns of the branch."""
    found = {trial: Follows() for trial in Product}
    rows = sorted(db.session.scalars(upwards(AutomaticAssignment, row)), key=lambda one: len(branch(one)))
    for one in rows:
        if place_of(one) != but:
            found[one.trial_product] = Follows(one.product, place_of(one))
    return found


def _plain(settings: Settings, trial: Product) -> str:
    return (settings[trial] or "none") if trial in settings else AS_ABOVE


def _changed_meanwhile(scope: Scope, node: Any, number: int) -> ChangedMeanwhile:
    lines = visible(AuditEntry, scope).where(
        AuditEntry.action == Action.AUTOMATIC_ASSIGNMENT_CHANGED,
        AuditEntry.target_kind == node.__tablename__,
        AuditEntry.target_id == node.id,
    )
    last = db.session.scalar(lines.order_by(AuditEntry.id.desc()).limit(1))
    return ChangedMeanwhile(last.actor if last else "Somebody", last.change if last else {}, number)
