"""What became of mails to people, for the pages of these people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.db import db
from app.email_address import sign_in_form
from app.models import Notice
from app.vocabulary import MailFailure, MailKind, NoticeState


@dataclass(frozen=True)
class MailProblem:
    """The newest mail to an address did not arrive, or may not have. `answer`: the mail server's words."""

    kind: MailKind
    address: str
    failure: MailFailure
    answer: str
    at: dt.datetime
    is_tried_again: bool


def problems_of_portal_users(people: Iterable[int]) -> dict[tuple[int, str], MailProblem]:
    """By portal user and address (`email_address.sign_in_form`); whose newest mail left is not in it."""
    return _problems(Notice.portal_user_id, list(people))


def problem_of_user(user_id: int, address: str) -> MailProblem | None:
    """The same for a user's address."""
    return _problems(Notice.user_id, [user_id]).get((user_id, sign_in_form(address)))


def _problems(
    column: InstrumentedAttribute[int | None], ids: list[int]
) -> dict[tuple[int, str], MailProblem]:
    if not ids:
        return {}
    newest = select(func.max(Notice.id)).where(column.in_(ids)).group_by(column, Notice.recipient_key)
    found: dict[tuple[int, str], MailProblem] = {}
    for row in db.session.scalars(select(Notice).where(Notice.id.in_(newest))):
        if row.failure is None or row.state is NoticeState.SENT:
            continue
        found[getattr(row, column.key), row.recipient_key] = MailProblem(
            row.kind,
            row.recipient,
            row.failure,
            row.answer,
            row.failed_at or row.created_at,
            row.state in {NoticeState.QUEUED, NoticeState.SENDING},
        )
    return found
