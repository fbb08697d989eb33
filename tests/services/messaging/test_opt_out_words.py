"""A provider's own opt-out words (D11): what is taken, and that they count wherever a text arrives."""

import pytest

from app.errors import Invalid
from app.models import Message, Provider, Stop
from app.services.messaging import opt_out_words, opt_outs
from tests import make


@pytest.fixture
def number():
    return make.assignment()


def answers():
    """Which texts we sent by ourselves, oldest first."""
    refs = [m.client_ref or "" for m in make.every(Message)]
    return [ref.split(":")[1] for ref in refs if ref.startswith("auto:")]


def stands(number):
    return opt_outs.is_stopped(number.number, make.PHONE)


@pytest.fixture
def spanish(number):
    [provider] = make.every(Provider, id=number.provider_id)
    provider.opt_out_words = ["ALTO", "NO MÁS"]
    return make.kept(provider)


@pytest.mark.parametrize(("text", "word"), [("¡Alto!", "ALTO"), ("no  ma\u0301s 🛑", "NO MÁS")])
def test_the_providers_own_words_stop_and_are_confirmed(number, spanish, arrive, text, word):
    arrive(number, text)
    [stop] = make.every(Stop)
    assert stop.word == word
    assert answers() == ["stop"]


def test_they_are_nobody_elses_and_count_only_as_the_whole_text(number, spanish, arrive):
    arrive(number, "alto ahí")
    other = make.assignment()
    arrive(other, "ALTO")
    assert (make.every(Stop), answers()) == ([], [])


def test_a_word_counts_from_the_moment_it_is_saved_and_no_longer_when_it_is_removed(number, spanish, arrive):
    spanish.opt_out_words = ["BASTA"]
    make.kept(spanish)
    arrive(number, "ALTO")
    assert make.every(Stop) == []
    arrive(number, "basta.")
    assert stands(number)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("ALTO\nStop.", "“STOP” always counts"),
        ("opt-out", "“OPT OUT” always counts"),
        ("yes!", "“YES” starts texts again"),
        ("info", "“INFO” asks for help"),
        ("alto\n\nALTO!", "“ALTO” is listed twice"),
        ("🛑", "has no letter or digit"),
        ("\u200b…", "has no letter or digit"),
        ("n", "must have 2 to 30 characters"),
        ("x" * 31, "must have 2 to 30 characters"),
        ("x" * 500, "must have 2 to 30 characters"),
        ("\n".join(f"word {n}" for n in range(51)), "at most 50 words"),
        ("word\n" * 5000, "at most 50 words"),
    ],
)
def test_words_that_make_no_sense_are_refused_with_a_sentence(typed, said):
    with pytest.raises(Invalid, match=said) as refusal:
        opt_out_words.checked(typed)
    assert refusal.value.field == "opt_out_words"
    assert len(refusal.value.message) < 120


def test_words_are_stored_as_texts_are_compared():
    assert opt_out_words.checked(" alto \r\n\r\n“No más”\n") == ["ALTO", "NO MÁS"]
    assert opt_out_words.checked("") == []
    assert opt_out_words.checked(opt_out_words.with_spanish("basta\nfin")) == [
        "BASTA",
        "FIN",
        *[word for word in opt_out_words.SPANISH if word != "BASTA"],
    ]
