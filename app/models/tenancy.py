"""The tree: providers, their resellers, their groups, their users; and how a row hangs on it.

Composite foreign keys keep a row inside one branch: a group of one reseller cannot name another's provider.
"""

import datetime as dt
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, synonym

from app.clock import now
from app.db import Base
from app.folding import fold
from app.models.audited import Audited, Revised


class InTree:
    """A row that is a node of the tree or hangs on one. Read only through app/access/scope.py."""


class Searched:
    """A row with a column in which its names are searched, folded. It is written with each of `SEARCHED`."""

    SEARCHED: ClassVar[tuple[str, ...]] = ("name",)

    search_text: Mapped[str] = mapped_column(String(400))


@event.listens_for(Searched, "before_insert", propagate=True)
@event.listens_for(Searched, "before_update", propagate=True)
def _write_search_text(_mapper: Any, _connection: Any, row: Any) -> None:
    """At each flush, so that no change of a name can be forgotten."""
    words = " ".join(getattr(row, name) or "" for name in row.SEARCHED)
    if row.search_text != (found := fold(words)[:400]):
        row.search_text = found


class NodeRow(InTree):
    """A node: it can be closed, and then stays as a row that nobody can change."""

    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    closed_at: Mapped[dt.datetime | None]
    trial_days: Mapped[int | None]  # None: as above, at last 14


class Provider(Audited, Revised, NodeRow, Searched, Base):
    __tablename__ = "providers"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    account_reference: Mapped[str] = mapped_column(String(120), default="")
    texts_per_minute: Mapped[int] = mapped_column(default=60)  # D14: of each number
    # The words of the question (S22) and of the answers to STOP, START and HELP (D11); None: ours.
    prompt_text: Mapped[str | None] = mapped_column(String(300))
    stop_text: Mapped[str | None] = mapped_column(String(480))
    start_text: Mapped[str | None] = mapped_column(String(480))
    help_text: Mapped[str | None] = mapped_column(String(480))
    opt_out_words: Mapped[list[str]] = mapped_column(JSON, default=list)  # besides STOP and its like (D11)
    retention_days: Mapped[int | None]  # how long words and media are kept; None: until somebody deletes them
    provider_id: Mapped[int] = synonym("id")


