"""People who sign in, what lets them in, and the licences of users."""

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.db import Base, EncryptedText
from app.models.audited import Audited, Revised
from app.models.tenancy import AtNode, OwnedByUser, User, node_branch, user_branch
from app.vocabulary import LicenceKind, LinkPurpose, Product, Role


class PortalUser(Audited, Revised, AtNode, Base):
    """Somebody who signs in to the portal, at one node: the lowest of the three that is set (S6)."""

    __tablename__ = "portal_users"
    __table_args__ = node_branch()

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254), unique=True)  # as email_address.sign_in_form gives it
    # What an administrator typed instead: it takes the place of `email` when its link is opened.
    pending_email: Mapped[str | None] = mapped_column(String(254))
    pending_email_at: Mapped[dt.datetime | None]
    timezone: Mapped[str] = mapped_column(String(64), default="UTC")
    role: Mapped[Role] = mapped_column(default=Role.ADMINISTRATOR)
    send_technical_emails: Mapped[bool] = mapped_column(default=False)
    send_alerts: Mapped[bool] = mapped_column(default=False)
    send_invoices: Mapped[bool] = mapped_column(default=False)
    send_licence_expiry_alerts: Mapped[bool] = mapped_column(default=False)
    is_enabled: Mapped[bool] = mapped_column(default=True)
    accepted_at: Mapped[dt.datetime | None]
    password_hash: Mapped[str | None] = mapped_column(String(200))
    last_sign_in_at: Mapped[dt.datetime | None]
    # Wrong passwords and codes in a row, and until when nobody gets in.
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[dt.datetime | None]
    # The second factor (RFC 6238): asked for once it is confirmed; a step is accepted once.
    totp_secret: Mapped[str | None] = mapped_column(EncryptedText)
    totp_confirmed_at: Mapped[dt.datetime | None]
    totp_last_step: Mapped[int | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)


class KnownDevice(Base):
    """A browser or client with which somebody signed in fully: its wrong tries are counted apart.

    Only a digest of its token is kept. It stands for one portal user or one user, never for another.
    """

    __tablename__ = "known_devices"
    __table_args__ = (CheckConstraint("(portal_user_id IS NULL) <> (user_id IS NULL)", name="one_owner"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    portal_user_id: Mapped[int | None] = mapped_column(
        ForeignKey("portal_users.id", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)


class PortalSession(Base):
    """A portal user signed in with a browser. Only a digest of the cookie's token is kept."""

    __tablename__ = "portal_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    portal_user_id: Mapped[int] = mapped_column(ForeignKey("portal_users.id", ondelete="CASCADE"), index=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    address: Mapped[str] = mapped_column(String(64), default="")
    browser: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    last_seen_at: Mapped[dt.datetime] = mapped_column(default=now)
    confirmed_at: Mapped[dt.datetime] = mapped_column(default=now)  # when the password was last typed
    expires_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    known_device_id: Mapped[int | None] = mapped_column(
        ForeignKey("known_devices.id", ondelete="SET NULL"), index=True
    )


class RecoveryCode(Base):
    """Stands in once for a lost second factor. Only a digest is kept."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("portal_user_id", "code_digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    portal_user_id: Mapped[int] = mapped_column(ForeignKey("portal_users.id", ondelete="CASCADE"))
    code_digest: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[dt.datetime | None]


class Licence(Audited, Revised, OwnedByUser, Base):
    """A Unity licence of a user; a missing `expires_at` means permanent (D28). An ended one stays."""

    __tablename__ = "licences"
    __table_args__ = (
        user_branch(),
        # What runs out next: the end of trials, and the mails before an end.
        Index(
            "ix_licences_running_out",
            "expires_at",
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    product: Mapped[Product]
    kind: Mapped[LicenceKind]
    expires_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    user: Mapped[User] = relationship(viewonly=True)


class ClientSession(OwnedByUser, Base):
    """A signed-in Unity client. Only digests of its tokens are kept; a browser has none to refresh with."""

    __tablename__ = "client_sessions"
    __table_args__ = (user_branch(),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    # A new pair for each refresh. The family is what all refresh tokens of the session begin with: by it a
    # used one is known again, and ends the session.
    refresh_family_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    refresh_digest: Mapped[str | None] = mapped_column(String(64))
    refresh_expires_at: Mapped[dt.datetime | None]
    # The answer to this one may have been lost: it is answered again until then, or until the pair is used.
    previous_refresh_digest: Mapped[str | None] = mapped_column(String(64))
    repeatable_until: Mapped[dt.datetime | None]
    product: Mapped[Product]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    last_seen_at: Mapped[dt.datetime | None]  # written once a minute at most
    expires_at: Mapped[dt.datetime]  # of the token
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
    stranger_asked_at: Mapped[dt.datetime | None]  # asked for on a page, by no known device of its holder
