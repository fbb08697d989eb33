"""Contact centers of a group, their queues, and the media streams through which people reach them (S13)."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKeyConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, synonym

from app.clock import now
from app.db import Base
from app.models.audited import Audited, Revised
from app.models.tenancy import (
    NodeRow,
    OwnedByGroup,
    OwnedByUser,
    Searched,
    group_branch,
    user_branch,
)
from app.vocabulary import MediaType


class ContactCenter(Audited, Revised, OwnedByGroup, Searched, Base):
    __tablename__ = "contact_centers"
    __table_args__ = (group_branch(), UniqueConstraint("id", "group_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    closed_at: Mapped[dt.datetime | None]


class Queue(Audited, Revised, OwnedByGroup, Base):
    """A queue of a contact center; its members answer what comes in through its media streams."""

    __tablename__ = "queues"
    __table_args__ = (
        group_branch(),
        ForeignKeyConstraint(
            ["contact_center_id", "group_id"], ["contact_centers.id", "contact_centers.group_id"]
        ),
        UniqueConstraint("id", "group_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_center_id: Mapped[int] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    closed_at: Mapped[dt.datetime | None]


class QueueMember(Audited, OwnedByUser, Base):
    """A user of the same group who answers a queue, or supervises it (D22)."""

    __tablename__ = "queue_members"
    __table_args__ = (
        user_branch(),
        ForeignKeyConstraint(["queue_id", "group_id"], ["queues.id", "queues.group_id"]),
        UniqueConstraint("queue_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    queue_id: Mapped[int] = mapped_column(index=True)
    is_supervisor: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)


class InOfficeProfile(Audited, Revised, OwnedByGroup, Base):
    """When somebody is in: weekly hours and holidays (D20).

    `weekly_hours` holds `{"day": 0 to 6 from Monday, "opens": "09:00", "closes": "17:00"}`, several for a
    day where there is a break; `holidays` holds `{"date": "2026-12-25", "name": "Christmas"}`.
    """

    __tablename__ = "in_office_profiles"
    __table_args__ = (group_branch(), UniqueConstraint("id", "group_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    timezone: Mapped[str] = mapped_column(String(64))
    weekly_hours: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    holidays: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)


class MediaStream(Audited, Revised, NodeRow, OwnedByGroup, Searched, Base):
    """An entry point into a queue through one media type; the lowest node beside users (S13, S14)."""

    __tablename__ = "media_streams"
    __table_args__ = (
        group_branch(),
        UniqueConstraint("id", "group_id", "reseller_id", "provider_id"),
        ForeignKeyConstraint(["queue_id", "group_id"], ["queues.id", "queues.group_id"]),
        ForeignKeyConstraint(
            ["in_office_profile_id", "group_id"], ["in_office_profiles.id", "in_office_profiles.group_id"]
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    queue_id: Mapped[int] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(16), default="en")
    media_type: Mapped[MediaType]
    can_be_transferred: Mapped[bool] = mapped_column(default=True)
    can_be_escalated: Mapped[bool] = mapped_column(default=False)
    timezone: Mapped[str] = mapped_column(String(64))
    in_office_profile_id: Mapped[int | None] = mapped_column(index=True)
    use_last_agent: Mapped[bool] = mapped_column(default=False)
    reopen_on_reply: Mapped[bool] = mapped_column(default=False)
    reply_in_hours: Mapped[str] = mapped_column(Text, default="")
    stream_id: Mapped[int] = synonym("id")
