"""The statements of the outbound path, made once: making one costs more than asking it."""

from __future__ import annotations

from sqlalchemy import BindParameter, bindparam, exists, func, insert, literal, select, update

from app.access.scope import EVERYTHING, visible
from app.db import Base
from app.models import Assignment, Attempt, Licence, Message, Platform, Provider, Stop
from app.services.accounts import licences
from app.services.messaging import pace
from app.services.messaging.status import BEFORE
from app.vocabulary import AttemptOutcome, MessageState

_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_NOW = bindparam("now", type_=Attempt.started_at.type)
_SINCE = bindparam("since", type_=Attempt.started_at.type)
_AT = bindparam("at", type_=Attempt.started_at.type)
_ARE_THEIRS = Message.id.in_(_IDS)
# Locked always in the same order.
LOCK = (
    visible(Assignment, EVERYTHING)
    .where(Assignment.id.in_(select(Message.assignment_id).where(_ARE_THEIRS)))
    .with_only_columns(Assignment.id)
    .order_by(Assignment.id)
    .with_for_update(key_share=True)
)
# Numbers with the revision of their platform and their limit (D14).
NUMBERS = (
    visible(Assignment, EVERYTHING)
    .join(Platform, Platform.id == Assignment.platform_id)
    .join(Provider, Provider.id == Platform.provider_id)
    .where(Assignment.id.in_(select(Message.assignment_id).where(_ARE_THEIRS)))
    .add_columns(Platform.revision, func.coalesce(Platform.texts_per_minute, Provider.texts_per_minute))
)
# Those that are still ours: a lease may have run out meanwhile.
CLAIMED = (
    visible(Message, EVERYTHING)
    .where(_ARE_THEIRS, Message.state == MessageState.CLAIMED, Message.claim == bindparam("claimer"))
    .order_by(Message.priority, Message.id)
    .add_columns(
        exists().where(Licence.user_id == Message.user_id, licences.running(_NOW)),
        exists().where(
            Stop.number == Message.number, Stop.remote == Message.remote, Stop.resumed_at.is_(None)
        ),
        pace.sent_lately(Message.assignment_id, _SINCE),
    )
)
SENDING = (
    update(Message)
    .where(_ARE_THEIRS, Message.state == MessageState.CLAIMED, Message.claim == bindparam("claimer"))
    .values(
        state=MessageState.SENDING,
        claimed_until=bindparam("until", type_=Attempt.started_at.type),
        tries=Message.tries + 1,
    )
    .returning(Message.id)
)
_ATTEMPT, _TEXT = Base.metadata.tables["attempts"], Base.metadata.tables["messages"]
_EARLIER = select(func.max(_ATTEMPT.c.ordinal)).where(_ATTEMPT.c.message_id == _TEXT.c.id)
ATTEMPTS = (
    insert(_ATTEMPT)
    .from_select(
        ["message_id", "assignment_id", "ordinal", "platform_id", "started_at", "outcome", "detail"],
        select(
            _TEXT.c.id,
            _TEXT.c.assignment_id,
            func.coalesce(_EARLIER.scalar_subquery(), 0) + 1,
            _TEXT.c.platform_id,
            _NOW,
            literal(AttemptOutcome.STARTED, Attempt.outcome.type),
            literal(""),
        ).where(_TEXT.c.id.in_(_IDS)),
    )
    .returning(_ATTEMPT.c.message_id, _ATTEMPT.c.id)
)
ENDED = (
    update(_ATTEMPT)
    .where(_ATTEMPT.c.id == bindparam("attempt"))
    .values(outcome=AttemptOutcome.SENT, detail="", finished_at=_AT, carrier_reference=bindparam("reference"))
)
_REFERENCE = (
    select(Attempt.carrier_reference)
    .where(Attempt.message_id == Message.id, Attempt.id.in_(bindparam("attempts", expanding=True)))
    .scalar_subquery()
)
SENT = (
    update(Message)
    .where(_ARE_THEIRS, Message.state.in_(BEFORE[MessageState.SENT]))
    .values(
        state=MessageState.SENT,
        carrier_reference=_REFERENCE,
        sent_at=_AT,
        reason="",
        claimed_until=None,
        search_due_at=None,
    )
    .returning(Message.id)
)
