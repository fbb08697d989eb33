import datetime as dt

from sqlalchemy import JSON, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, EncryptedText
from app.vocabulary import NoticeState


class Notice(Base):
    """A mail in the outbox. Its words leave the row once it is sent: they may hold a one-time link."""

    __tablename__ = "notices"
    __table_args__ = (
        Index(
            "ix_notices_outbox",
            "state",
            "due_at",
            postgresql_where=text("state IN ('queued', 'sending')"),
            sqlite_where=text("state IN ('queued', 'sending')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dedup_key: Mapped[str] = mapped_column(String(200), unique=True)  # D8: never twice for one answer
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str | None] = mapped_column(EncryptedText)
    letterhead: Mapped[dict[str, str] | None] = mapped_column(JSON)  # the brand of the recipient
    state: Mapped[NoticeState] = mapped_column(default=NoticeState.QUEUED)
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[dt.datetime] = mapped_column(default=now)
    claimed_until: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    sent_at: Mapped[dt.datetime | None]
