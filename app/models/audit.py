import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base
from app.models.tenancy import InTree


class AuditEntry(InTree, Base):
    """One line of a History Log: who did what to what, from what to what. Secrets never enter."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_provider_id_id", "provider_id", "id"),
        Index("ix_audit_entries_reseller_id_id", "reseller_id", "id"),
        Index("ix_audit_entries_group_id_id", "group_id", "id"),
        Index("ix_audit_entries_user_id_id", "user_id", "id"),
        Index("ix_audit_entries_stream_id_id", "stream_id", "id"),
        Index("ix_audit_entries_target", "target_kind", "target_id", "id"),
        Index("ix_audit_entries_at", "at"),
        Index("ix_audit_entries_action_id", "action", "id"),
        # A part of a word anywhere in them.
        Index(
            "ix_audit_entries_words",
            "actor",
            "target",
            postgresql_using="gin",
            postgresql_ops={"actor": "gin_trgm_ops", "target": "gin_trgm_ops"},
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(default=now)
    actor: Mapped[str] = mapped_column(String(254))
    action: Mapped[str] = mapped_column(String(60))
    target_kind: Mapped[str] = mapped_column(String(40))
    target_id: Mapped[int | None]
    target: Mapped[str] = mapped_column(String(254))
    change: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("providers.id"))
    reseller_id: Mapped[int | None] = mapped_column(ForeignKey("resellers.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    stream_id: Mapped[int | None] = mapped_column(ForeignKey("media_streams.id"))
