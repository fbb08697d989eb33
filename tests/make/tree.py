"""Providers, resellers, groups and users."""

from __future__ import annotations

from typing import Any

from app.access.scope import branch
from app.models import (
    ContactCenter,
    Group,
    InOfficeProfile,
    MediaStream,
    Provider,
    Queue,
    QueueMember,
    Reseller,
    User,
    UserTemplate,
)
from app.vocabulary import MediaType
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


def contact_center(above: Any = None, **fields: Any) -> ContactCenter:
    return kept(ContactCenter(**{"name": "Front desk", **branch(above or group()), **fields}))


def queue(above: Any = None, **fields: Any) -> Queue:
    """Below a contact center; a group gets one made."""
    if not isinstance(above, ContactCenter):
        above = contact_center(above)
    return kept(Queue(**{"name": "Sales", "contact_center_id": above.id, **branch(above), **fields}))


def queue_member(of: Queue, who: User, **fields: Any) -> QueueMember:
    return kept(QueueMember(**{"queue_id": of.id, **branch(who), **fields}))


def in_office_profile(above: Any = None, **fields: Any) -> InOfficeProfile:
    """Monday to Friday, nine to five."""
    hours = [{"day": day, "opens": "09:00", "closes": "17:00"} for day in range(5)]
    given = {"name": "Office", "timezone": "America/New_York", "weekly_hours": hours, "holidays": []}
    return kept(InOfficeProfile(**{**given, **branch(above or group()), **fields}))


def stream(above: Any = None, **fields: Any) -> MediaStream:
    """Below a queue; a group gets one made."""
    if not isinstance(above, Queue):
        above = queue(above)
    given = {"name": "Sales texts", "queue_id": above.id, "media_type": MediaType.SMS, "timezone": "UTC"}
    return kept(MediaStream(**{**given, **branch(above), **fields}))


def user_template(above: Any = None, **fields: Any) -> UserTemplate:
    given = {"name": "Front office", "timezone": "America/Chicago", "language": "es"}
    return kept(UserTemplate(**{**given, **branch(above or provider()), **fields}))
