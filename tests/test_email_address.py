"""One normal form of an email address, whatever was typed or pasted; and which addresses can be mailed."""

from __future__ import annotations

import pytest

from app.email_address import NotAnAddress, read, sign_in_form, spelled

IDA = "ida@xn--bcher-kva.example"
SAME = [
    "ida@bücher.example",
    IDA,
    "ida@XN--BCHER-KVA.EXAMPLE",
    "ida@BÜCHER.example",
    "Ida@Bücher.Example",
    "ida@bu\u0308cher.example",  # decomposed
    "ida@bücher\u3002example",
    "ida@bücher\uff0eexample",
    "ida@bücher\uff61example",
    "ida@bücher.example.",
    "ida@bücher.example\u3002",
    "\uff49\uff44\uff41\uff20bücher.example",  # full width
    "  ida@bücher.example\t\r\n",
    "\u00a0ida@bücher.example\u202f",
    "\ufeffida@bücher.example\u200b",
    "\u2068ida@bücher.example\u2069",
    "ida@bü\u200bcher.example",
    "i\u00adda@bücher.example",
    "ida\u200d@bücher.example",
    "ida @ bücher.example",
    '"ida"@bücher.example',
    "ida(work)@bücher.example",
    "ida@bücher.example (Ida Smith)",
    "Ida Smith <ida@bücher.example>",
    '"Smith, Ida" <ida@bücher.example>;',
    "<ida@bücher.example>",
    "mailto:ida@bücher.example",
    "ida@bücher.example,",
    "ida\x00@bücher.example",
]


@pytest.mark.parametrize("typed", SAME, ids=ascii)
def test_every_spelling_of_an_address_is_one_address(typed):
    assert sign_in_form(typed) == IDA
    assert read(typed).lower() == IDA
    assert sign_in_form(sign_in_form(typed)) == IDA


def test_the_local_part_keeps_its_case_and_the_domain_does_not():
    assert read("Ida.Smith+1@EXAMPLE.com") == "Ida.Smith+1@example.com"


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("ida@straße.example", "xn--strae-oqa.example"),  # IDNA 2003 made strasse.example of it: a stranger's
        ("ida@faß.example", "xn--fa-hia.example"),
        ("ida@βόλος.example", "xn--nxasmm1c.example"),  # with the final sigma of IDNA 2008
        ("ida@例え.example", "xn--r8jz45g.example"),
        ("ida@ExAmPlE.Com", "example.com"),
    ],
)
def test_a_domain_is_never_changed_into_another_one(typed, domain):
    assert read(typed) == f"ida@{domain}"


@pytest.mark.parametrize(
    "typed",
    [
        "jürgen@example.com",
        "用户@example.com",
        "ida\u0301@example.com",
        '"i da"@example.com',
        '"a(b)c"@x.example',
    ],
)
def test_what_cannot_be_mailed_is_refused_with_a_sentence_of_its_own(typed):
    with pytest.raises(NotAnAddress, match=r"Mail cannot be sent to this address.*Enter another address"):
        read(typed)
    assert "@" in sign_in_form(typed)


@pytest.mark.parametrize(
    "typed",
    [
        *("", " ", "ida", "ida@", "@example.com", "a@b@example.com", "ida@localhost", "ida@[127.0.0.1]"),
        *(
            "ida@127.0.0.1",
            "ida@x y.example",
            "ida@xn--zzzzzz99.example",
            "ida@☃.example",
            "i..da@example.com",
        ),
        *("x" * 65 + "@example.com", "ida@" + "x" * 64 + ".example", "ida@" + "x." * 200 + "example"),
        *("ida@example.com\nbcc: eve@example.com", "\ud800@example.com", "x" * 100_000 + "@example.com"),
    ],
    ids=lambda typed: ascii(typed[:20]),
)
def test_what_is_no_address_is_refused_and_never_breaks_a_comparison(typed):
    with pytest.raises(NotAnAddress):
        read(typed)
    assert sign_in_form(typed).isprintable()


def test_people_read_a_domain_in_their_own_letters():
    assert spelled(IDA) == "ida@bücher.example"
    for other in ("ida@example.com", "system", "", "ida@xn--zzzzzz99.example", "xn--bcher-kva"):
        assert spelled(other) == other
