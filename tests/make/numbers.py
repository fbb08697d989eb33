"""Platforms, numbers, and what was texted with them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.access.scope import EVERYTHING, branch
from app.clock import now
from app.db import db
from app.models import Assignment, Attempt, Block, Conversation, Message, Platform, Stop, User
from app.services.search_index import refresh
from app.vocabulary import AssignmentState, AttemptOutcome, CarrierName, Direction, MessageState, OptIn
from tests.make.people import licence
from tests.make.rows import every, kept, serial
from tests.make.tree import provider, user

PHONE = "+12125550142"


def platform(above: Any = None, **fields: Any) -> Platform:
    """A platform that was there before: it accepts calls at the legacy address, too."""
    number, provider_id = next(serial), (above or provider()).provider_id
    mine = select(Platform).filter_by(provider_id=provider_id, deleted_at=None)
    others = list(db.session.scalars(mine, execution_options={"scope": EVERYTHING}))
    given = {
        "provider_id": provider_id,
        "name": f"Inteliquent {number}" if others else "Inteliquent",
        "accepts_legacy": True,
        "carrier": CarrierName.INTELIQUENT,
        "receiver_path_key": f"path-{number}",
        "account_key": f"account-key-{number}",
        "token_secret": f"token-secret-{number}",
        "outbound_api_key": f"outbound-key-{number}",
        "receiver_header_key": f"header-key-{number}",
    }
    made = Platform(**{**given, **fields})
    if made.account_key in {one.account_key for one in others}:
        made.account_digest = None  # as two that were added before that was refused (D36)
    return kept(made)


def assignment(holder: User | None = None, **fields: Any) -> Assignment:
    """An active number that nobody had to be asked about, of a user with a licence.

    `on` is its platform; without it the provider's first one is taken, or made.
    """
    if holder is None:
        holder = user()
        licence(holder)
    on = fields.pop("on", None) or (every(Platform, provider_id=holder.provider_id) or [platform(holder)])[0]
    given = {
        "number": f"+{12_019_920_000 + next(serial)}",
        "platform_id": on.id,
        "state": AssignmentState.ACTIVE,
        "opt_in": OptIn.NOT_REQUIRED,
        "registered_key_version": on.key_version,
        **branch(holder),
    }
    row = Assignment(**{**given, **fields})
    refresh(row, holder)
    return kept(row)


def conversation(of: Assignment, remote: str = PHONE) -> Conversation:
    found = every(Conversation, assignment_id=of.id, remote=remote)
    return found[0] if found else kept(Conversation(assignment_id=of.id, remote=remote, **branch(of)))


def message(of: Assignment | None = None, **fields: Any) -> Message:
    """An inbound text that was handed over; `state` of an outbound one makes it one."""
    of = of or assignment()
    state = fields.get("state", MessageState.RECEIVED)
    remote = fields.get("remote", PHONE)
    inbound = state is MessageState.RECEIVED
    given = {
        "conversation_id": conversation(of, remote).id,
        "assignment_id": of.id,
        "platform_id": of.platform_id,
        "direction": Direction.INBOUND if inbound else Direction.OUTBOUND,
        "state": state,
        "number": of.number,
        "remote": remote,
        "text": "Good morning",
        "handed_over_at": now() if inbound else None,
        "carrier_reference": f"reference-{next(serial)}" if inbound else None,
        "client_ref": None if inbound else f"ref-{next(serial)}",
        "due_at": None if inbound else now(),
        **branch(of),
    }
    return kept(Message(**{**given, **fields}))


def attempt(text: Message, reference: str, **fields: Any) -> Attempt:
    """An attempt of an outbound text, under the carrier's reference: what a receipt is matched with."""
    ordinal = len(every(Attempt, message_id=text.id)) + 1
    given = {
        "message_id": text.id,
        "ordinal": ordinal,
        "platform_id": text.platform_id,
        "carrier_reference": reference,
        "outcome": AttemptOutcome.SENT,
    }
    return kept(Attempt(**{**given, **fields}))


def block(of: Assignment, remote: str = PHONE) -> Block:
    return kept(Block(assignment_id=of.id, remote=remote, **branch(of)))


def stop(of: Assignment, remote: str = PHONE, **fields: Any) -> Stop:
    """A STOP that stands."""
    given = {"provider_id": of.provider_id, "assignment_id": of.id, "number": of.number, "word": "STOP"}
    return kept(Stop(**{**given, "remote": remote, **fields}))
