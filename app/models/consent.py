"""Three consents, three records (D10): the user's opt-in, the user's block, the remote person's opt-out."""

import datetime as dt

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base
from app.models.tenancy import OwnedByAssignment, assignment_branch
from app.vocabulary import OptIn


class Stop(Base):
    """A remote person's opt-out from one of our numbers, until START (D10, D11). It outlives its assignment.

    They texted `word` at `stopped_at`, or a user recorded it at `recorded_at` from a text in other words, or
    the one after the other. `word` is "" where they texted none; `stopped_at` is then the time of the record.
    """

    __tablename__ = "stops"
    __table_args__ = (
        Index(
            "uq_stops_standing",
            "number",
            "remote",
            unique=True,
            postgresql_where=text("resumed_at IS NULL"),
        ),
        Index("ix_stops_number_remote", "number", "remote"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("providers.id"), index=True)
    assignment_id: Mapped[int | None] = mapped_column(ForeignKey("assignments.id"), index=True)
    number: Mapped[str] = mapped_column(String(16))  # ours
    remote: Mapped[str] = mapped_column(String(64))
    word: Mapped[str] = mapped_column(String(40))
    stopped_at: Mapped[dt.datetime] = mapped_column(default=now)
    resume_word: Mapped[str] = mapped_column(String(20), default="")
    resumed_at: Mapped[dt.datetime | None]
    recorded_by: Mapped[str] = mapped_column(String(254), default="")
    recorded_from: Mapped[str] = mapped_column(String(64), default="")  # IP address
    recorded_at: Mapped[dt.datetime | None]


class Block(OwnedByAssignment, Base):
    """A remote number that the user does not want to hear from (S23)."""

    __tablename__ = "blocks"
    __table_args__ = (*assignment_branch(), UniqueConstraint("assignment_id", "remote"))

    id: Mapped[int] = mapped_column(primary_key=True)
    remote: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[dt.datetime] = mapped_column(default=now)


class OptInEvidence(OwnedByAssignment, Base):
    """Each step of a user's consent to a number: who, when, from where, to which words (D7, S16)."""

    __tablename__ = "opt_in_evidence"
    __table_args__ = assignment_branch()

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[OptIn]
    at: Mapped[dt.datetime] = mapped_column(default=now)
    by: Mapped[str] = mapped_column(String(254))
    address: Mapped[str] = mapped_column(String(64), default="")
    prompt: Mapped[str] = mapped_column(String(300), default="")
