"""What a node sets for itself and, until one below says otherwise, for everything below it."""

import datetime as dt
import secrets

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base
from app.models.audited import Audited, Revised
from app.models.tenancy import AtNode, InTree, node_branch, user_branch
from app.vocabulary import HostnameCheck, LicenceKind, Product


def _token() -> str:
    return secrets.token_hex(16)


class AutomaticAssignment(Audited, AtNode, Base):
    """The licence that a user gets when the trial of a product ends; without a product, none."""

    __tablename__ = "automatic_assignments"
    __table_args__ = node_branch()

    id: Mapped[int] = mapped_column(primary_key=True)
    trial_product: Mapped[Product]
    product: Mapped[Product | None]


class UserTemplate(Audited, Revised, AtNode, Base):
    """The settings that a new user starts with."""

    __tablename__ = "user_templates"
    __table_args__ = node_branch()

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    timezone: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(16))
    product: Mapped[Product | None]
    licence_kind: Mapped[LicenceKind | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)


class ServerHostname(Audited, InTree, Base):
    """A host name that a provider claims; a verified one picks the brand, and links use it (D35)."""

    __tablename__ = "server_hostnames"
    __table_args__ = (
        UniqueConstraint("provider_id", "hostname"),
        # Several may claim a name, one has it.
        Index(
            "uq_server_hostnames_verified",
            "hostname",
            unique=True,
            postgresql_where=text("verified_at IS NOT NULL"),
        ),
        Index("ix_server_hostnames_due_at", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("providers.id"), index=True)
    hostname: Mapped[str] = mapped_column(String(253), index=True)  # lower case
    token: Mapped[str] = mapped_column(String(64), default=_token)  # what its TXT record has to say
    verified_at: Mapped[dt.datetime | None]
    last_check: Mapped[HostnameCheck | None]
    checked_at: Mapped[dt.datetime | None]
    missing_since: Mapped[dt.datetime | None]  # of a verified name whose record was not found lately
    due_at: Mapped[dt.datetime | None] = mapped_column(default=now)  # None: no more checks without a person
    created_at: Mapped[dt.datetime] = mapped_column(default=now)


class Branding(Audited, Revised, AtNode, Base):
    """Name, logo and colour of a node; what is empty comes from above."""

    __tablename__ = "brandings"
    __table_args__ = (*node_branch(), user_branch())

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(String(60), default="")
    accent: Mapped[str] = mapped_column(String(7), default="")  # "#0b63ce"
    logo: Mapped[bytes | None] = mapped_column(LargeBinary)
    logo_type: Mapped[str] = mapped_column(String(40), default="")
    logo_digest: Mapped[str] = mapped_column(String(64), default="", index=True)
