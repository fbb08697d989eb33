"""Parts as the carrier bills them, against a table and a slow reference."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db import db
from app.services.messaging import segments, sending
from app.services.messaging.segments import count, normalised, plainer
from app.vocabulary import TextEncoding
from tests import make

GSM, UCS = TextEncoding.GSM_7, TextEncoding.UCS_2
FAMILY = "👨‍👩‍👧‍👦"  # four people, three joiners: eleven units
FLAG, WAVE = "🇺🇸", "👋🏽"  # two surrogate pairs each


@pytest.mark.parametrize(
    ("text", "encoding", "parts", "units", "remaining"),
    [
        ("", GSM, 0, 0, 160),
        ("a", GSM, 1, 1, 159),
        ("a" * 160, GSM, 1, 160, 0),
        ("a" * 161, GSM, 2, 161, 145),
        ("a" * 306, GSM, 2, 306, 0),
        ("a" * 307, GSM, 3, 307, 152),
        # Extension characters count two,
        ("€", GSM, 1, 2, 158),
        ("^{}\\[~]|€\f", GSM, 1, 20, 140),
        ("€" * 80, GSM, 1, 160, 0),
        ("€" * 81, GSM, 2, 162, 143),
        # and are never torn apart: one unit of a part stays unused.
        ("a" * 152 + "€" + "a" * 7, GSM, 2, 161, 144),
        ("a" * 151 + "€" + "a" * 8, GSM, 2, 161, 145),
        ("a" * 152 + "€" + "a" * 152, GSM, 3, 306, 152),
        ("€" * 153, GSM, 3, 306, 151),
        # Both characters of a line end count.
        ("a\r\nb", GSM, 1, 4, 156),
        ("a" * 158 + "\r\n", GSM, 1, 160, 0),
        ("a" * 159 + "\r\n", GSM, 2, 161, 145),
        # One character of another alphabet, and all of them count as UCS-2.
        ("é à ñ Ω", GSM, 1, 7, 153),
        ("ê", UCS, 1, 1, 69),
        ("я" * 70, UCS, 1, 70, 0),
        ("я" * 71, UCS, 2, 71, 63),
        ("a" * 70 + "’", UCS, 2, 71, 63),
        ("€" * 69 + "я", UCS, 1, 70, 0),
        # A surrogate pair is two and never torn apart.
        ("😀", UCS, 1, 2, 68),
        ("😀" * 35, UCS, 1, 70, 0),
        ("😀" * 36, UCS, 2, 72, 61),
        ("a" * 66 + "😀" + "aaa", UCS, 2, 71, 62),
        (FAMILY, UCS, 1, 11, 59),
        (FAMILY * 7, UCS, 2, 77, 56),
        (FLAG, UCS, 1, 4, 66),
        (WAVE, UCS, 1, 4, 66),
    ],
)
def test_a_text_has_the_parts_that_are_billed(text, encoding, parts, units, remaining):
    found = count(text)
    assert (found.encoding, found.parts, found.units, found.remaining) == (encoding, parts, units, remaining)


def _slow(text):
    """Parts as bytes on the wire: the longest beginning that fits and tears nothing apart."""
    escaped = set("^{}\\[~]|€\f")
    plain = set(
        "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà0123456789"
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    )
    is_gsm = all(c in plain or c in escaped for c in text)
    wire = [
        ("\x1b" + c if c in escaped else c) if is_gsm else c.encode("utf-16-be").hex(" ", 2) for c in text
    ]
    size = (lambda part: sum(map(len, part))) if is_gsm else (lambda part: sum(len(c.split()) for c in part))
    one, more = (160, 153) if is_gsm else (70, 67)
    if not text:
        return is_gsm, 0, 0, one
    if size(wire) <= one:
        return is_gsm, 1, size(wire), one - size(wire)
    parts, rest = [], wire
    while rest:
        length = max(n for n in range(1, len(rest) + 1) if size(rest[:n]) <= more)
        parts.append(rest[:length])
        rest = rest[length:]
    return is_gsm, len(parts), size(wire), more - size(parts[-1])


_LETTERS = st.sampled_from("abcé€[]^~|\r\nÑ ")
_ANY = st.one_of(_LETTERS, st.sampled_from("’я—👨‍👩🇺🏽"), st.characters(exclude_categories=["Cs"]))


@given(st.one_of(st.text(_LETTERS, max_size=500), st.text(_ANY, max_size=250)))
def test_counting_agrees_with_a_slow_count_of_what_is_on_the_wire(text):
    found = count(text)
    assert (found.encoding is GSM, found.parts, found.units, found.remaining) == _slow(text)


def test_the_characters_that_change_the_alphabet_are_named_once():
    assert count("“Yes” – she said “no”").turning == ("“", "”", "–")
    assert count("plain [brackets] for 5 €").turning == ()


def test_the_plainer_text_costs_less_and_is_only_offered():
    typed = "“It’s here” – see you\u00a0at 5…" + " and so on" * 9
    assert plainer(typed).startswith('"It\'s here" - see you at 5...')
    assert count(typed).parts == 2
    assert count(plainer(typed)).parts == 1
    assert normalised(typed) == typed


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("e\u0301tude\t2", "étude 2"),
        ("a\u2028b\r\nc", "a\nb\nc"),
        ("«no» `yes´", "\"no\" 'yes'"),
        (FAMILY, FAMILY),
        ("ok\u200b\ufeff", "ok"),
    ],
)
def test_what_looks_the_same_is_written_with_plain_characters(typed, plain):
    assert plainer(typed) == plain


@given(st.text(_ANY, max_size=200))
def test_the_plainer_text_is_never_longer_to_send_in_its_alphabet_and_final(text):
    assert plainer(plainer(text)) == plainer(text)


def test_what_is_kept_of_a_text_is_what_was_counted_and_is_sent():
    una = make.user()
    number = make.assignment(una)
    make.licence(una)
    message = sending.send(
        make.client_of(una).scope, number.id, to="2125550142", text=" a\r\nb € \x00", client_ref="1"
    )
    db.session.refresh(message)
    assert (message.text, message.encoding, message.segments) == ("a\nb €", GSM, 1)
    assert segments.count(message.text).units == 6
