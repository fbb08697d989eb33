"""Platforms and the numbers that hang on them."""

import datetime as dt

from sqlalchemy import (
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.db import Base, EncryptedText
from app.models.audited import Audited
from app.models.tenancy import InTree, User, user_branch
from app.vocabulary import AssignmentState, CarrierName, Channel, FailureKind, OptIn

_NOT_ENDED = text("ended_at IS NULL")


class Platform(Audited, InTree, Base):
    """A provider's account at a carrier (S1, S2). A deleted one stays, without keys (D5)."""

    __tablename__ = "platforms"
    __table_args__ = (UniqueConstraint("id", "provider_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("providers.id"), index=True)
    carrier: Mapped[CarrierName]
    channel: Mapped[Channel] = mapped_column(default=Channel.SMS)
    receiver_path_key: Mapped[str] = mapped_column(String(64), unique=True)
    account_key: Mapped[str | None] = mapped_column(EncryptedText)
    token_secret: Mapped[str | None] = mapped_column(EncryptedText)
    outbound_api_key: Mapped[str | None] = mapped_column(EncryptedText)
    receiver_header_key: Mapped[str | None] = mapped_column(EncryptedText)
    # D27: the pair before this one stays valid at the receiver until every number is registered anew.
    previous_outbound_api_key: Mapped[str | None] = mapped_column(EncryptedText)
    previous_receiver_header_key: Mapped[str | None] = mapped_column(EncryptedText)
    key_version: Mapped[int] = mapped_column(default=1)
    user_confirmation_required: Mapped[bool] = mapped_column(default=True)
    user_can_block: Mapped[bool] = mapped_column(default=True)
    mms_available: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    deleted_at: Mapped[dt.datetime | None]


class Assignment(Audited, InTree, Base):
    """A number in somebody's hands. Ended rows stay: they were charged for (D4)."""

    __tablename__ = "assignments"
    __table_args__ = (
        # D1: one number, one active assignment in the whole cloud.
        Index(
            "uq_assignments_number_active",
            "number",
            unique=True,
            postgresql_where=_NOT_ENDED,
            sqlite_where=_NOT_ENDED,
        ),
        Index("ix_assignments_provider_id_number_id", "provider_id", "number", "id"),
        Index("ix_assignments_reseller_id_number_id", "reseller_id", "number", "id"),
        Index("ix_assignments_group_id_number_id", "group_id", "number", "id"),
        Index("ix_assignments_user_id_number_id", "user_id", "number", "id"),
        Index("ix_assignments_number_id", "number", "id"),
        Index(
            "ix_assignments_due",
            "state",
            "due_at",
            postgresql_where=text("state IN ('provisioning', 'releasing')"),
            sqlite_where=text("state IN ('provisioning', 'releasing')"),
        ),
        UniqueConstraint("id", "user_id", "group_id", "reseller_id", "provider_id"),
        user_branch(),
        ForeignKeyConstraint(["platform_id", "provider_id"], ["platforms.id", "platforms.provider_id"]),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int]
    reseller_id: Mapped[int]
    group_id: Mapped[int]
    user_id: Mapped[int]
    platform_id: Mapped[int] = mapped_column(index=True)
    number: Mapped[str] = mapped_column(String(16))  # E.164
    friendly_name: Mapped[str | None] = mapped_column(String(120))
    mms: Mapped[bool | None]  # S9: None follows the platform
    user_can_block: Mapped[bool | None]  # S9: None follows the platform
    search_text: Mapped[str] = mapped_column(String(400), default="")
    state: Mapped[AssignmentState] = mapped_column(default=AssignmentState.PROVISIONING)
    failure_kind: Mapped[FailureKind | None]
    failure_reason: Mapped[str] = mapped_column(String(300), default="")
    takes_over: Mapped[bool] = mapped_column(default=False)  # D2: staff pressed Take over
    registered_key_version: Mapped[int | None]  # D27
    started_at: Mapped[dt.datetime] = mapped_column(default=now)
    release_requested_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    opt_in: Mapped[OptIn]
    opt_in_at: Mapped[dt.datetime | None]
    # The work at the carrier: when it is due, who has it until when, how often it was tried.
    due_at: Mapped[dt.datetime] = mapped_column(default=now)
    claim: Mapped[str | None] = mapped_column(String(32))
    claimed_until: Mapped[dt.datetime | None]
    tries: Mapped[int] = mapped_column(default=0)

    platform: Mapped[Platform] = relationship(
        lazy="raise_on_sql",
        viewonly=True,
        primaryjoin=lambda: Assignment.platform_id == Platform.id,
        foreign_keys=lambda: Assignment.platform_id,
    )
    user: Mapped[User] = relationship(
        lazy="raise_on_sql",
        viewonly=True,
        primaryjoin=lambda: Assignment.user_id == User.id,
        foreign_keys=lambda: Assignment.user_id,
    )
