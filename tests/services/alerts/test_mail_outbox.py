"""The outbox of mails: once per reason, tried again when it never left, never twice when it may have."""

from __future__ import annotations

import datetime as dt
import smtplib

import pytest

from app import mail
from app.clock import now
from app.db import db as session_of
from app.models import Notice
from app.services.alerts import notices
from app.services.alerts.letters import Letter
from app.vocabulary import NoticeState
from tests import make

LETTER = Letter("A subject", "Words with a link: https://portal.example/welcome/secret-token")


def add(key="one", to="ada@example.com"):
    notices.add(key, to, LETTER)
    return make.every(Notice, dedup_key=key)[0]


def later(row):
    fresh = make.again(row)
    fresh.due_at = now() - dt.timedelta(seconds=1)
    make.kept(fresh)


def test_a_mail_leaves_once_and_its_words_leave_the_row(carrier, mails):
    row = add()
    notices.drain()
    notices.drain()
    assert mails() == [("ada@example.com", "A subject")]
    after = make.again(row)
    assert (after.state, after.body) == (NoticeState.SENT, None)
    assert "secret-token" in carrier.mails()[0]["text"]


def test_the_same_reason_again_is_the_same_mail(carrier, mails):
    """D8."""
    for _ in range(3):
        add()
    notices.drain()
    assert len(mails()) == 1


def test_words_wait_encrypted(db):
    add()
    raw = db.session.connection().exec_driver_sql("SELECT * FROM notices").all()
    assert "secret-token" not in str(raw)


@pytest.mark.parametrize(
    ("trouble", "state"),
    [
        (ConnectionRefusedError(), NoticeState.QUEUED),
        (TimeoutError(), NoticeState.QUEUED),
        (smtplib.SMTPResponseException(451, b"later"), NoticeState.QUEUED),
        (smtplib.SMTPResponseException(550, b"no"), NoticeState.FAILED),
        (smtplib.SMTPRecipientsRefused({}), NoticeState.FAILED),
        (smtplib.SMTPServerDisconnected(), NoticeState.UNCERTAIN),
    ],
    ids=repr,
)
def test_each_trouble_ends_where_it_should(monkeypatch, trouble, state):
    """The mail server is faked at the outermost edge: it has no faults to switch on."""

    def breaks(_message):
        raise trouble

    monkeypatch.setattr(mail.mail, "send", breaks)
    row = add()
    notices.drain()
    after = make.again(row)
    assert after.state is state
    assert (after.body is None) is (state is not NoticeState.QUEUED)


def test_a_mail_that_never_left_is_tried_again_and_given_up_after_twenty_times(monkeypatch):
    tries = []

    def breaks(_message):
        tries.append(1)
        raise ConnectionRefusedError

    monkeypatch.setattr(mail.mail, "send", breaks)
    row = add()
    notices.drain()
    notices.drain()
    assert len(tries) == 1
    for _ in range(25):
        later(row)
        notices.drain()
    assert len(tries) == 20
    assert make.again(row).state is NoticeState.FAILED


def test_a_mail_of_a_killed_worker_may_have_left_and_is_not_sent_again(carrier, mails):
    row = add()
    claimed = make.again(row)
    claimed.state, claimed.claimed_until = NoticeState.SENDING, now() - dt.timedelta(seconds=1)
    make.kept(claimed)
    assert notices.recover() is False
    notices.drain()
    assert make.again(row).state is NoticeState.UNCERTAIN
    assert mails() == []


def test_the_sweep_sees_that_mails_are_due(stopped_redis, carrier, mails):
    """D24: a lost wake-up."""
    add()
    assert notices.recover()
    notices.drain()
    assert len(mails()) == 1


def test_two_workers_at_once_send_every_mail_once(real_database, carrier, at_once, mails):
    for n in range(8):
        notices.add(f"{n}", f"ada{n}@example.com", LETTER)
    outcomes = at_once(*[notices.drain] * 3)
    assert [one for one in outcomes if one is not None] == []
    assert sorted(to for to, _ in mails()) == [f"ada{n}@example.com" for n in range(8)]


def test_no_transaction_is_open_while_a_mail_is_sent(monkeypatch):
    """House rule 6."""
    seen = []
    monkeypatch.setattr(
        mail.mail, "send", lambda _message: seen.append(session_of.session().in_transaction())
    )
    add()
    notices.drain()
    assert seen == [False]


def test_the_words_of_a_mail_are_in_no_log(monkeypatch, caplog):
    def breaks(_message):
        raise ConnectionRefusedError("https://portal.example/welcome/secret-token")

    monkeypatch.setattr(mail.mail, "send", breaks)
    add()
    notices.drain()
    assert "secret-token" not in caplog.text
