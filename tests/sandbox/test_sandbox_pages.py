"""What a person sees: accounts, handset, mailbox."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage

import requests
from bs4 import BeautifulSoup

from tests.processes import eventually


def page(sandbox, path):
    answer = requests.get(f"{sandbox.url}{path}", timeout=10)
    assert answer.status_code == 200
    return BeautifulSoup(answer.text, "html.parser")


def write(sandbox, theirs, text, **more):
    form = {"mine": "2125550142", "theirs": theirs, "text": text}
    return requests.post(f"{sandbox.url}/handset/send", data=form, timeout=10, **more)


def bubbles(sandbox, theirs):
    shown = page(sandbox, f"/handset/?mine=2125550142&theirs={theirs}")
    return [(" ".join(b["class"]), b.get_text(" ", strip=True)) for b in shown.select(".bubble")]


def test_the_first_page_shows_keys_and_outcomes(sandbox):
    text = page(sandbox, "/").get_text()

    for account in sandbox.accounts().values():
        assert account["account_key"] in text
    assert "another system receives it" in text
    assert "2019920789" in text


def test_the_handset_sends_and_shows_the_answer(api, receiver):
    api.register(receiver.url)
    answer = write(api.sandbox, "2019920781", "Is <b>this</b> on?")
    assert answer.status_code == 200
    assert "theirs=2019920781" in answer.url
    eventually(lambda: receiver.texts() == ["Is <b>this</b> on?"])
    api.send("12019920781", "12125550142", "It is")

    def both():
        shown = bubbles(api.sandbox, "2019920781")
        return "delivered to webhook" in shown[0][1] and "receipt DELIVRD" in shown[1][1]

    eventually(both)
    (out, question), (into, reply) = bubbles(api.sandbox, "2019920781")
    assert (out, into) == ("bubble out", "bubble in")
    assert "Is <b>this</b> on?" in question
    assert "It is" in reply


def test_a_text_that_nobody_receives_says_so(sandbox):
    write(sandbox, "2019920789", "Anybody?")

    eventually(lambda: "dropped: no webhook receives this number" in bubbles(sandbox, "2019920789")[0][1])


def test_a_file_that_phones_do_not_send_is_refused_and_the_text_stays(sandbox):
    answer = write(sandbox, "2019920781", "Look", files={"picture": ("run.exe", b"MZ")})

    shown = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == 422
    assert "does not send this kind of file" in shown.select_one("#problem").text
    assert shown.select_one("#text").text == "Look"


def test_an_empty_text_a_missing_number_and_oneself_are_refused(sandbox):
    assert "Write something" in write(sandbox, "2019920781", "  ").text
    assert "Say which number" in write(sandbox, "", "Hi").text
    assert "cannot text itself" in write(sandbox, "+1 212 555 0142", "Hi").text


def test_a_file_that_is_too_large_is_refused(sandbox):
    answer = write(sandbox, "2019920781", "", files={"picture": ("big.jpg", b"x" * (9 * 1024 * 1024))})

    assert answer.status_code == 413
    assert "larger than 8 MB" in answer.text


def mail(sandbox, to, html=False):
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "Einladung für Sie", "portal@demo.example", to
    message.set_content("Follow https://portal.example/i/abc?x=1&y=2.\nBye")
    if html:
        message.add_alternative("<p>Follow <a href='https://portal.example/i/abc'>this</a></p>", "html")
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port) as smtp:
        smtp.send_message(message)


def test_a_mail_is_caught_and_its_link_can_be_followed(sandbox):
    mail(sandbox, "ann@demo.example")
    mail(sandbox, "bob@demo.example", html=True)

    newest, oldest = sandbox.mails()
    assert (newest["to"], oldest["to"]) == (["bob@demo.example"], ["ann@demo.example"])
    assert newest["subject"] == "Einladung für Sie"
    assert "<a href=" in newest["html"]
    assert sandbox.mails(to="ANN@demo.example") == [oldest]

    assert len(page(sandbox, "/mailbox/").select("tbody tr")) == 2
    link = page(sandbox, f"/mailbox/{oldest['id']}").select_one("pre a")
    assert link["href"] == link.text == "https://portal.example/i/abc?x=1&y=2"


def test_what_does_not_exist_is_not_found(sandbox):
    for path in ("/mailbox/999", "/media/none.jpg", "/media/none.exe", "/media/..%2fsandbox.db"):
        assert requests.get(f"{sandbox.url}{path}", timeout=10).status_code == 404
