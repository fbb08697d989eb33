"""The tree: providers, their resellers, their groups, their users; and how a row hangs on it.

Composite foreign keys keep a row inside one branch: a group of one reseller cannot name another's provider.
"""

import datetime as dt

from sqlalchemy import ForeignKey, ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, synonym

from app.clock import now
from app.db import Base
from app.models.audited import Audited


class InTree:
    """A row that is a node of the tree or hangs on one. Read only through app/access/scope.py."""


class Provider(Audited, InTree, Base):
    __tablename__ = "providers"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    account_reference: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    provider_id: Mapped[int] = synonym("id")


class Reseller(Audited, InTree, Base):
    __tablename__ = "resellers"
    __table_args__ = (UniqueConstraint("id", "provider_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    account_reference: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    provider_id: Mapped[int] = mapped_column(ForeignKey("providers.id"), index=True)
    reseller_id: Mapped[int] = synonym("id")


class Group(Audited, InTree, Base):
    __tablename__ = "groups"
    __table_args__ = (
        UniqueConstraint("id", "reseller_id", "provider_id"),
        ForeignKeyConstraint(["reseller_id", "provider_id"], ["resellers.id", "resellers.provider_id"]),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    account_reference: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    provider_id: Mapped[int] = mapped_column(ForeignKey("providers.id"), index=True)
    reseller_id: Mapped[int] = mapped_column(index=True)
    group_id: Mapped[int] = synonym("id")


class User(Audited, InTree, Base):
    """Somebody with a Unity client. People who sign in to the portal are PortalUsers (S12)."""

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("id", "group_id", "reseller_id", "provider_id"),
        ForeignKeyConstraint(
            ["group_id", "reseller_id", "provider_id"],
            ["groups.id", "groups.reseller_id", "groups.provider_id"],
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    broadworks_id: Mapped[str] = mapped_column(String(161))
    broadworks_key: Mapped[str] = mapped_column(String(161), unique=True)  # the same, in lower case
    name: Mapped[str] = mapped_column(String(120))
    timezone: Mapped[str] = mapped_column(String(64), default="America/New_York")
    language: Mapped[str] = mapped_column(String(16), default="en")
    external_reference: Mapped[str] = mapped_column(String(120), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    client_password_hash: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    provider_id: Mapped[int] = mapped_column(ForeignKey("providers.id"), index=True)
    reseller_id: Mapped[int] = mapped_column(index=True)
    group_id: Mapped[int] = mapped_column(index=True)
    user_id: Mapped[int] = synonym("id")


_USER_BRANCH = ("user_id", "group_id", "reseller_id", "provider_id")


class OwnedByUser(InTree):
    """A row of one user, with the whole branch above it; its table takes `user_branch()`."""

    provider_id: Mapped[int] = mapped_column(index=True)
    reseller_id: Mapped[int] = mapped_column(index=True)
    group_id: Mapped[int] = mapped_column(index=True)
    user_id: Mapped[int] = mapped_column(index=True)


class OwnedByAssignment(InTree):
    """A row of one assignment, with the whole branch above it; its table takes `assignment_branch()`."""

    provider_id: Mapped[int]
    reseller_id: Mapped[int]
    group_id: Mapped[int]
    user_id: Mapped[int]
    assignment_id: Mapped[int] = mapped_column(index=True)


def user_branch() -> ForeignKeyConstraint:
    """The row's branch is the branch of its user."""
    return ForeignKeyConstraint(
        _USER_BRANCH, [f"users.{'id' if c == 'user_id' else c}" for c in _USER_BRANCH]
    )


def assignment_branch() -> ForeignKeyConstraint:
    """The row's branch is the branch of its assignment."""
    return ForeignKeyConstraint(
        ["assignment_id", *_USER_BRANCH],
        ["assignments.id", *(f"assignments.{column}" for column in _USER_BRANCH)],
    )
