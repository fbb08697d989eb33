"""People who sign in, what lets them in, and the licences of users."""

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base
from app.models.audited import Audited
from app.models.tenancy import InTree, OwnedByUser, user_branch
from app.vocabulary import LicenceKind, LinkPurpose, Product, Role


class PortalUser(Audited, InTree, Base):
    """Somebody who signs in to the portal, at one node: the lowest of the three that is set (S6)."""

    __tablename__ = "portal_users"
    __table_args__ = (
        ForeignKeyConstraint(["reseller_id", "provider_id"], ["resellers.id", "resellers.provider_id"]),
        ForeignKeyConstraint(
            ["group_id", "reseller_id", "provider_id"],
            ["groups.id", "groups.reseller_id", "groups.provider_id"],
        ),
        CheckConstraint("group_id IS NULL OR reseller_id IS NOT NULL", name="group_below_reseller"),
        CheckConstraint("reseller_id IS NULL OR provider_id IS NOT NULL", name="reseller_below_provider"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("providers.id"), index=True)
    reseller_id: Mapped[int | None] = mapped_column(index=True)
    group_id: Mapped[int | None] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254), unique=True)  # lower case
    timezone: Mapped[str] = mapped_column(String(64), default="UTC")
    role: Mapped[Role] = mapped_column(default=Role.ADMINISTRATOR)
    send_technical_emails: Mapped[bool] = mapped_column(default=False)
    send_alerts: Mapped[bool] = mapped_column(default=False)
    send_invoices: Mapped[bool] = mapped_column(default=False)
    send_licence_expiry_alerts: Mapped[bool] = mapped_column(default=False)
    is_enabled: Mapped[bool] = mapped_column(default=True)
    accepted_at: Mapped[dt.datetime | None]
    password_hash: Mapped[str | None] = mapped_column(String(200))
    session_key: Mapped[str] = mapped_column(String(40))  # changing it ends every session of this person
    last_sign_in_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)


class Licence(Audited, OwnedByUser, Base):
    """A Unity licence of a user; a missing `expires_at` means permanent (D28)."""

    __tablename__ = "licences"
    __table_args__ = (user_branch(),)

    id: Mapped[int] = mapped_column(primary_key=True)
    product: Mapped[Product]
    kind: Mapped[LicenceKind]
    expires_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)


class ClientSession(OwnedByUser, Base):
    """A signed-in Unity client. Only a digest of its token is kept."""

    __tablename__ = "client_sessions"
    __table_args__ = (user_branch(),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    expires_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]


class OneTimeLink(Base):
    """A mailed link that lets its holder set one password, once. Only a digest of its token is kept."""

    __tablename__ = "one_time_links"
    __table_args__ = (CheckConstraint("(portal_user_id IS NULL) <> (user_id IS NULL)", name="one_holder"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[LinkPurpose]
    portal_user_id: Mapped[int | None] = mapped_column(
        ForeignKey("portal_users.id", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]
