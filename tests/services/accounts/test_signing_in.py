"""Signing in: portal users, clients, and the links that set a password once."""

import datetime as dt
import re

import pytest

from app.clock import now
from app.errors import Invalid, NotFound
from app.models import AuditEntry, ClientSession, Notice, OneTimeLink
from app.services.accounts import client_tokens, one_time_links, portal_sessions, portal_users, sign_in
from app.services.accounts.client_tokens import WrongClientSignIn
from app.services.accounts.one_time_links import LinkUsedUp
from app.services.accounts.sign_in import WrongSignIn
from app.vocabulary import LinkPurpose
from tests import make

NEW = "another long password"


def test_an_accepted_account_signs_in_in_any_case():
    ada = make.portal_user(email="ada@example.com")
    assert sign_in.sign_in(" ADA@example.com ", make.PASSWORD).id == ada.id
    assert make.again(ada).last_sign_in_at is not None


@pytest.mark.parametrize(
    ("fields", "password"),
    [
        ({}, "wrong password"),
        ({}, ""),
        ({"is_enabled": False}, make.PASSWORD),
        ({"accepted_at": None}, make.PASSWORD),
        ({"password_hash": None}, ""),
        ({"password_hash": None}, make.PASSWORD),
        ({"email": "somebody.else@example.com"}, make.PASSWORD),
    ],
)
def test_every_refused_sign_in_reads_the_same(fields, password):
    make.portal_user(**{"email": "ada@example.com", **fields})
    with pytest.raises(WrongSignIn) as refusal:
        sign_in.sign_in("ada@example.com", password)
    assert refusal.value.message == "The e-mail address or the password is wrong."
    assert make.every(AuditEntry) == []


def test_a_token_opens_nothing_that_is_made_up_or_of_a_disabled_account():
    ada, bob = make.portal_user(), make.portal_user(is_enabled=False)
    assert portal_sessions.signed_in(portal_sessions.start(ada.id)).id == ada.id
    assert portal_sessions.signed_in(portal_sessions.start(bob.id)) is None
    assert portal_sessions.signed_in("made up") is None


def link_of(kind):
    """The link of the newest mail, as its reader sees it."""
    newest = make.every(Notice)[-1]
    [token] = re.findall(rf"/{kind}/(\S+)", newest.body)
    return token


def invite(person):
    node = make.at(person)
    portal_users.invite_again(make.admin_of(person), node, person.id)
    return link_of("welcome")


def test_an_invitation_sets_a_password_once():
    ada = make.portal_user(make.provider(), accepted_at=None, password_hash=None)
    token = invite(ada)

    one_time_links.use(token, LinkPurpose.INVITATION, NEW)

    assert sign_in.sign_in(ada.email, NEW).id == ada.id
    for again in (
        lambda: one_time_links.use(token, LinkPurpose.INVITATION, "yet another password"),
        lambda: one_time_links.opened(token, LinkPurpose.INVITATION),
    ):
        with pytest.raises(LinkUsedUp):
            again()


def test_opening_a_link_and_a_refused_password_use_nothing_up():
    """Mail scanners open links too."""
    token = invite(make.portal_user(make.provider(), accepted_at=None))
    one_time_links.opened(token, LinkPurpose.INVITATION)
    with pytest.raises(Invalid):
        one_time_links.use(token, LinkPurpose.INVITATION, "short")
    one_time_links.use(token, LinkPurpose.INVITATION, NEW)


def test_a_newer_invitation_replaces_the_one_before():
    ada = make.portal_user(make.provider(), accepted_at=None)
    first, second = invite(ada), invite(ada)
    with pytest.raises(LinkUsedUp):
        one_time_links.use(first, LinkPurpose.INVITATION, NEW)
    one_time_links.use(second, LinkPurpose.INVITATION, NEW)


def test_a_link_ends_after_three_days_and_opens_one_door_only():
    token = invite(make.portal_user(make.provider(), accepted_at=None))
    with pytest.raises(LinkUsedUp):
        one_time_links.use(token, LinkPurpose.CLIENT_PASSWORD, NEW)
    [link] = make.every(OneTimeLink)
    assert dt.timedelta(days=2.9) < link.expires_at - now() < dt.timedelta(days=3)
    link.expires_at = now() - dt.timedelta(seconds=1)
    make.kept(link)
    with pytest.raises(LinkUsedUp):
        one_time_links.use(token, LinkPurpose.INVITATION, NEW)


