"""Conversations, their messages and files, and what happened to each."""

import datetime as dt

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, EncryptedText
from app.models.tenancy import OwnedByAssignment, assignment_branch
from app.vocabulary import (
    AttachmentState,
    AttemptOutcome,
    Channel,
    ConversationState,
    Direction,
    MessageState,
    Priority,
    SentAs,
    SuppressionReason,
    TextEncoding,
)


class Conversation(OwnedByAssignment, Base):
    """Messages between one of our numbers and one remote number."""

    __tablename__ = "conversations"
    __table_args__ = (
        *assignment_branch(),
        UniqueConstraint("assignment_id", "remote"),
        Index("ix_conversations_remote", "remote"),  # "why did this text not arrive?"
        Index(
            "ix_conversations_stream",
            "stream_id",
            "state",
            postgresql_where=text("stream_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    remote: Mapped[str] = mapped_column(String(64))
    state: Mapped[ConversationState | None]  # of a media stream's only (D18)
    last_message_at: Mapped[dt.datetime] = mapped_column(default=now)
    read_up_to: Mapped[int | None]  # id of the newest message that the user has read


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
        ),
        Index("ix_messages_reference", "platform_id", "carrier_reference"),
        UniqueConstraint("assignment_id", "client_ref"),
        Index("ix_messages_conversation_id_id", "conversation_id", "id"),
        Index(
            "ix_messages_stream",
            "stream_id",
            "created_at",
            postgresql_where=text("stream_id IS NOT NULL"),
        ),
        Index(
            "ix_messages_outbox",
            "state",
            "priority",
            "due_at",
            postgresql_where=text("state IN ('queued', 'claimed', 'sending', 'uncertain')"),
        ),
        # What waits or is sent in a conversation, however long the conversation is.
        Index(
            "ix_messages_under_way",
            "conversation_id",
            "id",
            postgresql_where=text("state IN ('queued', 'claimed', 'sending')"),
        ),
        # Lists of staff, newest first; and what needs somebody, however little of it there is.
        Index("ix_messages_provider_id_id", "provider_id", "id"),
        Index("ix_messages_reseller_id_id", "reseller_id", "id"),
        Index("ix_messages_group_id_id", "group_id", "id"),
        Index(
            "ix_messages_troubles",
            "id",
            postgresql_where=text("state IN ('failed', 'uncertain')"),
        ),
        # Uncertain sends: when the carrier's own records are looked at next (D13).
        Index(
            "ix_messages_search_due",
            "search_due_at",
            postgresql_where=text("search_due_at IS NOT NULL"),
        ),
        # What retention erases next, provider by provider.
        Index(
            "ix_messages_retention",
            "provider_id",
            "created_at",
            postgresql_where=text("erased_at IS NULL"),
        ),
        Index(
            "ix_messages_held",
            "assignment_id",
            "id",
            postgresql_where=text("direction = 'inbound' AND handed_over_at IS NULL"),
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
    folded_text: Mapped[str | None] = mapped_column(Text)  # for searches; None where it is ASCII
    # What left in place of `text`, when links were added to it (S21).
    sent_text: Mapped[str | None] = mapped_column(Text)
    sent_as: Mapped[SentAs | None]
    fallback_reason: Mapped[str] = mapped_column(String(300), default="")  # why a link and not MMS
    encoding: Mapped[TextEncoding | None]
    segments: Mapped[int | None]
    is_unsigned: Mapped[bool] = mapped_column(default=False)  # its signature was wrong, and only observed
    file_count: Mapped[int] = mapped_column(SmallInteger, default=0)  # rows of attachments; most have none
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
    requeued_at: Mapped[dt.datetime | None]  # when a person had it sent again (D13)
    priority: Mapped[int] = mapped_column(SmallInteger, default=Priority.ORDINARY)
    search_due_at: Mapped[dt.datetime | None]
    search_tries: Mapped[int] = mapped_column(default=0)


class Attachment(OwnedByAssignment, Base):
    """A file of a message: a client's upload (no message until it is used), or one of the carrier (D15-D17).

    The bytes are in the media store under `storage_key`, which is written down before they are; so nothing is
    ever in the store that no row knows. The row says who may have them and until when.
    """

    __tablename__ = "attachments"
    __table_args__ = (
        *assignment_branch(),
        UniqueConstraint("message_id", "position"),
        Index(
            "ix_attachments_due",
            "state",
            "due_at",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_attachments_unused",
            "created_at",
            postgresql_where=text("message_id IS NULL"),
        ),
        # Whose bytes are still to be taken out of the store.
        Index(
            "ix_attachments_erased",
            "id",
            postgresql_where=text("state = 'erased' AND storage_key IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    state: Mapped[AttachmentState]
    name: Mapped[str] = mapped_column(String(200), default="")
    content_type: Mapped[str] = mapped_column(String(100), default="")  # by content, not by name
    size: Mapped[int | None]  # bytes
    width: Mapped[int | None]
    height: Mapped[int | None]
    digest: Mapped[str] = mapped_column(String(64), default="")  # SHA-256, hex
    storage_key: Mapped[str | None] = mapped_column(String(200))
    thumbnail_key: Mapped[str | None] = mapped_column(String(200))
    link_token: Mapped[str | None] = mapped_column(String(64), unique=True)  # D16
    link_expires_at: Mapped[dt.datetime | None]
    source_url: Mapped[str | None] = mapped_column(EncryptedText)  # of the carrier's, until it is fetched
    reason: Mapped[str] = mapped_column(String(300), default="")
    due_at: Mapped[dt.datetime | None]
    claimed_until: Mapped[dt.datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)


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
