"""Calls of a carrier that did not become a message at once."""

import datetime as dt

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, EncryptedBytes, EncryptedText
from app.models.tenancy import InTree
from app.vocabulary import CallFault


class QuarantinedMessage(InTree, Base):
    """An inbound message whose number has no assignment, kept 7 days, unread (D12).

    A replayed one stays for the rest of the 7 days without its payload, and is never replayed again.
    """

    __tablename__ = "quarantined_messages"
    __table_args__ = (
        UniqueConstraint("platform_id", "carrier_reference", "number"),
        ForeignKeyConstraint(["platform_id", "provider_id"], ["platforms.id", "platforms.provider_id"]),
        Index("ix_quarantined_messages_number", "number", "platform_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(index=True)
    platform_id: Mapped[int] = mapped_column(ForeignKey("platforms.id"))
    carrier_reference: Mapped[str] = mapped_column(String(128))
    number: Mapped[str] = mapped_column(String(64))
    payload: Mapped[str | None] = mapped_column(EncryptedText)
    received_at: Mapped[dt.datetime] = mapped_column(default=now, index=True)
    replayed_at: Mapped[dt.datetime | None]


class RefusedCall(InTree, Base):
    """A call that was refused: raw and encrypted, kept 7 days, and a person can replay it (D27, D34).

    `was_accepted`: it was settled all the same, because signatures are only observed. `is_signed`: its
    signature was right, and the refusal had another reason.
    """

    __tablename__ = "refused_calls"
    __table_args__ = (
        ForeignKeyConstraint(["platform_id", "provider_id"], ["platforms.id", "platforms.provider_id"]),
        Index("ix_refused_calls_platform_id_id", "platform_id", "id"),
        Index(
            "ix_refused_calls_wanted",
            "id",
            postgresql_where=text("replay_wanted_at IS NOT NULL AND replayed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(index=True)
    platform_id: Mapped[int]
    fault: Mapped[CallFault]
    was_accepted: Mapped[bool] = mapped_column(default=False)
    is_signed: Mapped[bool] = mapped_column(default=False)
    address: Mapped[str] = mapped_column(String(64), default="")
    payload: Mapped[bytes | None] = mapped_column(EncryptedBytes)  # the body as it came
    received_at: Mapped[dt.datetime] = mapped_column(default=now, index=True)
    replay_wanted_at: Mapped[dt.datetime | None]  # by a person; a job does it
    replayed_at: Mapped[dt.datetime | None]
    tries: Mapped[int] = mapped_column(default=0)


class CallCount(Base):
    """How many calls of a platform were refused, or only observed, on one day (UTC)."""

    __tablename__ = "call_counts"
    __table_args__ = (UniqueConstraint("platform_id", "day", "fault", "was_accepted"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    platform_id: Mapped[int] = mapped_column(ForeignKey("platforms.id"))
    day: Mapped[dt.date]
    fault: Mapped[CallFault]
    was_accepted: Mapped[bool]
    count: Mapped[int] = mapped_column(default=0)


class SeenCall(Base):
    """A message ID that came to the legacy address, and what it was about, as keyed digests; kept 30 days.

    The signature does not cover the body there, and no header is required: a message ID that comes again with
    other content is not the carrier's retry (adr/0021).
    """

    __tablename__ = "seen_calls"

    platform_id: Mapped[int] = mapped_column(ForeignKey("platforms.id"), primary_key=True)
    message_id_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    content_digest: Mapped[str] = mapped_column(String(64))
    seen_at: Mapped[dt.datetime] = mapped_column(default=now, index=True)


class UnsettledEvent(Base):
    """A verified call of the carrier that we failed to settle: answered, kept, tried again by a job."""

    __tablename__ = "unsettled_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    platform_id: Mapped[int] = mapped_column(ForeignKey("platforms.id"))
    payload: Mapped[str] = mapped_column(EncryptedText)
    is_unsigned: Mapped[bool] = mapped_column(default=False)
    received_at: Mapped[dt.datetime] = mapped_column(default=now, index=True)
    tries: Mapped[int] = mapped_column(default=0)
