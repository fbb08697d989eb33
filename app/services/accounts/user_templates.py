"""User templates: what a new user starts with. A group uses its own and those of the places above it."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import available_timezones

from app.access.policy import Actor
from app.access.scope import Scope, at, branch, missing, node_of, place_of, upwards
from app.clock import now
from app.db import db, transactional
from app.errors import Invalid
from app.models import User, UserTemplate
from app.services.accounts import licences, nodes, trial_length, users
from app.services.accounts.users import LANGUAGES, UserWish
from app.services.audit.record import Action, differences, record
from app.services.revisions import require_current
from app.vocabulary import LicenceKind, Product


@dataclass(frozen=True)
class TemplateWish:
    """What a form says about a template; without a product, no licence."""

    name: str
    timezone: str
    language: str
    product: Product | None = None
    licence_kind: LicenceKind | None = None

    def values(self) -> dict[str, Any]:
        """Checked and tidied. Raises Invalid."""
        if not self.name.strip():
            raise Invalid("Enter a name.", field="name")
        if self.timezone not in available_timezones():
            raise Invalid("Choose a timezone from the list.", field="timezone")
        if self.language not in LANGUAGES:
            raise Invalid("Choose a language from the list.", field="language")
        if self.product and self.licence_kind not in {LicenceKind.PERMANENT, LicenceKind.TRIAL}:
            raise Invalid("Choose a permanent licence or a trial.", field="licence_kind")
        kind = self.licence_kind if self.product else None
        return {**asdict(self), "name": self.name.strip(), "licence_kind": kind}


def usable(scope: Scope) -> list[UserTemplate]:
    """The templates at this place and above it, the nearest first. Raises NotFound."""
    query = upwards(UserTemplate, node_of(scope)).order_by(UserTemplate.name, UserTemplate.id)
    return sorted(db.session.scalars(query), key=lambda one: -len(branch(one)))


def one(scope: Scope, template_id: int) -> UserTemplate:
    """A template at exactly this place. Raises NotFound."""
    row = db.session.scalar(at(UserTemplate, scope).where(UserTemplate.id == template_id))
    if row is None:
        raise missing(UserTemplate, template_id)
    return row


@transactional
def create(actor: Actor, scope: Scope, wish: TemplateWish) -> UserTemplate:
    """Add a template at a place. Raises Invalid, Closed, NotFound."""
    row = UserTemplate(**wish.values(), **branch(nodes.open_node(scope)))
    db.session.add(row)
    record(actor, Action.TEMPLATE_CREATED, row, **_told(wish.values()))
    return row


@transactional
def change(actor: Actor, scope: Scope, template_id: int, wish: TemplateWish, *, seen: int) -> UserTemplate:
    """Change a template as it was at revision `seen`. Raises Invalid, ChangedMeanwhile, NotFound."""
    row = one(scope, template_id)
    require_current(row, seen)
    changes = differences(row, wanted := wish.values())
    if changes:
        for name, value in wanted.items():
            setattr(row, name, value)
        row.revision += 1
        record(actor, Action.TEMPLATE_CHANGED, row, **changes)
    return row


@transactional
def delete(actor: Actor, scope: Scope, template_id: int) -> None:
    """Users made from it stay as they are. Raises NotFound."""
    row = one(scope, template_id)
    record(actor, Action.TEMPLATE_DELETED, row)
    db.session.delete(row)


@transactional
def create_user(actor: Actor, group: Scope, wish: UserWish, template_id: int | None = None) -> User:
    """Add a user, with the licence of a template. Raises what `users.create` raises, and Invalid."""
    user = users.create(actor, group, wish)
    if template_id:
        template = next((one for one in usable(group) if one.id == template_id), None)
        if template is None:
            raise Invalid("This template is gone. Choose another one.", field="template_id")
        _grant(actor, user, template)
    return user


def _grant(actor: Actor, user: User, template: UserTemplate) -> None:
    if template.product is None or template.licence_kind is None:
        return
    expires_at = None
    if template.licence_kind is LicenceKind.TRIAL:
        days = trial_length.effective(place_of(user)).days
        if not days:
            return  # no trials at this place
        expires_at = now() + dt.timedelta(days=days)
    licences.grant(actor, user.id, template.product, template.licence_kind, expires_at)


def _told(values: dict[str, Any]) -> dict[str, Any]:
    """For the history: the name is the target's already."""
    return {name: value for name, value in values.items() if name != "name" and value is not None}
