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
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from app.clock import now
from app.db import Base, EncryptedText
from app.digests import keyed_digest
from app.models.audited import Audited, Revised
from app.models.contact_center import MediaStream
from app.models.tenancy import (
    AtNode,
    InTree,
    Provider,
    User,
    node_branch,
    one_holder,
    stream_branch,
    user_branch,
)
from app.vocabulary import (
    AssignmentState,
    BulkState,
    CarrierName,
    Channel,
    FailureKind,
    OptIn,
    RowOutcome,
    SignatureMode,
)

_NOT_ENDED = text("ended_at IS NULL")
_NOT_DELETED = text("deleted_at IS NULL")
RECEIVER_PATH, ACCOUNT = "receiver path", "account"  # purposes of digests


class Platform(Audited, Revised, InTree, Base):
    """A provider's account at a carrier (S1, S2). A deleted one stays, without keys (D5).

    The key in the path of its receiver is a secret like the others: it is stored encrypted, and found by a
    keyed digest. The account has a digest, too: the same one cannot be added twice to a provider (D36).
    """

    __tablename__ = "platforms"
    __table_args__ = (
        UniqueConstraint("id", "provider_id"),
        # D36: these two decide when two administrators are quick; services compare names in any case.
        Index(
            "uq_platforms_provider_id_name",
            "provider_id",
            "name",
            unique=True,
            postgresql_where=_NOT_DELETED,
        ),
        Index(
            "uq_platforms_provider_id_account",
            "provider_id",
            "carrier",
            "account_digest",
            unique=True,
            postgresql_where=_NOT_DELETED,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("providers.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    carrier: Mapped[CarrierName]
    channel: Mapped[Channel] = mapped_column(default=Channel.SMS)
    receiver_path_key: Mapped[str] = mapped_column(EncryptedText)
    receiver_path_digest: Mapped[str] = mapped_column(String(64), unique=True)
    account_key: Mapped[str | None] = mapped_column(EncryptedText)
    account_digest: Mapped[str | None] = mapped_column(String(64))
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
    texts_per_minute: Mapped[int | None]  # D14: None follows the provider
    signature_mode: Mapped[SignatureMode] = mapped_column(default=SignatureMode.ENFORCE)
    accepts_legacy: Mapped[bool] = mapped_column(default=False)  # calls at the address of older registrations
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    deleted_at: Mapped[dt.datetime | None]

    @validates("receiver_path_key", "account_key")
    def _digest(self, name: str, value: str | None) -> str | None:
        """A secret and its digest are set together, so none can be forgotten."""
        if name == "receiver_path_key" and value is not None:
            self.receiver_path_digest = keyed_digest(RECEIVER_PATH, value)
        if name == "account_key":
            self.account_digest = None if value is None else keyed_digest(ACCOUNT, value)
        return value


class Assignment(Audited, Revised, InTree, Base):
    """A number in somebody's hands. Ended rows stay: they were charged for (D4)."""

    __tablename__ = "assignments"
    __table_args__ = (
        # D1: one number, one active assignment in the whole cloud.
        Index(
            "uq_assignments_number_active",
            "number",
            unique=True,
            postgresql_where=_NOT_ENDED,
        ),
        Index("ix_assignments_provider_id_number_id", "provider_id", "number", "id"),
        Index("ix_assignments_reseller_id_number_id", "reseller_id", "number", "id"),
        Index("ix_assignments_group_id_number_id", "group_id", "number", "id"),
        Index("ix_assignments_user_id_number_id", "user_id", "number", "id"),
        Index("ix_assignments_stream_id_number_id", "stream_id", "number", "id"),
        Index("ix_assignments_number_id", "number", "id"),
        # S15: the other orders of the list, where it can be long.
        Index("ix_assignments_provider_id_holder_name_id", "provider_id", "holder_name", "id"),
        Index("ix_assignments_provider_id_shown_name_id", "provider_id", "shown_name", "id"),
        Index("ix_assignments_provider_id_ended_at_id", "provider_id", "ended_at", "id"),
        Index("ix_assignments_reseller_id_holder_name_id", "reseller_id", "holder_name", "id"),
        Index("ix_assignments_reseller_id_shown_name_id", "reseller_id", "shown_name", "id"),
        Index("ix_assignments_reseller_id_ended_at_id", "reseller_id", "ended_at", "id"),
        Index("ix_assignments_holder_name_id", "holder_name", "id"),
        Index("ix_assignments_shown_name_id", "shown_name", "id"),
        Index("ix_assignments_ended_at_id", "ended_at", "id"),
        Index("ix_assignments_state_number_id", "state", "number", "id"),  # filters that few fit
        Index(
            "ix_assignments_sms",
            "number",
            "id",
            postgresql_where=text("mms IS false"),
        ),
        # A part of a word anywhere in it.
        Index(
            "ix_assignments_search_text",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
        Index(
            "ix_assignments_due",
            "state",
            "due_at",
            postgresql_where=text("state IN ('provisioning', 'releasing')"),
        ),
        UniqueConstraint("id", "user_id", "group_id", "reseller_id", "provider_id"),
        UniqueConstraint("id", "stream_id", "group_id", "reseller_id", "provider_id"),
        user_branch(),
        stream_branch(),
        one_holder(),
        ForeignKeyConstraint(["platform_id", "provider_id"], ["platforms.id", "platforms.provider_id"]),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int]
    reseller_id: Mapped[int]
    group_id: Mapped[int]
    user_id: Mapped[int | None]
    stream_id: Mapped[int | None]
    platform_id: Mapped[int] = mapped_column(index=True)
    number: Mapped[str] = mapped_column(String(16))  # E.164
    friendly_name: Mapped[str | None] = mapped_column(String(120))
    mms: Mapped[bool | None]  # S9: None follows the platform
    user_can_block: Mapped[bool | None]  # S9: None follows the platform
    # For lists (S15): the holder's name, the friendly name or else the number, and all that is searched.
    holder_name: Mapped[str] = mapped_column(String(120), default="")
    shown_name: Mapped[str] = mapped_column(String(120), default="")
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
    provider: Mapped[Provider] = relationship(
        lazy="raise_on_sql",
        viewonly=True,
        primaryjoin=lambda: Assignment.provider_id == Provider.id,
        foreign_keys=lambda: Assignment.provider_id,
    )
    user: Mapped[User | None] = relationship(
        lazy="raise_on_sql",
        viewonly=True,
        primaryjoin=lambda: Assignment.user_id == User.id,
        foreign_keys=lambda: Assignment.user_id,
    )
    stream: Mapped[MediaStream | None] = relationship(
        lazy="raise_on_sql",
        viewonly=True,
        primaryjoin=lambda: Assignment.stream_id == MediaStream.id,
        foreign_keys=lambda: Assignment.stream_id,
    )

    @property
    def holder(self) -> User | MediaStream:
        """Whose number it is; the query must have loaded `user` and `stream`."""
        holder = self.user if self.user_id is not None else self.stream
        assert holder is not None  # noqa: S101 - the table holds exactly one
        return holder


class BulkRun(Audited, AtNode, Base):
    """A CSV of numbers for the users at a node and below: checked first, then assigned by a job."""

    __tablename__ = "bulk_runs"
    __table_args__ = (
        *node_branch(),
        ForeignKeyConstraint(["platform_id", "provider_id"], ["platforms.id", "platforms.provider_id"]),
        Index(
            "ix_bulk_runs_due",
            "due_at",
            postgresql_where=text("state IN ('checking', 'running')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))  # of the file
    platform_id: Mapped[int | None]
    state: Mapped[BulkState] = mapped_column(default=BulkState.CHECKING)
    # For whom the job acts: who uploaded it, then who started it. People can be deleted, the name stays.
    actor: Mapped[str] = mapped_column(String(254))
    actor_id: Mapped[int | None]
    total: Mapped[int]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
    due_at: Mapped[dt.datetime] = mapped_column(default=now)
    claim: Mapped[str | None] = mapped_column(String(32))
    claimed_until: Mapped[dt.datetime | None]


class BulkRow(Base):
    """One row of a CSV of numbers, as it was typed, and what became of it. Read through its run."""

    __tablename__ = "bulk_rows"
    __table_args__ = (
        UniqueConstraint("run_id", "ordinal"),
        Index("ix_bulk_rows_run_id_outcome", "run_id", "outcome"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("bulk_runs.id"))
    ordinal: Mapped[int]
    broadworks_id: Mapped[str] = mapped_column(String(200))
    number: Mapped[str] = mapped_column(String(60))
    friendly_name: Mapped[str] = mapped_column(String(200))
    messaging_type: Mapped[str] = mapped_column(String(40))
    outcome: Mapped[RowOutcome] = mapped_column(default=RowOutcome.UNCHECKED)
    words: Mapped[str] = mapped_column(String(300), default="")
    due_at: Mapped[dt.datetime] = mapped_column(default=now)
    tries: Mapped[int] = mapped_column(default=0)
    assignment_id: Mapped[int | None] = mapped_column(ForeignKey("assignments.id"))
