"""Whose an address is, at every door; how it is changed: confirmed at the new one, told to the old one."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import pytest

from app.access.policy import Actor
from app.clock import now
from app.errors import Invalid, NotFound
from app.models import AuditEntry, Notice
from app.services.accounts import (
    one_time_links,
    operators,
    portal_sessions,
    portal_user_lookup,
    portal_users,
    sign_in,
    sign_in_address,
    users,
)
from app.services.accounts.one_time_links import LinkUsedUp
from app.services.accounts.portal_user_lookup import EmailInUse
from app.services.accounts.portal_users import PortalUserWish
from app.services.accounts.users import UserWish
from app.vocabulary import LinkPurpose, MailKind, Role
from tests import make

PUNYCODE, UNICODE = "ida@xn--bcher-kva.example", "ida@bücher.example"
SPELLINGS = [PUNYCODE, UNICODE, "IDA@BÜCHER.example", "Ida <ida@bücher.example>", "ida@bücher。example."]
MIGRATION = Path(__file__).parents[3] / "migrations/versions/0008_mail_and_addresses.py"


@pytest.fixture
def telco():
    return make.provider()


@pytest.fixture
def ada(telco):
    return make.portal_user(telco, email="ada@example.com")


def staff(node):
    """Somebody who is signed in, and so causes mails."""
    person = make.portal_user(node)
    return Actor(person.email, person.role, make.at(node), person.id)


def enter(person, address, **more):
    """As the form does it."""
    fresh = make.again(person)
    names = PortalUserWish.__dataclass_fields__
    wish = PortalUserWish(**{name: getattr(fresh, name) for name in names})
    node = make.again(fresh).provider_id
    telco = make.every(type(make.provider()), id=node)[0]
    wish = replace(wish, email=address, **more)
    portal_users.change(staff(telco), make.at(telco), person.id, wish, seen=fresh.revision)
    return telco


def mails(kind=None):
    return [(row.recipient, row.subject) for row in make.every(Notice) if kind in (None, row.kind)]


def token(path):
    found = [re.findall(rf"/{path}/([\w-]+)", row.body or "") for row in make.every(Notice)]
    return [one for many in found for one in many][-1]


@pytest.mark.parametrize("stored", SPELLINGS)
@pytest.mark.parametrize("typed", SPELLINGS)
def test_however_an_address_is_spelled_it_is_one_account(telco, stored, typed):
    """Invited in one spelling; signing in, resetting, inviting once more in another."""
    person = portal_users.create(staff(telco), make.at(telco), PortalUserWish("Ida", stored))
    one_time_links.use(token("welcome"), LinkPurpose.INVITATION, make.PASSWORD)
    assert make.again(person).email == PUNYCODE
    assert sign_in.sign_in(typed, make.PASSWORD).id == person.id
    one_time_links.forgot_password(typed)
    assert mails(MailKind.PASSWORD_LINK) == [(PUNYCODE, "Set a new password for the CPaaS portal")]
    with pytest.raises(EmailInUse):
        portal_users.create(staff(telco), make.at(telco), PortalUserWish("Ida", typed))


@pytest.mark.parametrize("typed", SPELLINGS)
def test_operators_are_found_in_every_spelling(typed):
    operators.add("Ida", UNICODE)
    with pytest.raises(EmailInUse):
        operators.add("Ida", typed)
    assert "/welcome/" in operators.let_in(typed)


@pytest.mark.parametrize("typed", ["jürgen@example.com", '"i da"@example.com', "ida@☃.example"])
def test_what_cannot_be_mailed_is_refused_beside_its_field(telco, typed):
    with pytest.raises(Invalid) as refusal:
        portal_users.create(staff(telco), make.at(telco), PortalUserWish("Ida", typed))
    assert refusal.value.field == "email"
    with pytest.raises(Invalid) as refusal:
        users.create(make.admin_of(telco), make.at(make.group()), UserWish("ida@x", "Ida", email=typed))
    assert refusal.value.field == "email"
    assert make.every(Notice) == []


def test_a_users_address_is_stored_in_the_normal_form_and_its_local_part_as_typed():
    wish = UserWish("i@x", "Ida", email="Ida@bücher.example")
    row = users.create(make.admin_of(None), make.at(make.group()), wish)
    assert row.email == "Ida@xn--bcher-kva.example"


def test_an_account_from_before_the_rule_still_signs_in():
    old = make.portal_user(email="jürgen@example.com")
    assert sign_in.sign_in("JÜRGEN@example.com", make.PASSWORD).id == old.id


def test_the_history_shows_addresses_as_people_read_them(telco):
    portal_users.create(staff(telco), make.at(telco), PortalUserWish("Ida", PUNYCODE))
    assert make.every(AuditEntry)[-1].target == UNICODE


def test_the_old_address_signs_in_until_the_link_at_the_new_one_is_used(ada):
    session = portal_sessions.start(ada.id)
    one_time_links.forgot_password("ada@example.com")
    reset = token("reset-password")
    enter(ada, "new@example.com")
    assert make.again(ada).email == "ada@example.com"
    assert sign_in.sign_in("ada@example.com", make.PASSWORD).id == ada.id
    one_time_links.forgot_password("new@example.com")
    assert [to for to, _ in mails(MailKind.PASSWORD_LINK)] == ["ada@example.com"]
    assert mails(MailKind.ADDRESS_LINK) == [
        ("new@example.com", "Confirm your new email address for the CPaaS portal")
    ]
    assert mails(MailKind.ACCOUNT_CHANGED) == [
        ("ada@example.com", "Your email address for the CPaaS portal is being changed")
    ]

    sign_in_address.confirm(token("new-address"))

    assert (make.again(ada).email, make.again(ada).pending_email) == ("new@example.com", None)
    assert sign_in.sign_in("new@example.com", make.PASSWORD).id == ada.id
    with pytest.raises(sign_in.WrongSignIn):
        sign_in.sign_in("ada@example.com", make.PASSWORD)
    with pytest.raises(LinkUsedUp):
        one_time_links.use(reset, LinkPurpose.PASSWORD_RESET, "another long password")
    assert portal_sessions.signed_in(session) is None
    assert mails(MailKind.ACCOUNT_CHANGED)[-1] == (
        "ada@example.com",
        "Your email address for the CPaaS portal was changed",
    )
    with pytest.raises(LinkUsedUp):
        sign_in_address.confirm(token("new-address"))
    actions = [line.action for line in make.every(AuditEntry)]
    assert "New email address entered, not confirmed yet" in actions
    assert "Email address changed" in actions


def test_a_new_address_can_be_canceled_sent_again_and_entered_anew(ada):
    telco = enter(ada, "first@example.com")
    first = token("new-address")
    actor, place = staff(telco), make.at(telco)
    sign_in_address.send_again(actor, place, ada.id)
    second = token("new-address")
    enter(ada, "other@example.com")
    third = token("new-address")
    sign_in_address.cancel(actor, place, ada.id)
    for one in (first, second, third):
        with pytest.raises(LinkUsedUp):
            sign_in_address.confirm(one)
    assert (make.again(ada).email, make.again(ada).pending_email) == ("ada@example.com", None)
    for act in (sign_in_address.cancel, sign_in_address.send_again):
        with pytest.raises(NotFound):
            act(actor, place, ada.id)


def test_a_link_to_the_new_address_is_too_old_after_three_days(ada):
    enter(ada, "new@example.com")
    for row in make.every(one_time_links.OneTimeLink):
        row.expires_at = now() - dt.timedelta(seconds=1)
        make.kept(row)
    with pytest.raises(LinkUsedUp):
        sign_in_address.confirm(token("new-address"))


def test_a_forgotten_password_or_another_role_does_not_end_the_confirmation(ada):
    enter(ada, "new@example.com")
    one_time_links.forgot_password("ada@example.com")
    one_time_links.use(token("reset-password"), LinkPurpose.PASSWORD_RESET, "another long password")
    enter(ada, "ada@example.com", role=Role.READ_ONLY)
    sign_in_address.confirm(token("new-address"))
    assert make.again(ada).email == "new@example.com"


def test_disabling_somebody_ends_the_confirmation(ada):
    telco = enter(ada, "new@example.com")
    portal_users.set_enabled(staff(telco), make.at(telco), ada.id, is_enabled=False)
    with pytest.raises(LinkUsedUp):
        sign_in_address.confirm(token("new-address"))
    assert make.again(ada).pending_email is None


def test_of_two_who_wait_for_one_address_the_first_gets_it(ada, telco):
    bob = make.portal_user(telco, email="bob@example.com")
    enter(ada, "new@example.com")
    of_ada = token("new-address")
    enter(bob, "NEW@example.com")
    of_bob = token("new-address")
    sign_in_address.confirm(of_ada)
    with pytest.raises(EmailInUse):
        sign_in_address.confirm(of_bob)
    assert make.again(bob).email == "bob@example.com"
    with pytest.raises(EmailInUse):
        enter(bob, "new@EXAMPLE.com")


def test_a_link_that_confirms_an_address_sets_no_password_and_the_other_way_round(ada):
    enter(ada, "new@example.com")
    confirming = token("new-address")
    for purpose in (LinkPurpose.PASSWORD_RESET, LinkPurpose.INVITATION):
        with pytest.raises(LinkUsedUp):
            one_time_links.use(confirming, purpose, "another long password")
    one_time_links.forgot_password("ada@example.com")
    with pytest.raises(LinkUsedUp):
        sign_in_address.confirm(token("reset-password"))


def test_somebody_who_was_never_in_gets_the_invitation_at_the_new_address(telco):
    person = portal_users.create(staff(telco), make.at(telco), PortalUserWish("Ida", "wrong@example.com"))
    first = token("welcome")
    enter(person, "right@example.com")
    assert make.again(person).email == "right@example.com"
    assert [to for to, _ in mails()] == ["wrong@example.com", "right@example.com"]
    with pytest.raises(LinkUsedUp):
        one_time_links.use(first, LinkPurpose.INVITATION, make.PASSWORD)


def test_people_are_told_what_staff_changed(ada, telco):
    enter(ada, "ada@example.com", role=Role.READ_ONLY)
    assert mails() == [("ada@example.com", "Your role in the CPaaS portal was changed")]
    assert "read only" in make.every(Notice)[0].body
    enter(ada, "ada@example.com", name="Ada Lovelace", send_invoices=True)
    assert len(mails()) == 1


def test_a_user_is_told_of_another_password_and_the_old_address_of_another_address():
    una = make.user(make.group(), email="una@example.com")
    actor = staff(None)
    one_time_links.client_tokens.set_password(actor, make.at(una), una.id, "a long client password")
    assert mails() == [("una@example.com", "The password of your Unity client was changed")]
    wish = UserWish(una.broadworks_id, una.name, email="other@example.com")
    users.change(actor, make.at(una), wish, seen=1)
    assert mails()[1:] == [("una@example.com", "The email address of your Unity client was changed")]


def test_two_accounts_from_before_with_one_address_are_both_reached_by_their_own_spelling():
    one, other = make.portal_user(email=PUNYCODE), make.portal_user(email=UNICODE)
    assert sign_in.sign_in(PUNYCODE, make.PASSWORD).id == one.id
    assert sign_in.sign_in(UNICODE, make.PASSWORD).id == other.id
    assert [portal_user_lookup.is_misspelled(person) for person in (one, other)] == [False, True]
