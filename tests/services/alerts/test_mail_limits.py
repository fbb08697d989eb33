"""How many mails one person can cause; and that strangers use up nobody else's share."""

from __future__ import annotations

import datetime as dt

import pytest

from app.access.policy import Actor
from app.clock import now
from app.models import Notice
from app.services.accounts import one_time_links, portal_users, sign_in, users
from app.services.accounts.portal_users import PortalUserWish
from app.services.accounts.users import UserWish
from app.services.alerts import mail_limits, notices
from app.services.alerts.letters import Letter
from app.services.alerts.mail_limits import AT_PROVIDER, BY_PERSON, TO_ADDRESS, TooManyMails
from app.vocabulary import LinkPurpose, NoticeCause
from tests import make

LETTER = Letter("A subject", "Words")


@pytest.fixture
def telco():
    return make.provider()


@pytest.fixture
def actor(telco):
    person = make.portal_user(telco)
    return Actor(person.email, person.role, make.at(telco), person.id)


def sent_before(count, **fields):
    """So many mails in the outbox that left a moment ago."""
    for n in range(count):
        given = {
            "recipient": "x@example.com",
            "recipient_key": f"x{n}@example.com",
            "cause": NoticeCause.STAFF,
        }
        given |= {"dedup_key": f"{fields}{n}", "subject": "x", "created_at": now() - dt.timedelta(minutes=1)}
        make.kept(Notice(**given | fields))


def test_pressing_send_again_twenty_times_sends_a_few(telco, actor):
    person = portal_users.create(actor, make.at(telco), PortalUserWish("Ida", "ida@example.com"))
    refused = []
    for _ in range(20):
        try:
            portal_users.invite_again(actor, make.at(telco), person.id)
        except TooManyMails as refusal:
            refused.append(refusal.message)
    assert len(make.every(Notice)) == TO_ADDRESS[0].most
    assert set(refused) == {"Too many mails went to this address. Try again in an hour."}


def test_the_link_before_a_refused_one_still_works(telco, actor):
    person = portal_users.create(actor, make.at(telco), PortalUserWish("Ida", "ida@example.com"))
    sent_before(TO_ADDRESS[0].most, recipient_key="ida@example.com", created_at=now())
    with pytest.raises(TooManyMails):
        portal_users.invite_again(actor, make.at(telco), person.id)
    unused = [link for link in make.every(one_time_links.OneTimeLink) if link.used_at is None]
    assert [link.purpose for link in unused] == [LinkPurpose.INVITATION]


def test_other_ways_to_the_same_mailbox_count_together(telco, actor):
    """Deleting and inviting once more, other capitals, links to users, an address that is entered."""
    sent_before(TO_ADDRESS[0].most - 1, recipient_key="ida@example.com")
    person = portal_users.create(actor, make.at(telco), PortalUserWish("Ida", "IDA@example.com"))
    portal_users.delete(actor, make.at(telco), person.id)
    with pytest.raises(TooManyMails):
        portal_users.create(actor, make.at(telco), PortalUserWish("Ida", "ida@example.com"))
    una = make.user(make.group(make.reseller(telco)), email="Ida@Example.com")
    with pytest.raises(TooManyMails):
        one_time_links.send_client_password_link(actor, make.at(una), una.id)
    bob = make.portal_user(telco)
    wish = PortalUserWish("Bob", "ida@example.com", timezone=bob.timezone)
    with pytest.raises(TooManyMails):
        portal_users.change(actor, make.at(telco), bob.id, wish, seen=1)
    assert make.again(bob).pending_email is None


