"""A mail says the same twice: as plain text first, and as HTML with the recipient's brand."""

from __future__ import annotations

import pytest

from app.mail import mail
from app.services.accounts import branding
from app.services.alerts import notices
from app.services.alerts.letters import Letter, Letterhead
from app.services.alerts.paper import on_paper
from tests import make

pytestmark = pytest.mark.usefixtures("db")
BODY = "Hello <b>Ada</b>,\n\nOpen this link:\n\nhttps://texts.example.com/welcome/abc\n\nIt works once.\n"


def test_a_link_alone_becomes_a_button_and_nothing_of_the_words_is_markup():
    paper = on_paper(BODY, Letterhead("Acme & Sons", "#14713f", "https://texts.example.com/brand/1.png"))
    assert paper.text == BODY + "\nAcme & Sons\n"
    assert 'class="button" href="https://texts.example.com/welcome/abc"' in paper.html
    assert "Hello &lt;b&gt;Ada&lt;/b&gt;," in paper.html
    assert "background: #14713f" in paper.html
    assert '<img src="https://texts.example.com/brand/1.png" alt="Acme &amp; Sons">' in paper.html


def test_without_a_brand_the_words_stay_as_they_are():
    paper = on_paper(BODY, Letterhead())
    assert (paper.text, paper.sender) == (BODY, "")
    assert "<img" not in paper.html


def test_what_is_no_colour_never_reaches_the_style():
    assert "expression" not in on_paper(BODY, Letterhead(accent="red;x:expression(1)")).html


def test_a_mail_leaves_with_the_brand_that_its_recipient_knows(carrier):
    sales = make.group()
    make.brand(sales, name="Bücher & Söhne", accent="#14713f")
    ada = make.portal_user(sales)
    notices.add("one", ada.email, Letter("A subject", BODY), branding.letterhead(ada))
    with mail.record_messages() as left:
        notices.drain()
    assert left[0].sender.startswith("=?utf-8?")
    assert left[0].sender.endswith("<portal@localhost>")  # as MAIL_SENDER has it
    caught = carrier.mails()[0]
    assert "Bücher & Söhne" in caught["text"]
    assert "#14713f" in caught["html"]
