"""A provider's own words for the question and for the answers (S22, D11)."""

import pytest

from app.errors import Invalid
from app.models import AuditEntry, Message, OptInEvidence, Provider
from app.services.audit.record import Action
from app.services.messaging import automatic_texts, opt_in
from app.services.messaging.automatic_texts import OURS, AutomaticText, TextsWish, checked, counted
from app.services.revisions import ChangedMeanwhile
from app.vocabulary import OptIn
from tests import make


@pytest.fixture
def number():
    return make.assignment(opt_in=OptIn.PENDING, friendly_name="Front {desk}")


def change(number, seen=1, **texts):
    [provider] = make.every(Provider, id=number.provider_id)
    wish = TextsWish({AutomaticText(f"{name}_text"): words for name, words in texts.items()})
    automatic_texts.change(make.admin_of(provider), make.at(provider), wish, seen=seen)


def test_the_question_in_a_providers_own_words_is_what_the_client_asks_and_the_evidence_keeps(number):
    change(number, prompt="May {name} ({number}) text?")
    words = f"May Front {{desk}} ({number.number[2:]}) text?"
    assert opt_in.prompt(number)["text"] == words
    opt_in.answer(
        make.client_of(make.every(type(make.user()), id=number.user_id)[0]),
        make.at(number),
        number.id,
        accept=True,
        address="",
    )
    change(number, seen=2, prompt="")
    assert opt_in.prompt(number)["text"].startswith(f"Activate SMS for {number.number[2:]}?")
    assert [step.prompt for step in make.every(OptInEvidence)] == [words]


def test_stop_is_answered_in_the_providers_words(arrive):
    number = make.assignment()
    change(number, stop="Bye from {number}…  done")
    arrive(number, "STOP")
    [text] = [m for m in make.every(Message) if m.client_ref]
    assert (text.text, text.encoding) == (f"Bye from {number.number[2:]}…  done", "ucs-2")


def test_an_empty_text_follows_ours_and_a_change_is_in_the_history(number):
    change(number, stop="Bye", help="  \r\n ")
    [entry] = [e for e in make.every(AuditEntry) if e.action == Action.TEXTS_CHANGED]
    assert entry.change == {"stop_text": [None, "Bye"]}
    with pytest.raises(ChangedMeanwhile):
        change(number, seen=1, stop="Ciao")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("Hi {user}", "{user} is not known"),
        ("Hi {}", "{} is not known"),
        ("Hi {number", "Braces are only for"),
        ("Hi }", "Braces are only for"),
        ("x" * 481, "480 characters at most"),
        ("{name} " * 5, "With a long name"),
    ],
)
def test_what_cannot_be_filled_in_is_refused(words, says):
    with pytest.raises(Invalid, match=says.replace("{", r"\{")):
        checked(AutomaticText.STOP, words)


def test_ours_can_be_filled_in_and_cost_one_part():
    for which, words in OURS.items():
        assert checked(which, words) == words
        if which is not AutomaticText.PROMPT:
            assert counted(which, "").parts == 1
