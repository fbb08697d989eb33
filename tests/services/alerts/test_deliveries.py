"""What became of a mail is shown where it was caused: none dies silently."""

from __future__ import annotations

import smtplib

import pytest

from app import mail
from app.models import AuditEntry, Notice
from app.services.alerts import deliveries, notices
from app.services.alerts.letters import Letter
from app.vocabulary import MailFailure, MailKind, NoticeState
from tests import make

LETTER = Letter("A subject", "Words with a link: https://portal.example/welcome/secret-token")
REFUSED = smtplib.SMTPRecipientsRefused({"ada@example.com": (550, b"5.1.1 No such mailbox")})


@pytest.fixture
def answers(monkeypatch):
    """`answers(trouble)`: so the mail server answers from now on; None takes mails."""

    def set_to(trouble):
        def send(_message):
            if trouble is not None:
                raise trouble

        monkeypatch.setattr(mail.mail, "send", send)

    return set_to


def add(person, key="one", **more):
    notices.add(key, person.email, LETTER, about=person, **more)


def problem(person):
    return deliveries.problems_of_portal_users([person.id]).get((person.id, person.email))


@pytest.mark.parametrize(
    ("trouble", "failure", "is_tried_again"),
    [
        (REFUSED, MailFailure.ADDRESS_REFUSED, False),
        (smtplib.SMTPRecipientsRefused({"x": (450, b"Greylisted")}), MailFailure.ADDRESS_REFUSED, True),
        (smtplib.SMTPDataError(554, b"Spam"), MailFailure.REFUSED, False),
        (ConnectionRefusedError(), MailFailure.NO_ANSWER, True),
        (smtplib.SMTPServerDisconnected(), MailFailure.UNKNOWN, False),
        (UnicodeError("secret-token"), MailFailure.BROKEN, False),
        (RuntimeError("secret-token"), MailFailure.BROKEN, False),
        (AssertionError(), MailFailure.BROKEN, False),
    ],
    ids=repr,
)
def test_every_end_of_a_mail_is_shown_with_its_reason(answers, caplog, trouble, failure, is_tried_again):
    ada = make.portal_user(email="ada@example.com")
    answers(trouble)
    add(ada, kind=MailKind.INVITATION)
    notices.drain()
    found = problem(ada)
    assert (found.failure, found.is_tried_again, found.kind) == (failure, is_tried_again, MailKind.INVITATION)
    assert "secret-token" not in caplog.text


def test_a_mail_that_cannot_be_made_does_not_hold_up_those_behind_it(answers, monkeypatch, carrier, mails):
    ada, bob = make.portal_user(), make.portal_user()
    real = notices.on_paper
    monkeypatch.setattr(notices, "on_paper", lambda *given: 1 / 0 if "Words" in given[0] else real(*given))
    add(ada)
    notices.add("two", bob.email, Letter("Good", "Hello"), about=bob)
    notices.drain()
    assert mails() == [(bob.email, "Good")]
    assert make.every(Notice, dedup_key="one")[0].state is NoticeState.FAILED


def test_what_was_given_up_is_in_the_history_of_whom_it_concerns(answers):
    ada, una = make.portal_user(make.provider()), make.user(make.group(), email="una@example.com")
    answers(REFUSED)
    add(ada, kind=MailKind.INVITATION)
    add(una, "two", kind=MailKind.CLIENT_PASSWORD_LINK)
    notices.drain()
    lines = [(line.action, line.target, line.change["mail"]) for line in make.every(AuditEntry)]
    assert lines == [
        ("Mail could not be delivered", ada.email, "invitation"),
        ("Mail could not be delivered", "una@example.com", "client-password-link"),
    ]
    assert deliveries.problem_of_user(una.id, "UNA@example.com").answer == "550 5.1.1 No such mailbox"


def test_a_newer_mail_that_arrived_and_another_address_settle_it(answers):
    ada = make.portal_user(email="ada@example.com")
    answers(REFUSED)
    add(ada)
    notices.drain()
    assert problem(ada) is not None
    renamed = make.again(ada)
    renamed.email = "new@example.com"
    assert problem(make.kept(renamed)) is None
    renamed.email = "ada@example.com"
    make.kept(renamed)
    answers(None)
    add(ada, "two")
    notices.drain()
    assert problem(ada) is None


def test_a_mail_to_somebody_who_was_deleted_ends_all_the_same(answers, db):
    ada = make.portal_user()
    answers(REFUSED)
    add(ada)
    for row in make.every(Notice):
        row.portal_user_id = None  # what the database does
        make.kept(row)
    notices.drain()
    assert [row.state for row in make.every(Notice)] == [NoticeState.FAILED]
