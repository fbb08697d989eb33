"""The outbox of mails. The row is the truth: a mail that may have left is not sent twice."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import asdict

from sqlalchemy import select, update

from app import mail, queue
from app.clock import now
from app.db import db, end_read, insert_once, transactional
from app.models import Notice
from app.services.alerts.letters import Letter, Letterhead
from app.services.alerts.paper import on_paper
from app.vocabulary import NoticeState

logger = logging.getLogger(__name__)
_LEASE = dt.timedelta(seconds=60)
_MOST_TRIES = 20


@transactional
def add(dedup_key: str, recipient: str, letter: Letter, head: Letterhead | None = None) -> None:
    """Put a mail into the outbox, once per `dedup_key`, with the brand that the recipient knows."""
    insert_once(
        Notice,
        dedup_key=dedup_key,
        recipient=recipient,
        subject=letter.subject,
        body=letter.body,
        letterhead=asdict(head) if head else None,
    )
    queue.later(queue.SEND_NOTICES)


def drain() -> None:
    """Send what is due. A row has one claimer, so many jobs may run this at once."""
    queue.woken(queue.SEND_NOTICES)
    while (notice_id := _claim()) is not None:
        _send(notice_id)


@transactional
def recover() -> bool:
    """What a killed worker left behind may have left: *uncertain*. Returns whether mails are due."""
    lost = update(Notice).where(Notice.state == NoticeState.SENDING, Notice.claimed_until < now())
    db.session.execute(lost.values(state=NoticeState.UNCERTAIN, body=None))
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
        gone = tries >= _MOST_TRIES
        later = now() + dt.timedelta(seconds=queue.SEND_NOTICES.delay(tries))
        _record(notice_id, NoticeState.FAILED if gone else NoticeState.QUEUED, due_at=later)
    except mail.MailRefused as refusal:
        logger.warning("mail %s refused: %s", notice_id, refusal.message)
        _record(notice_id, NoticeState.FAILED)
    except mail.MailUncertain:
        logger.warning("mail %s may have left", notice_id)
        _record(notice_id, NoticeState.UNCERTAIN)
    else:
        _record(notice_id, NoticeState.SENT, sent_at=now())


@transactional
def _record(notice_id: int, state: NoticeState, **values: dt.datetime) -> None:
    """Once settled, its words leave the row: they may hold a link."""
    words = {} if state is NoticeState.QUEUED else {"body": None}
    own = update(Notice).where(Notice.id == notice_id, Notice.state == NoticeState.SENDING)
    db.session.execute(own.values(state=state, **values, **words))
