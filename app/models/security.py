"""Refused requests, counted."""

import datetime as dt

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.vocabulary import ActorKind, SecurityEventKind


class SecurityEvent(Base):
    """How often something was refused to one account, from one network, in one hour.

    `actor` is a name of an account, or of an unknown sign-in name a keyed digest; `address` is an IPv4
    address or an IPv6 /64 network, "" for more than are told apart.
    """

    __tablename__ = "security_events"
    __table_args__ = (
        UniqueConstraint("hour", "kind", "address", "actor_kind", "actor"),
        Index("ix_security_events_hour_id", "hour", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    hour: Mapped[dt.datetime]  # its beginning, UTC
    kind: Mapped[SecurityEventKind]
    address: Mapped[str] = mapped_column(String(64))
    actor_kind: Mapped[ActorKind]
    actor: Mapped[str] = mapped_column(String(254))
    actor_id: Mapped[int | None]  # of the portal user or the user; no key, since the account may go before
    count: Mapped[int]
    last_route: Mapped[str] = mapped_column(String(80), default="")  # which address of ours was asked last
    first_at: Mapped[dt.datetime]
    last_at: Mapped[dt.datetime]


class SecurityAlert(Base):
    """The latest time that a kind was above its threshold: one mail an episode."""

    __tablename__ = "security_alerts"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[SecurityEventKind] = mapped_column(unique=True)
    began_at: Mapped[dt.datetime]
    last_over_at: Mapped[dt.datetime]
