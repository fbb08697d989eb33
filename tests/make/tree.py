"""Providers, resellers, groups and users."""

from __future__ import annotations

from typing import Any

from app.access.scope import branch
from app.models import Group, Provider, Reseller, User
from tests.make.rows import kept, serial


def provider(**fields: Any) -> Provider:
    return kept(Provider(**{"name": "Telco", **fields}))


def reseller(above: Any = None, **fields: Any) -> Reseller:
    return kept(Reseller(**{"name": "North", **branch(above or provider()), **fields}))


def group(above: Any = None, **fields: Any) -> Group:
    """Below a reseller; a provider gets one made."""
    if above is None or isinstance(above, Provider):
        above = reseller(above)
    return kept(Group(**{"name": "Sales", **branch(above), **fields}))


def user(above: Any = None, **fields: Any) -> User:
    """Below a group; what is higher up gets one made."""
    if not isinstance(above, Group):
        above = group(above)
    broadworks_id = fields.pop("broadworks_id", f"una{next(serial)}@example.com")
    given = {"name": "Una", "broadworks_id": broadworks_id, "broadworks_key": broadworks_id.lower()}
    return kept(User(**{**given, **branch(above), **fields}))