def test_a_link_opened_twice_at_once_sets_one_password(real_database, at_once):
    ada = make.portal_user(make.provider(), accepted_at=None)
    token = invite(ada)

    passwords = [f"password number {n}" for n in range(2)]
    outcomes = at_once(*(lambda p=p: one_time_links.use(token, LinkPurpose.INVITATION, p) for p in passwords))

    assert sum(isinstance(one, LinkUsedUp) for one in outcomes) == 1, outcomes
    winner = next(p for p, one in zip(passwords, outcomes, strict=True) if not isinstance(one, LinkUsedUp))
    assert sign_in.sign_in(ada.email, winner).id == ada.id


def test_only_a_digest_of_a_token_is_kept(db):
    token = invite(make.portal_user(make.provider(), accepted_at=None))
    rows = db.session.connection().exec_driver_sql("SELECT * FROM one_time_links").all()
    rows += db.session.connection().exec_driver_sql("SELECT * FROM notices").all()
    assert token not in str(rows)


def test_staff_send_a_user_a_link_that_sets_the_client_password():
    una = make.user(email="una@example.com")
    one_time_links.send_client_password_link(make.admin_of(una), make.at(una), una.id)
    one_time_links.use(link_of("client-password"), LinkPurpose.CLIENT_PASSWORD, NEW)
    assert client_tokens.sign_in(una.broadworks_id, NEW).identity.user_id == una.id


def test_a_link_needs_an_address_to_go_to():
    una = make.user(email="")
    with pytest.raises(Invalid):
        one_time_links.send_client_password_link(make.admin_of(una), make.at(una), una.id)
    assert make.every(OneTimeLink) == []


def client(password=make.PASSWORD):
    una = make.user(broadworks_id=f"Una{len(make.every(ClientSession))}@example.com")
    client_tokens.set_password(make.admin_of(una), make.at(una), una.id, password)
    return una


def test_a_client_signs_in_with_the_user_id_in_any_case():
    """S12."""
    una = client()
    new = client_tokens.sign_in(una.broadworks_id.upper(), make.PASSWORD)
    assert client_tokens.signed_in(new.token).user_id == una.id


@pytest.mark.parametrize(("user_id", "password"), [("Una0@example.com", "wrong"), ("nobody", make.PASSWORD)])
def test_a_wrong_client_sign_in_reads_the_same(user_id, password):
    client()
    with pytest.raises(WrongClientSignIn):
        client_tokens.sign_in(user_id, password)


def test_a_user_without_a_password_cannot_sign_in():
    una = make.user()
    for password in ("", make.PASSWORD):
        with pytest.raises(WrongClientSignIn):
            client_tokens.sign_in(una.broadworks_id, password)


def test_a_new_password_signs_every_client_out():
    una = client()
    token = client_tokens.sign_in(una.broadworks_id, make.PASSWORD).token
    client_tokens.set_password(make.admin_of(una), make.at(una), una.id, NEW)
    assert client_tokens.signed_in(token) is None


def test_a_token_ends_by_sign_out_and_by_time():
    una = client()
    one, two = (client_tokens.sign_in(una.broadworks_id, make.PASSWORD) for _ in range(2))
    client_tokens.end(one.identity.session_id)
    assert client_tokens.signed_in(one.token) is None
    assert client_tokens.signed_in(two.token) is not None
    session = make.every(ClientSession)[-1]
    session.expires_at = now() - dt.timedelta(seconds=1)
    make.kept(session)
    assert client_tokens.signed_in(two.token) is None


def test_only_a_digest_of_a_client_token_is_kept(db):
    token = client_tokens.sign_in(client().broadworks_id, make.PASSWORD).token
    assert token not in str(db.session.connection().exec_driver_sql("SELECT * FROM client_sessions").all())


def test_staff_cannot_set_the_password_of_a_strangers_user():
    una, stranger = make.user(), make.user()
    with pytest.raises(NotFound):
        client_tokens.set_password(make.admin_of(una), make.at(una), stranger.id, NEW)
