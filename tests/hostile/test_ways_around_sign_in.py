"""What somebody tries who wants in, or wants somebody else to end up elsewhere."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from app.errors import NotFound
from app.services.accounts import one_time_links, portal_users, users
from app.services.accounts.portal_users import PortalUserWish
from app.services.accounts.users import UserWish
from app.vocabulary import LinkPurpose
from tests import make


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "/\\evil.example", "/\t/evil.example", "/\n/evil.example", "/\r\n/evil.example"],
)
def test_signing_in_never_leads_to_a_strangers_site(browser, elsewhere):
    ada = make.operator()
    answer = browser().post(
        f"/sign-in?next={quote(elsewhere)}", {"email": ada.email, "password": make.PASSWORD}
    )
    assert (answer.status_code, answer.location) == (303, "/system/providers/")


def test_blanks_around_an_address_are_no_fresh_tries_for_it(browser, limited):
    ada, stranger = make.operator(), browser()
    for number in range(12):
        answer = stranger.post(
            "/sign-in",
            {"email": " " * number + ada.email, "password": "wrong"},
            environ_base={"REMOTE_ADDR": f"10.0.0.{number}"},
        )
    assert answer.status_code == 429


def test_blanks_around_a_user_id_are_no_fresh_tries_for_it(client, limited):
    una, stranger = make.user(), client()
    for number in range(12):
        answer = stranger.post(
            "session",
            {"user_id": " " * number + una.broadworks_id, "password": "wrong"},
            environ_base={"REMOTE_ADDR": f"10.0.1.{number}"},
        )
    assert answer.status_code == 429


@pytest.mark.parametrize("body", [b"[" * 60_000, b'{"a":' * 10_000, b'{"user_id":"\\ud800","password":"x"}'])
def test_a_sign_in_that_is_no_json_is_told_so(client, limited, body):
    answer = client().call("POST", "session", data=body, content_type="application/json")
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"


def test_a_sign_in_that_is_too_long_is_not_read(client, limited):
    answer = client().call("POST", "session", data=b"a" * 100_000, content_type="application/json")
    assert answer.status_code == 413


def test_an_invitation_sent_to_a_wrong_address_dies_when_the_address_is_corrected(db):
    node = make.provider()
    person = make.portal_user(node, accepted_at=None, password_hash=None)
    token = one_time_links._issue(LinkPurpose.INVITATION, portal_user_id=person.id)
    db.session.commit()

    wish = PortalUserWish(name=person.name, email="right@example.com")
    portal_users.change(make.admin_of(None), make.at(node), person.id, wish)

    with pytest.raises(NotFound):
        one_time_links.opened(token, LinkPurpose.INVITATION)


def test_a_client_password_link_dies_with_the_address_it_went_to(db):
    una = make.user(email="wrong@example.com")
    token = one_time_links._issue(LinkPurpose.CLIENT_PASSWORD, user_id=una.id)
    db.session.commit()

    wish = UserWish(una.broadworks_id, una.name, email="right@example.com")
    users.change(make.admin_of(None), make.at(una), wish, seen=1)

    with pytest.raises(NotFound):
        one_time_links.opened(token, LinkPurpose.CLIENT_PASSWORD)