@pytest.mark.parametrize(
    ("limits", "column", "words"),
    [
        (TO_ADDRESS, "recipient_key", "Too many mails went to this address"),
        (BY_PERSON, "caused_by_id", "You had too many mails sent"),
        (AT_PROVIDER, "provider_id", "Too many mails were sent for this provider"),
    ],
    ids=["to an address", "by a person", "at a provider"],
)
@pytest.mark.parametrize("which", [0, 1], ids=["an hour", "a day"])
def test_each_limit_says_which_it_is_and_ends(telco, actor, limits, column, words, which):
    limit = limits[which]
    value = {"recipient_key": "ida@example.com", "caused_by_id": actor.account_id, "provider_id": telco.id}[
        column
    ]
    age = limit.within - dt.timedelta(minutes=1)
    sent_before(limit.most - 1, **{column: value, "created_at": now() - age})
    cause = mail_limits.by(actor, telco)
    mail_limits.require("ida@example.com", cause)
    sent_before(1, **{column: value, "created_at": now() - age, "dedup_key": "last"})
    with pytest.raises(TooManyMails, match=words):
        mail_limits.require("ida@example.com", cause)
    for row in make.every(Notice):
        row.created_at -= dt.timedelta(minutes=2)
        make.kept(row)
    mail_limits.require("ida@example.com", cause)


def test_others_are_not_limited_by_what_one_did(telco, actor):
    sent_before(BY_PERSON[0].most, caused_by_id=actor.account_id, provider_id=telco.id)
    other = make.portal_user(make.provider())
    mail_limits.require(
        "ida@example.com", mail_limits.by(Actor("o", other.role, make.at(telco), other.id), other)
    )
    mail_limits.require("ida@example.com", mail_limits.BY_PORTAL)


def test_what_the_portal_sends_by_itself_is_not_limited():
    for n in range(TO_ADDRESS[0].most + 5):
        notices.add(f"{n}", "ida@example.com", LETTER)
    assert len(make.every(Notice)) == TO_ADDRESS[0].most + 5


def test_strangers_send_a_few_and_the_newest_of_their_links_works():
    ada = make.portal_user(email="ada@example.com")
    for _ in range(20):
        one_time_links.forgot_password("ada@example.com")
    assert len(make.every(Notice)) == one_time_links.STRANGERS_MAILS_SOON
    newest = make.every(Notice)[-1].body.partition("/reset-password/")[2].split()[0]
    one_time_links.use(newest, LinkPurpose.PASSWORD_RESET, "another long password")
    assert sign_in.sign_in("ada@example.com", "another long password").id == ada.id


def test_strangers_use_up_nothing_of_what_staff_may_send(telco, actor):
    ada = make.portal_user(telco, email="ada@example.com")
    for _ in range(20):
        one_time_links.forgot_password("ada@example.com")
    one_time_links.send_password_reset(actor, make.at(telco), ada.id)
    assert make.every(Notice)[-1].cause is NoticeCause.STAFF
    una = make.user(make.group(make.reseller(telco)), email="una@example.com")
    for _ in range(20):
        one_time_links.forgot_client_password(una.broadworks_id)
    one_time_links.send_client_password_link(actor, make.at(una), una.id)
    to_una = [row.cause for row in make.every(Notice, recipient="una@example.com")]
    assert to_una == [NoticeCause.STRANGER] * one_time_links.STRANGERS_MAILS_SOON + [NoticeCause.STAFF]


def test_mails_to_one_person_at_once_are_counted_one_after_the_other(real_database, at_once):
    telco = make.provider()
    someone = make.portal_user(telco)
    actor = Actor(someone.email, someone.role, make.at(telco), someone.id)
    person = make.portal_user(telco, accepted_at=None, email="ida@example.com")
    person_id, place = person.id, make.at(telco)
    sent_before(TO_ADDRESS[0].most - 2, recipient_key="ida@example.com")
    outcomes = at_once(*[lambda: portal_users.invite_again(actor, place, person_id)] * 4)
    assert sum(isinstance(one, TooManyMails) for one in outcomes) == 2, outcomes


def test_a_change_that_the_person_must_be_told_of_waits_with_its_mail(telco, actor):
    """Else whoever used up the limit first could change an address untold."""
    una = make.user(make.group(make.reseller(telco)), email="una@example.com")
    sent_before(TO_ADDRESS[0].most, recipient_key="una@example.com")
    wish = UserWish(una.broadworks_id, una.name, email="other@example.com")
    with pytest.raises(TooManyMails):
        users.change(actor, make.at(una), wish, seen=1)
    assert make.again(una).email == "una@example.com"
