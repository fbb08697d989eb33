"""Which whole texts are keywords, however a phone decorates them (D11): one pure function."""

import random
import string
import time
import unicodedata
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.messaging.keywords import (
    HELP_WORDS,
    OPT_OUT_WORDS,
    RESUME_WORDS,
    Keyword,
    is_compliance_keyword,
    is_keyword,
    meaning_of,
    normalize,
)

KNOWN = OPT_OUT_WORDS | RESUME_WORDS | HELP_WORDS
# All as D11 writes them.
WORDS = {
    **dict.fromkeys(
        [
            "STOP",
            "STOPALL",
            "STOP ALL",
            "END",
            "CANCEL",
            "UNSUBSCRIBE",
            "QUIT",
            "REVOKE",
            "OPTOUT",
            "OPT OUT",
            "OPT-OUT",
        ],
        Keyword.STOP,
    ),
    **dict.fromkeys(["START", "UNSTOP", "YES"], Keyword.START),
    **dict.fromkeys(["HELP", "INFO"], Keyword.HELP),
}
BLANKS = [" ", "\t", "\n", "\r\n", "\u00a0", "\u2003", "\u3000", "\u2028", "\u202f", "\u2800"]
BLANKS += ["\x1f", "\x85"]
INVISIBLE = [
    "\u200b",
    "\u200c",
    "\u200d",
    "\u2060",
    "\ufeff",
    "\u00ad",
    "\u200e",
    "\u200f",
    "\u202e",
    "\u2066",
]
INVISIBLE += ["\ufe0f", "\ufe0e", "\U000e0100", "\u034f", "\u3164", "\u180e", "\x00", "\x07", "\x7f", "\x9f"]
QUOTES = ['"', "'", "“", "”", "„", "«", "»", "‘", "’", "`", "´", "「", "』", "‹"]
POINTS = [
    ".",
    "!",
    "?",
    "…",
    ",",
    ";",
    ":",
    "!!!",
    "¡",
    "¿",
    "(",
    ")",
    "[",
    "]",
    "-",
    "—",
    "_",
    "*",
    "#",
    "/",
    "~",
]
POINTS += ["。", "،", "｡", "！", "•", "|", "\\", "^", "$", "=", "<", ">", "+"]
EMOJI = [
    "🛑",
    "🙏🏽",
    "😡",
    "❤️",
    "👨‍👩‍👧",
    "🇺🇸",
    "1️⃣",
    "™️",
    "ℹ️",
    "Ⓜ️",
    "㊗️",
    "🈁",
    "🏴\U000e0067\U000e0062\U000e007f",
    "✋",
    "🚫",
    "‼️",
]
DASHES = ["-", "\u2010", "\u2011", "\u2013", "\u2014", "\u2212", "\uff0d", " - "]
ENDS = BLANKS + INVISIBLE + QUOTES + POINTS + EMOJI


def fullwidth(letter):
    return chr(ord(letter) + 0xFEE0)


def bold(letter):
    return chr(ord(letter.upper()) - ord("A") + 0x1D400)


def circled(letter):
    return chr(ord(letter.upper()) - ord("A") + 0x24B6)


def odd(letter):
    """How some phones write it: a long S, an I of Turkish, a Kelvin."""
    choice = {"S": "\u017f", "I": "\u0131", "K": "\u212a"}
    return choice.get(letter.upper(), letter)


STYLES = [str.lower, str.upper, str.lower, str.upper, fullwidth, bold, circled, odd, lambda _: "\u0130"]


def decorated(word, rng):
    """The word as a person may send it, and it counts."""
    text = ""
    for letter in word:
        if letter in " -":
            text += (
                "".join(rng.choices(BLANKS, k=rng.randint(1, 3)))
                if rng.random() < 0.6
                else rng.choice(DASHES)
            )
            continue
        style = rng.choice(STYLES[:-1] if letter.upper() != "I" else STYLES)
        text += style(letter)
        if rng.random() < 0.15:
            text += rng.choice(INVISIBLE)
    before, after = (rng.choices(ENDS, k=rng.choice([0, 0, 1, 2, 5])) for _ in range(2))
    return "".join(before) + text + "".join(after)


