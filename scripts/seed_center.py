"""The contact center of the demonstration data: a queue that two people answer, and its media stream."""

from __future__ import annotations

import datetime as dt

from app.access.policy import SYSTEM
from app.access.scope import EVERYTHING, Scope, place_of, visible
from app.carriers.base import InboundMessage
from app.db import db
from app.models import ContactCenter, Group, Platform, User
from app.services.contact_center import centers, members, profiles, streams
from app.services.contact_center.profiles import Holiday, Hours, ProfileWish
from app.services.contact_center.streams import StreamWish
from app.services.messaging.inbound.process import process
from app.services.provisioning import enabling
from app.services.provisioning.assignment import NumberWish
from app.vocabulary import Level

GROUP, NUMBER, ZONE = "Harbor Logistics", "2019920704", "America/New_York"
PEOPLE = {"gus@demo.example": True, "hana@demo.example": False}  # who supervises
WAITING = ("2125550142", "Where is my delivery? It was to come this morning.")
WORKDAY, SATURDAY = (("07:00", "12:00"), ("12:45", "18:00")), Hours(5, "08:00", "12:00")
HOURS = (*(Hours(day, *span) for day in range(5) for span in WORKDAY), SATURDAY)


def contact_center(platform: Platform) -> None:
    """Made once; what is there stays."""
    group = db.session.scalars(visible(Group, EVERYTHING).filter_by(name=GROUP)).one()
    scope = Scope(Level.GROUP, group.id)
    if db.session.scalar(visible(ContactCenter, scope).limit(1)):
        return
    platform_id = platform.id
    holidays = (
        Holiday(dt.date.fromisoformat("2026-12-25"), "Christmas Day"),
        Holiday(dt.date.fromisoformat("2027-01-01"), "New Year's Day"),
    )
    profile = profiles.create(SYSTEM, scope, ProfileWish("Warehouse hours", ZONE, HOURS, holidays))
    center = centers.create(SYSTEM, scope, "Customer desk")
    queue = centers.create_queue(SYSTEM, scope, center.id, "Deliveries")
    queue_id, profile_id = queue.id, profile.id
    for user_id, is_supervisor in PEOPLE.items():
        user = db.session.scalars(visible(User, scope).filter_by(broadworks_id=user_id)).one()
        members.put(SYSTEM, scope, queue_id, user.id, is_supervisor=is_supervisor)
    stream = streams.create(
        SYSTEM,
        scope,
        queue_id,
        StreamWish(
            "Delivery texts",
            ZONE,
            media_type="sms",
            in_office_profile_id=profile_id,
            reply_in_hours="Thank you for your message. Somebody at the desk answers within the hour.",
        ),
        NumberWish(NUMBER, platform_id),
    )
    number = streams.number_of(place_of(stream))
    if number is not None:
        enabling.enable(number.id)
        message = InboundMessage("seed-center", f"+1{WAITING[0]}", (f"+1{NUMBER}",), WAITING[1])
        process(platform_id, message, {})
