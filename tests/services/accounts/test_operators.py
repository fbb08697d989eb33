"""The commands on the server: the first operator, and one who is locked out."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from app.clock import now
from app.models import Notice, PortalUser
from app.services.accounts import one_time_links, sign_in
from app.vocabulary import LinkPurpose
from tests import make

NEW = "another long password"


@pytest.fixture
def typed(app, db):
    """Type a command; returns its exit code and what it printed."""

    def run(*words):
        answer = app.test_cli_runner().invoke(args=["operator", *words])
        return answer.exit_code, answer.output

    return run


def test_the_first_operator_comes_with_a_link_and_without_a_mail(typed):
    code, said = typed("add", "Olga Operator", "Olga@Example.com")
    assert code == 0, said
    [token] = re.findall(r"/welcome/(\S+)", said)
    assert make.every(Notice) == []
    one_time_links.use(token, LinkPurpose.INVITATION, NEW)
    assert sign_in.sign_in("olga@example.com", NEW).place == make.at(None)


def test_a_refusal_is_one_sentence(typed):
    make.operator(email="olga@example.com")
    for words, sentence in (
        (("add", "Olga", "olga@example.com"), "already signs in"),
        (("add", "Olga", "nonsense"), "Enter an e-mail address"),
        (("let-in", "nobody@example.com"), "No operator has this"),
    ):
        code, said = typed(*words)
        assert code == 1
        assert sentence in said
        assert "Traceback" not in said
    assert len(make.every(PortalUser)) == 1


def test_an_operator_without_phone_and_locked_gets_in_again_and_nobody_below_does(typed):
    fields = {
        "totp_secret": "A" * 32,
        "totp_confirmed_at": now(),
        "locked_until": now() + dt.timedelta(minutes=9),
    }
    olga, below = make.operator(**fields), make.portal_user(make.provider(), **fields)
    code, said = typed("let-in", olga.email)
    assert code == 0, said
    [token] = re.findall(r"/reset-password/(\S+)", said)
    one_time_links.use(token, LinkPurpose.PASSWORD_RESET, NEW)
    assert sign_in.sign_in(olga.email, NEW).token
    assert typed("let-in", below.email)[0] == 1
    assert make.again(below).totp_secret
