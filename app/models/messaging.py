"""Conversations, their messages, and what happened to each."""

import datetime as dt

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, EncryptedText
from app.models.tenancy import OwnedByAssignment, assignment_branch
from app.vocabulary import (
    AttemptOutcome,
    Channel,
    ConversationState,
    Direction,
    MessageState,
    OptIn,
    SuppressionReason,
)


class Conversation(OwnedByAssignment, Base):
    """Messages between one of our numbers and one remote number."""

    __tablename__ = "conversations"
    __table_args__ = (
        *assignment_branch(),
        UniqueConstraint("assignment_id", "remote"),
        Index(
            "ix_conversations_stream",
            "stream_id",
            "state",
            postgresql_where=text("stream_id IS NOT NULL"),
            sqlite_where=text("stream_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    remote: Mapped[str] = mapped_column(String(64))
    state: Mapped[ConversationState | None]  # of a media stream's only (D18)
    last_message_at: Mapped[dt.datetime] = mapped_column(default=now)


class Message(OwnedByAssignment, Base):
    """One text or picture, in or out. An erased one stays without words, so that a retry is still known."""

    __tablename__ = "messages"
    __table_args__ = (
        *assignment_branch(),
        # The same webhook again is the same message; never compared by text.
        Index(
            "uq_messages_inbound_reference",
            "platform_id",
            "carrier_reference",
            "number",
            unique=True,
            postgresql_where=text("direction = 'inbound'"),
            sqlite_where=text("direction = 'inbound'"),
        ),
        Index("ix_messages_reference", "platform_id", "carrier_reference"),
        UniqueConstraint("assignment_id", "client_ref"),
        Index("ix_messages_conversation_id_id", "conversation_id", "id"),
        Index(
            "ix_messages_stream",
            "stream_id",
            "created_at",
            postgresql_where=text("stream_id IS NOT NULL"),
            sqlite_where=text("stream_id IS NOT NULL"),
        ),
        Index(
            "ix_messages_outbox",
            "state",
            "due_at",
            postgresql_where=text("state IN ('queued', 'claimed', 'sending', 'uncertain')"),
            sqlite_where=text("state IN ('queued', 'claimed', 'sending', 'uncertain')"),
        ),
        Index(
            "ix_messages_held",
            "assignment_id",
            "id",
            postgresql_where=text("direction = 'inbound' AND handed_over_at IS NULL"),
            sqlite_where=text("direction = 'inbound' AND handed_over_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id", ondelete="SET NULL"))
    platform_id: Mapped[int] = mapped_column(ForeignKey("platforms.id"))
    channel: Mapped[Channel] = mapped_column(default=Channel.SMS)
    direction: Mapped[Direction]
    state: Mapped[MessageState]
    reason: Mapped[str] = mapped_column(String(300), default="")
    number: Mapped[str] = mapped_column(String(16))  # ours
    remote: Mapped[str | None] = mapped_column(String(64))
    other_recipients: Mapped[list[str]] = mapped_column(JSON, default=list)  # D30
    text: Mapped[str | None] = mapped_column(Text)
    media_urls: Mapped[list[str]] = mapped_column(JSON, default=list)
    carrier_reference: Mapped[str | None] = mapped_column(String(128))
    client_ref: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    handed_over_at: Mapped[dt.datetime | None]  # inbound: when the client could see it (D7, D28)
    sent_at: Mapped[dt.datetime | None]
    settled_at: Mapped[dt.datetime | None]
    erased_at: Mapped[dt.datetime | None]
    # The outbox: when it is due, who has it until when, how often it was tried.
    due_at: Mapped[dt.datetime | None]
    claim: Mapped[str | None] = mapped_column(String(32))
    claimed_until: Mapped[dt.datetime | None]
    tries: Mapped[int] = mapped_column(default=0)


class Attempt(Base):
    """One request to the carrier for one message (D13)."""

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("message_id", "ordinal"),
        Index("ix_attempts_number", "assignment_id", "started_at"),  # D14
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"))
    assignment_id: Mapped[int | None]  # whose pace it counts for; None in rows from before there was one
    ordinal: Mapped[int]
    started_at: Mapped[dt.datetime] = mapped_column(default=now)
    finished_at: Mapped[dt.datetime | None]
    outcome: Mapped[AttemptOutcome] = mapped_column(default=AttemptOutcome.STARTED)
    platform_id: Mapped[int] = mapped_column(ForeignKey("platforms.id"))
    carrier_reference: Mapped[str | None] = mapped_column(String(128), index=True)
    detail: Mapped[str] = mapped_column(String(300), default="")


class Receipt(Base):
    """What the carrier said became of a text; one message gets several. No `message_id` while unknown."""

    __tablename__ = "receipts"
    __table_args__ = (
        UniqueConstraint("platform_id", "carrier_reference", "remote", "stat"),
        Index(
            "ix_receipts_unknown",
            "received_at",
            postgresql_where=text("message_id IS NULL"),
            sqlite_where=text("message_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    platform_id: Mapped[int] = mapped_column(ForeignKey("platforms.id"))
    carrier_reference: Mapped[str] = mapped_column(String(128))
    number: Mapped[str] = mapped_column(String(64))  # ours, where it could be told
    remote: Mapped[str] = mapped_column(String(64))
    stat: Mapped[str] = mapped_column(String(20))
    delivered: Mapped[bool | None]
    received_at: Mapped[dt.datetime] = mapped_column(default=now)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"), index=True)


class Suppression(OwnedByAssignment, Base):
    """A text that was not handed over, without its sender, words or pictures (D9)."""

    __tablename__ = "suppressions"
    __table_args__ = (
        *assignment_branch(),
        UniqueConstraint("platform_id", "carrier_reference", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    platform_id: Mapped[int] = mapped_column(ForeignKey("platforms.id"))
    carrier_reference: Mapped[str] = mapped_column(String(128))
    number: Mapped[str] = mapped_column(String(16))
    reason: Mapped[SuppressionReason]
    at: Mapped[dt.datetime] = mapped_column(default=now)


class QuarantinedMessage(Base):
    """An inbound message whose number has no assignment, kept 7 days, unread (D12)."""

    __tablename__ = "quarantined_messages"
    __table_args__ = (UniqueConstraint("platform_id", "carrier_reference", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    platform_id: Mapped[int] = mapped_column(ForeignKey("platforms.id"))
    carrier_reference: Mapped[str] = mapped_column(String(128))
    number: Mapped[str] = mapped_column(String(64))
    payload: Mapped[str] = mapped_column(EncryptedText)
    received_at: Mapped[dt.datetime] = mapped_column(default=now, index=True)


class UnsettledEvent(Base):
    """A verified call of the carrier that we failed to settle: answered, kept, tried again by a job."""

    __tablename__ = "unsettled_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    platform_id: Mapped[int] = mapped_column(ForeignKey("platforms.id"))
    payload: Mapped[str] = mapped_column(EncryptedText)
    received_at: Mapped[dt.datetime] = mapped_column(default=now, index=True)
    tries: Mapped[int] = mapped_column(default=0)


class Block(OwnedByAssignment, Base):
    """A remote number that the user does not want to hear from (S23)."""

    __tablename__ = "blocks"
    __table_args__ = (*assignment_branch(), UniqueConstraint("assignment_id", "remote"))

    id: Mapped[int] = mapped_column(primary_key=True)
    remote: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[dt.datetime] = mapped_column(default=now)


class OptInEvidence(OwnedByAssignment, Base):
    """Each step of a user's consent to a number: who, when, from where, to which words (D7, S16)."""

    __tablename__ = "opt_in_evidence"
    __table_args__ = assignment_branch()

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[OptIn]
    at: Mapped[dt.datetime] = mapped_column(default=now)
    by: Mapped[str] = mapped_column(String(254))
    address: Mapped[str] = mapped_column(String(64), default="")
    prompt: Mapped[str] = mapped_column(String(300), default="")
