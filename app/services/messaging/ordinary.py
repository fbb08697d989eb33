"""The ordinary text, settled by one statement: for one user of ours who may have it, from nobody blocked.

On PostgreSQL only. Whatever is not ordinary is left to `inbound`, which decides the same with many statements
and knows every case; so this module never refuses, holds or suppresses anything.

The rules are those of `inbound` (S18, S23, D4, D7, D9, D28), seen at one moment. The conversation's row is
locked as `conversations` locks it: written, or waited for while it is being erased, and then made anew. A key
of the platform that was changed since it was read is seen, too: the row of the platform is another one then.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    String,
    Text,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    select,
    text,
    true,
)
from sqlalchemy.dialects import postgresql

from app import impp
from app.access.scope import EVERYTHING, visible
from app.carriers.base import InboundMessage
from app.clock import now
from app.db import NotDone, db, in_one_statement
from app.digests import keyed_digests
from app.models import Assignment, Block, Conversation, Licence, Message, Platform, Provider, Suppression
from app.models.provisioning import RECEIVER_PATH
from app.services.accounts import licences
from app.services.messaging import keywords, segments
from app.services.messaging.messages import as_event, iso
from app.services.messaging.opt_out_phrases import reads_like_opt_out
from app.vocabulary import Direction, MessageState, OptIn

logger = logging.getLogger(__name__)
_LONGEST_NUMBER = 16  # E.164: a plus and 15 digits. What is longer cannot even be asked for
_BRANCH = ("provider_id", "reseller_id", "group_id", "user_id")
_READ = (  # what `signature` looks at
    "id",
    "carrier",
    "signature_mode",
    "outbound_api_key",
    "receiver_header_key",
    "previous_outbound_api_key",
    "previous_receiver_header_key",
)
# A row that is written is another one, whatever was written.
_VERSION: ColumnElement[str] = cast(literal_column("platforms.xmin"), Text) + cast(
    literal_column("platforms.ctid"), Text
)


def read_platform(path_key: str) -> tuple[Platform | None, str | None]:
    """The platform at an address, a copy that no session knows, and which row it is.."""
    columns = [getattr(Platform, name) for name in _READ]
    query = (
        visible(Platform, EVERYTHING)
        .where(
            Platform.receiver_path_digest.in_(keyed_digests(RECEIVER_PATH, path_key)),
            Platform.deleted_at.is_(None),
        )
        .with_only_columns(*columns, _VERSION)
    )
    row = db.session.execute(query).first()
    return (None, None) if row is None else (Platform(**dict(zip(_READ, row, strict=False))), row[-1])


def settle(platform_id: int, version: str, message: InboundMessage) -> bool:
    """Whether the text is settled: kept and told. If not, nothing was changed.

    `version` is that of the platform's row whose keys were looked at.
    """
    word = keywords.normalize(message.text)
    if len(message.recipients) != 1 or message.media_urls or keywords.meaning_of(word) is not None:
        return False
    if len(message.recipients[0]) > _LONGEST_NUMBER:
        return False
    values = {
        "platform_id": platform_id,
        "version": version,
        "number": message.recipients[0],
        "remote": message.sender,
        "text": message.text,
        "word": word,
        **segments.counted(message.text),
        "carrier_reference": message.carrier_reference,
        "at": now(),
    }
    try:
        kept = in_one_statement(*_compiled(), values)
    except NotDone as trouble:  # a dead connection, a deadlock: the general way tries anew
        logger.warning("receiver: one statement was not enough: %s", type(trouble.__cause__).__name__)
        return False
    if kept is None:
        return False
    assignment_id, user_id, talk_id, message_id = kept
    if message_id is not None:
        impp.publish_now(user_id, "message.created", _event(message_id, assignment_id, talk_id, values))
    return True


def _event(message_id: int, assignment_id: int, talk_id: int, values: dict[str, Any]) -> dict[str, Any]:
    """The row as clients see it, without reading it again."""
    return {
        **_event_of_any(),
        "id": message_id,
        "number_id": assignment_id,
        "conversation_id": talk_id,
        "remote": values["remote"],
        "text": values["text"],
        "reads_like_opt_out": reads_like_opt_out(values["text"]),
        "encoding": values["encoding"],
        "segments": values["segments"],
        "created_at": iso(values["at"]),
    }


@cache
def _event_of_any() -> dict[str, Any]:
    """What is the same in the event of every ordinary text."""
    state = {"direction": Direction.INBOUND, "state": MessageState.RECEIVED, "reason": ""}
    return as_event(Message(**state, other_recipients=[], fallback_reason="", created_at=now()))


@cache
def _compiled() -> tuple[str, dict[str, Any]]:
    """The statement and its constants. Writing it down anew would take longer than running it."""
    compiled = _statement().compile(dialect=db.engine.dialect)
    constants = {name: value for name, value in compiled.params.items() if value is not None}
    return str(compiled), constants


def _statement() -> Any:
    """holder: whose number it is, if nothing is special. talk: the conversation. kept: the message."""
    number, remote = bindparam("number", type_=String), bindparam("remote", type_=String)
    reference, at = (
        bindparam("carrier_reference", type_=String),
        bindparam("at", type_=DateTime(timezone=True)),
    )
    platform_id = bindparam("platform_id", type_=BigInteger)
    key = {"platform_id": platform_id, "carrier_reference": reference, "number": number}
    blocked = _any(Block).where(Block.assignment_id == Assignment.id, Block.remote == remote)
    licensed = _any(Licence).where(Licence.user_id == Assignment.user_id, licences.running(at))
    # Of the provider's own opt-out words (D11), asked of the row: a word counts from the moment it is saved.
    opt_out = _any(Provider).where(
        Provider.id == Assignment.provider_id,
        bindparam("word", type_=String).in_(
            select(func.json_array_elements_text(Provider.opt_out_words)).correlate(Provider)
        ),
    )
    known = _any(Message).where(Message.direction == literal_column("'inbound'"))
    holder = (
        visible(Assignment, EVERYTHING)
        .join(Platform, Platform.id == Assignment.platform_id)
        .where(
            Platform.id == platform_id,
            Platform.deleted_at.is_(None),
            bindparam("version", type_=String) == _VERSION,
            Assignment.number == number,
            Assignment.ended_at.is_(None),
            Assignment.release_requested_at.is_(None),
            Assignment.user_id.is_not(None),
            Assignment.opt_in.in_([literal(str(OptIn.NOT_REQUIRED)), literal(str(OptIn.OPTED_IN))]),
            licensed.exists(),
            ~blocked.exists(),
            ~opt_out.exists(),
            ~known.filter_by(**key).exists(),
            ~_any(Suppression).filter_by(**key).exists(),
        )
        .with_only_columns(Assignment.id, *(getattr(Assignment, name) for name in _BRANCH))
        .cte("holder")
    )
    branch = {name: holder.c[name] for name in _BRANCH}
    talks = {"assignment_id": holder.c.id, "remote": remote, "last_message_at": at, **branch}
    insert = postgresql.insert(Conversation).from_select(list(talks), select(*talks.values()), False)
    talk = (
        insert.on_conflict_do_update(
            index_elements=["assignment_id", "remote"],
            set_={"last_message_at": insert.excluded.last_message_at},
        )
        .returning(Conversation.id)
        .cte("talk")
    )
    columns = {
        **_defaults(),
        **key,
        **branch,
        "conversation_id": talk.c.id,
        "assignment_id": holder.c.id,
        "direction": literal(str(Direction.INBOUND)),
        "state": literal(str(MessageState.RECEIVED)),
        "remote": remote,
        "other_recipients": text("'[]'::json"),
        "text": bindparam("text", type_=Text),
        "encoding": bindparam("encoding", type_=String),
        "segments": bindparam("segments", type_=BigInteger),
        "created_at": at,
        "handed_over_at": at,
    }
    kept = (
        postgresql.insert(Message)
        .from_select(list(columns), select(*columns.values()).select_from(holder.join(talk, true())), False)
        .on_conflict_do_nothing()
        .returning(Message.id)
        .cte("kept")
    )
    found = (holder.c.id.label("assignment_id"), holder.c.user_id, talk.c.id.label("talk_id"), kept.c.id)
    return select(*found).select_from(holder.join(talk, true()).outerjoin(kept, true()))


def _any(model: Any) -> Any:
    """For EXISTS, without columns: psycopg remembers only short statements (4096), and reads others anew."""
    return visible(model, EVERYTHING).with_only_columns(literal_column("1")).select_from(model)


def _defaults() -> dict[str, Any]:
    """What a message has where nothing is said; what begins as a list is said."""
    found = {}
    for column in Message.__table__.columns:
        if column.default is not None and column.default.is_scalar:
            value = column.default.arg
            found[column.name] = literal(str(value) if isinstance(value, str) else value)
    return found
