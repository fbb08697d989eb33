"""Which new passwords are accepted: a length, and none that is guessed first (NIST SP 800-63B)."""

from __future__ import annotations

import pytest

from app.db import transactional
from app.services.accounts import client_tokens, one_time_links, own_account, passwords, portal_sessions
from app.services.accounts.passwords import MadeOfKnownWords, TooEasyToGuess, TooShortOrLong
from app.vocabulary import LinkPurpose
from tests import make

KNOWN = ("Ada Bell", "ada.bell@telco.example", "Demo Telecom", "chris_7@demo.example")
OFFERED = "Choose"


@pytest.mark.parametrize(
    "typed",
    ["1234567890", "aaaaaaaaaa", "          ", "qwertyuiop", "1q2w3e4r5t", "abcabcabcabc", "Password123!",
     "P@ssw0rd2026", "iloveyou1234", "2026-11-28", "11/28/2026", "asdfghjkl;", "drowssap321",
     "\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff10", "a" * 200, "\u200d" * 12,
     "football2025"],
)  # fmt: skip
def test_what_everybody_tries_first_is_refused(typed):
    with pytest.raises(TooEasyToGuess, match=OFFERED):
        passwords.require_strong(typed, KNOWN)


@pytest.mark.parametrize(
    "typed",
    ["ada.bell@telco.example", "ADA.BELL@telco.example", "Ada Bell 2026", "BellAdaBell", "Demo Telecom",
     "Demo-Telecom-26", "chris_7@demo.example", "chris7chris7", "CPaaS Portal", "Unity.Portal",
     "\uff41\uff44\uff41 bell ada",
     "telco.example1"],
)  # fmt: skip
def test_what_a_stranger_knows_about_the_person_is_refused(typed):
    with pytest.raises((MadeOfKnownWords, TooEasyToGuess), match=OFFERED):
        passwords.require_strong(typed, KNOWN)


@pytest.mark.parametrize("typed", ["", "short", "x" * 9, "x" * 201])
def test_the_length_is_said(typed):
    with pytest.raises(TooShortOrLong, match="10 to 200 characters"):
        passwords.require_strong(typed)


@pytest.mark.parametrize(
    "typed",
    [make.PASSWORD, "another long password", "sunflower garden", "zwölf Boxkämpfer jagen", "eU3kd0-aPq1z",
     "ada likes green tea at noon", "choose-one-for-your-own-machine", "q7Fz2mXw9K", "correct horse " * 14],
)  # fmt: skip
def test_length_is_enough_without_rules_about_kinds_of_characters(typed):
    passwords.require_strong(typed, KNOWN)


def set_by_link(purpose, password, **holder):
    token = transactional(one_time_links._issue)(purpose, **holder)
    one_time_links.use(token, purpose, password)


def ways():
    """Every way to a new password, for a person whose provider is called Harbor Wireless."""
    telco = make.provider(name="Harbor Wireless")
    sales = make.group(make.reseller(telco))
    ada, una = make.portal_user(sales, name="Ada Bell"), make.user(sales, name="Una Frost")
    session = portal_sessions.signed_in(portal_sessions.start(ada.id))
    return {
        "own account": lambda p: own_account.change_password(
            session.actor, session.session_id, make.PASSWORD, p
        ),
        "invitation": lambda p: set_by_link(LinkPurpose.INVITATION, p, portal_user_id=ada.id),
        "reset": lambda p: set_by_link(LinkPurpose.PASSWORD_RESET, p, portal_user_id=ada.id),
        "client link": lambda p: set_by_link(LinkPurpose.CLIENT_PASSWORD, p, user_id=una.id),
        "staff": lambda p: client_tokens.set_password(make.admin_of(telco), make.at(telco), una.id, p),
    }


@pytest.mark.parametrize("way", ["own account", "invitation", "reset", "client link", "staff"])
@pytest.mark.parametrize("typed", ["1234567890", "Harbor Wireless", "harborwireless1"])
def test_every_way_to_a_new_password_asks_the_same_rule(db, way, typed):
    with pytest.raises((MadeOfKnownWords, TooEasyToGuess)):
        ways()[way](typed)


@pytest.mark.parametrize(("way", "typed"), [("own account", "bell ada bell"), ("client link", "Una-Frost-1")])
def test_the_own_name_is_one_of_the_words(db, way, typed):
    with pytest.raises((MadeOfKnownWords, TooEasyToGuess)):
        ways()[way](typed)