def near_miss(word, rng):
    """Something close to it that is no keyword, in letters and blanks, to be decorated at its ends."""
    place = rng.randrange(1, len(word))
    letter = rng.choice(string.ascii_uppercase)
    return rng.choice(
        [
            f"{word}{letter}",
            f"{letter}{word}",
            f"{word} {rng.randint(0, 99999)}",
            f"{word}{rng.randint(0, 9)}",
            f"{word} {rng.choice(['MY APPOINTMENT', 'BY', 'ME', 'IT', 'THE BUS', word])}",
            f"{rng.choice(['PLEASE', 'DONT', 'I', 'THE', 'BUS'])} {word}",
            f"{word[:place]} {word[place:]}",
            f"{word[:place]}.{word[place:]}",
            f"{word[:place]}\u0301{word[place:]}",
            word[:place] + word[place + 1 :],
            f"{word[:place]}{letter}{word[place + 1 :]}",
            " ".join(word.replace(" ", "").replace("-", "")),
        ]
    )


@settings(max_examples=100, deadline=None, derandomize=True)
@given(seed=st.integers(min_value=0))
def check_around(tried, seed):
    rng = random.Random(seed)
    for word, meaning in WORDS.items():
        for _ in range(70):
            text = decorated(word, rng)
            tried["decorated"] += 1
            assert meaning_of(normalize(text)) is meaning, ascii(text)
            assert is_compliance_keyword(text) is (word != "YES"), ascii(text)
        for _ in range(30):
            plain = near_miss(word, rng)
            if " ".join(plain.replace("-", " ").split()) in KNOWN:  # another one, such as STOP and ALL
                continue
            before, after = (rng.choices(ENDS, k=rng.choice([0, 0, 1, 2])) for _ in range(2))
            text = "".join([*before, rng.choice([str.lower, str.upper, str.title])(plain), *after])
            tried["near misses"] += 1
            assert not is_keyword(text), ascii(text)


def test_texts_around_each_keyword_count_or_not_as_the_rule_says(record_property):
    tried = Counter()
    check_around(tried)
    record_property("tried", f"{len(WORDS)} keywords: {dict(tried)}")
    assert tried["decorated"] >= 7_000 * len(WORDS)


@settings(max_examples=2000, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=60))
def check_any_text(tried, text):
    tried["texts"] += 1
    word = normalize(text)
    assert normalize(word) == word
    assert len(word) <= 40
    assert "  " not in word
    if word:
        assert word[0].isalnum()
        assert not any(unicodedata.category(c) in {"Cc", "Cf"} for c in word)
        assert normalize(f"\u200b “{text}”! ") == word


def test_any_text_has_one_normal_form(record_property):
    tried = Counter()
    check_any_text(tried)
    record_property("tried", f"{tried['texts']} texts")


@pytest.mark.parametrize(
    "text",
    [
        "",
        None,
        "  ",
        "🛑",
        "\u200b",
        "...",
        "\x00",
        "\ud83d",
        "STOP/ALL",
        "ST\u00d6P",
        "STOP\u0301",
        "s\u0336top",
        "СТОП",
    ],
)
def test_what_only_looks_a_little_like_it_is_none(text):
    assert not is_keyword(text)


def test_a_cut_emoji_behind_it_does_not_matter():
    assert normalize("STOP\ud83d") == "STOP"


def test_the_providers_own_words_stop_as_well_and_never_an_empty_text():
    further = {"ALTO", "NO MÁS"}
    assert meaning_of(normalize("¡alto!"), further) is Keyword.STOP
    assert meaning_of(normalize("no ma\u0301s"), further) is Keyword.STOP
    assert meaning_of(normalize("no mas"), further) is None
    assert meaning_of(normalize("!"), {"", *further}) is None
    assert is_compliance_keyword("Alto", further)
    assert not is_compliance_keyword("Alto")


@pytest.mark.parametrize(
    "text",
    [
        "\ufdfa" * 100_000,
        "STOP" + "\u0315\u0300\u031b\u0327" * 100_000,
        "STOP" + "\u0315\u0300\u031b\u0327" * 99,
        "😀" * 100_000,
        "STOP" + "\u200b" * 390,
        "a b " * 100_000,
        "a" * 10_000_000,
    ],
)
def test_an_attackers_text_costs_next_to_nothing(text):
    """It is asked of every text that arrives."""
    began = time.process_time()
    for _ in range(10):
        normalize(text)
    assert time.process_time() - began < 0.1
