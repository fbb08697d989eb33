"""The outbox of mails. The row is the truth: a mail that may have left is not sent twice."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import asdict
from typing import Any

from sqlalchemy import select, update

from app import mail, queue
from app.access.policy import SYSTEM
from app.access.scope import EVERYTHING, fetch
from app.clock import now
from app.db import db, end_read, insert_once, transactional
from app.email_address import sign_in_form
from app.errors import NotFound
from app.models import Notice, PortalUser, User
from app.services.alerts import mail_limits
from app.services.alerts.letters import Letter, Letterhead
from app.services.alerts.mail_limits import BY_PORTAL, Cause
from app.services.alerts.paper import on_paper
from app.services.audit.record import Action, record
from app.services.outages import is_away
from app.vocabulary import MailFailure, MailKind, NoticeState

logger = logging.getLogger(__name__)
_LEASE = dt.timedelta(seconds=60)
_MOST_TRIES = 20
_LONGEST_SUBJECT = 200


@transactional
def add(
    dedup_key: str,
    recipient: str,
    letter: Letter,
    head: Letterhead | None = None,
    *,
    kind: MailKind = MailKind.ALERT,
    about: PortalUser | User | None = None,
    cause: Cause = BY_PORTAL,
) -> None:
    """Put a mail into the outbox, once per `dedup_key`, with the brand that the recipient knows.

    `about`: whose page shows what became of it. `cause`: who makes us send it, for the limits.
    Raises TooManyMails: a signed-in person caused too many (`mail_limits`).
    """
    if about is not None and cause is not BY_PORTAL:
        fetch(type(about), about.id, EVERYTHING, lock=True)  # of two at once the second counts the first
    mail_limits.require(recipient, cause)
    insert_once(
        Notice,
        dedup_key=dedup_key,
        recipient=recipient,
        recipient_key=sign_in_form(recipient),
        subject=letter.subject[:_LONGEST_SUBJECT],
        body=letter.body,
        letterhead=asdict(head) if head else None,
        kind=kind,
        portal_user_id=about.id if isinstance(about, PortalUser) else None,
        user_id=about.id if isinstance(about, User) else None,
        cause=cause.kind,
        caused_by_id=cause.account_id,
        provider_id=cause.provider_id,
    )
    queue.later(queue.SEND_NOTICES)


def drain() -> None:
    """Send what is due. A row has one claimer, so many jobs may run this at once."""
    queue.woken(queue.SEND_NOTICES)
    while (notice_id := _claim()) is not None:
        try:
            _send(notice_id)
        except Exception as trouble:
            if is_away(trouble):
                raise
            # Our own bug: this mail ends visibly, and those behind it leave. Its words stay out of the log.
            logger.error("mail %s could not be made: %s", notice_id, type(trouble).__name__)
            db.session.rollback()
            _fail(notice_id, mail.MailRefused("It could not be made.", MailFailure.BROKEN))


@transactional
def recover() -> bool:
    """What a killed worker left behind may have left: *uncertain*. Returns whether mails are due."""
    lost = update(Notice).where(Notice.state == NoticeState.SENDING, Notice.claimed_until < now())
    unknown = {"failure": MailFailure.UNKNOWN, "failed_at": now()}
    db.session.execute(lost.values(state=NoticeState.UNCERTAIN, body=None, **unknown))
    due = select(Notice.id).where(Notice.state == NoticeState.QUEUED, Notice.due_at <= now()).limit(1)
    return db.session.scalar(due) is not None


@transactional
def _claim() -> int | None:
    next_due = (
        select(Notice.id)
        .where(Notice.state == NoticeState.QUEUED, Notice.due_at <= now())
        .order_by(Notice.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    notice_id = db.session.scalar(next_due)
    if notice_id is not None:
        claimed = {"state": NoticeState.SENDING, "claimed_until": now() + _LEASE, "tries": Notice.tries + 1}
        db.session.execute(update(Notice).where(Notice.id == notice_id).values(claimed))
    return notice_id


def _send(notice_id: int) -> None:
    notice = db.session.get_one(Notice, notice_id)
    recipient, subject, tries = notice.recipient, notice.subject, notice.tries
    paper = on_paper(notice.body or "", Letterhead(**(notice.letterhead or {})))
    end_read()  # a mail server may take its time
    try:
        mail.send(
            recipient, subject, paper.text, f"notice-{notice_id}", html=paper.html, sender_name=paper.sender
        )
    except mail.MailNotSent as trouble:
        logger.warning("mail %s not sent: %s", notice_id, trouble.message)
        if tries >= _MOST_TRIES:
            _fail(notice_id, trouble)
            return
        later = now() + dt.timedelta(seconds=queue.SEND_NOTICES.delay(tries))
        _record(notice_id, NoticeState.QUEUED, trouble, due_at=later)
    except mail.MailRefused as refusal:
        logger.warning("mail %s refused: %s", notice_id, refusal.message)
        _fail(notice_id, refusal)
    except mail.MailUncertain as doubt:
        logger.warning("mail %s may have left", notice_id)
        _fail(notice_id, doubt, NoticeState.UNCERTAIN)
    else:
        _record(notice_id, NoticeState.SENT, sent_at=now())


@transactional
def _fail(notice_id: int, trouble: mail.MailTrouble, state: NoticeState = NoticeState.FAILED) -> None:
    """It is given up: a line in the history of whom it concerns, and their page says it, too."""
    if not _record(notice_id, state, trouble):
        return
    kind, address, portal_user_id, user_id = db.session.execute(
        select(Notice.kind, Notice.recipient, Notice.portal_user_id, Notice.user_id).where(
            Notice.id == notice_id
        )
    ).one()
    model, row_id = (PortalUser, portal_user_id) if portal_user_id else (User, user_id)
    try:
        target = fetch(model, row_id or 0, EVERYTHING)
    except NotFound:
        return
    record(SYSTEM, Action.MAIL_FAILED, target, mail=kind, mail_address=address, mail_failure=trouble.failure)


@transactional
def _record(
    notice_id: int, state: NoticeState, trouble: mail.MailTrouble | None = None, **values: dt.datetime
) -> bool:
    """Once settled, its words leave the row: they may hold a link. Returns whether it was being sent."""
    words: dict[str, Any] = {} if state is NoticeState.QUEUED else {"body": None}
    if trouble is not None:
        words |= {"failure": trouble.failure, "answer": trouble.answer, "failed_at": now()}
    own = update(Notice).where(Notice.id == notice_id, Notice.state == NoticeState.SENDING)
    done: Any = db.session.execute(own.values(state=state, **values, **words))
    return bool(done.rowcount)