class Reseller(Audited, Revised, NodeRow, Searched, Base):
    __tablename__ = "resellers"
    __table_args__ = (UniqueConstraint("id", "provider_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    account_reference: Mapped[str] = mapped_column(String(120), default="")
    provider_id: Mapped[int] = mapped_column(ForeignKey("providers.id"), index=True)
    reseller_id: Mapped[int] = synonym("id")


class Group(Audited, Revised, NodeRow, Searched, Base):
    __tablename__ = "groups"
    __table_args__ = (
        UniqueConstraint("id", "reseller_id", "provider_id"),
        ForeignKeyConstraint(["reseller_id", "provider_id"], ["resellers.id", "resellers.provider_id"]),
        Index("ix_groups_reseller_id_name_id", "reseller_id", "name", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    account_reference: Mapped[str] = mapped_column(String(120), default="")
    provider_id: Mapped[int] = mapped_column(ForeignKey("providers.id"), index=True)
    reseller_id: Mapped[int] = mapped_column(index=True)
    group_id: Mapped[int] = synonym("id")


class User(Audited, Revised, NodeRow, Searched, Base):
    """Somebody with a Unity client. People who sign in to the portal are PortalUsers (S12)."""

    SEARCHED = ("name", "broadworks_id")

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("id", "group_id", "reseller_id", "provider_id"),
        ForeignKeyConstraint(
            ["group_id", "reseller_id", "provider_id"],
            ["groups.id", "groups.reseller_id", "groups.provider_id"],
        ),
        Index(
            "uq_users_broadworks_key",
            "broadworks_key",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
        # A part of a word anywhere in them.
        Index(
            "ix_users_search_text",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
        Index("ix_users_group_id_name_id", "group_id", "name", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    broadworks_id: Mapped[str] = mapped_column(String(161))
    broadworks_key: Mapped[str] = mapped_column(String(161))  # the same, in lower case
    name: Mapped[str] = mapped_column(String(120))
    timezone: Mapped[str] = mapped_column(String(64), default="America/New_York")
    language: Mapped[str] = mapped_column(String(16), default="en")
    external_reference: Mapped[str] = mapped_column(String(120), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    client_password_hash: Mapped[str | None] = mapped_column(String(200))
    provider_id: Mapped[int] = mapped_column(ForeignKey("providers.id"), index=True)
    reseller_id: Mapped[int] = mapped_column(index=True)
    group_id: Mapped[int] = mapped_column(index=True)
    user_id: Mapped[int] = synonym("id")


_GROUP_BRANCH = ("group_id", "reseller_id", "provider_id")
_USER_BRANCH = ("user_id", *_GROUP_BRANCH)
_STREAM_BRANCH = ("stream_id", *_GROUP_BRANCH)


class OwnedByGroup(InTree):
    """A row of one group, with the branch above it; its table takes `group_branch()`."""

    provider_id: Mapped[int] = mapped_column(index=True)
    reseller_id: Mapped[int] = mapped_column(index=True)
    group_id: Mapped[int] = mapped_column(index=True)


class OwnedByUser(InTree):
    """A row of one user, with the whole branch above it; its table takes `user_branch()`."""

    provider_id: Mapped[int] = mapped_column(index=True)
    reseller_id: Mapped[int] = mapped_column(index=True)
    group_id: Mapped[int] = mapped_column(index=True)
    user_id: Mapped[int] = mapped_column(index=True)


class OwnedByAssignment(InTree):
    """A row of one assignment, with the whole branch above it; its table takes `*assignment_branch()`."""

    provider_id: Mapped[int]
    reseller_id: Mapped[int]
    group_id: Mapped[int]
    user_id: Mapped[int | None]
    stream_id: Mapped[int | None]
    assignment_id: Mapped[int] = mapped_column(index=True)


class AtNode(InTree):
    """A row that stands at one node, the lowest that is set; at none, it is the system's."""

    provider_id: Mapped[int | None] = mapped_column(ForeignKey("providers.id"), index=True)
    reseller_id: Mapped[int | None] = mapped_column(index=True)
    group_id: Mapped[int | None] = mapped_column(index=True)


def group_branch() -> ForeignKeyConstraint:
    """The row's branch is the branch of its group."""
    return _branch("groups", "group_id", _GROUP_BRANCH)


def user_branch() -> ForeignKeyConstraint:
    """The row's branch is the branch of its user."""
    return _branch("users", "user_id", _USER_BRANCH)


def stream_branch() -> ForeignKeyConstraint:
    """The row's branch is the branch of its media stream."""
    return _branch("media_streams", "stream_id", _STREAM_BRANCH)


def node_branch() -> tuple[ForeignKeyConstraint | CheckConstraint, ...]:
    """The row's branch is that of the node at which it stands (a key with a NULL in it is not checked)."""
    return (
        _branch("resellers", "reseller_id", ("reseller_id", "provider_id")),
        group_branch(),
        CheckConstraint("group_id IS NULL OR reseller_id IS NOT NULL", name="group_below_reseller"),
        CheckConstraint("reseller_id IS NULL OR provider_id IS NOT NULL", name="reseller_below_provider"),
    )


def one_holder() -> CheckConstraint:
    """A user or a media stream, never both."""
    return CheckConstraint("(user_id IS NULL) <> (stream_id IS NULL)", name="one_holder")


def assignment_branch() -> tuple[ForeignKeyConstraint | CheckConstraint, ...]:
    """The row's branch is that of its assignment; of the two keys, the one without a NULL is checked."""
    return (
        ForeignKeyConstraint(
            ["assignment_id", *_USER_BRANCH],
            ["assignments.id", *(f"assignments.{column}" for column in _USER_BRANCH)],
        ),
        ForeignKeyConstraint(
            ["assignment_id", *_STREAM_BRANCH],
            ["assignments.id", *(f"assignments.{column}" for column in _STREAM_BRANCH)],
        ),
        one_holder(),
    )


def _branch(table: str, own: str, columns: tuple[str, ...]) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(columns, [f"{table}.{'id' if c == own else c}" for c in columns])
