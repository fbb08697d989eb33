"""Searches make no difference between cases, accents and Unicode compositions."""

import pytest

from app.folding import fold, fold_unless_ascii


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ÉCOLE", "ecole"),
        ("école", "ecole"),
        ("e\u0301cole", "ecole"),
        ("Jérôme ÜNAL", "jerome unal"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("\uff26\uff35\uff2c\uff2c", "full"),
        ("ﬁle", "file"),
        ("ЯНА", "яна"),
        ("ΣΊΣΥΦΟΣ", "σισυφοσ"),
        ("Ångström", "angstrom"),
        ("Łódź", "łodz"),
        ("plain 100%_", "plain 100%_"),
        ("", ""),
    ],
)
def test_text_is_folded_as_it_is_searched(text, folded):
    assert fold(text) == folded
    assert fold(folded) == folded


def test_plain_text_needs_no_second_copy():
    assert fold_unless_ascii("Hello") is None
    assert fold_unless_ascii(None) is None
    assert fold_unless_ascii("Olá") == "ola"
