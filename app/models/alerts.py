import datetime as dt

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, EncryptedText
from app.vocabulary import MailFailure, MailKind, NoticeCause, NoticeState


class Notice(Base):
    """A mail in the outbox. Its words leave the row once it is sent: they may hold a one-time link."""

    __tablename__ = "notices"
    __table_args__ = (
        Index(
            "ix_notices_outbox",
            "state",
            "due_at",
            postgresql_where=text("state IN ('queued', 'sending')"),
        ),
        # How many mails were caused lately: to one address, by one person, at one provider.
        Index("ix_notices_recipient_key_created_at", "recipient_key", "created_at"),
        Index("ix_notices_caused_by_id_created_at", "caused_by_id", "created_at"),
        Index("ix_notices_provider_id_created_at", "provider_id", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dedup_key: Mapped[str] = mapped_column(String(200), unique=True)  # D8: never twice for one answer
    recipient: Mapped[str] = mapped_column(String(254))
    recipient_key: Mapped[str] = mapped_column(String(254), default="")  # email_address.sign_in_form of it
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str | None] = mapped_column(EncryptedText)
    letterhead: Mapped[dict[str, str] | None] = mapped_column(JSON)  # the brand of the recipient
    kind: Mapped[MailKind] = mapped_column(default=MailKind.OTHER)
    # Whose page shows what became of it: the portal user or the user to whom it goes.
    portal_user_id: Mapped[int | None] = mapped_column(
        ForeignKey("portal_users.id", ondelete="SET NULL"), index=True
    )
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    # Who caused it, for the limits; `caused_by_id` is a portal user, who may be deleted meanwhile.
    cause: Mapped[NoticeCause] = mapped_column(default=NoticeCause.PORTAL)
    caused_by_id: Mapped[int | None]
    provider_id: Mapped[int | None]
    state: Mapped[NoticeState] = mapped_column(default=NoticeState.QUEUED)
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[dt.datetime] = mapped_column(default=now)
    claimed_until: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    sent_at: Mapped[dt.datetime | None]
    failure: Mapped[MailFailure | None]  # why it did not leave, or did not leave yet
    failed_at: Mapped[dt.datetime | None]
    answer: Mapped[str] = mapped_column(String(200), default="")  # the mail server's own words
