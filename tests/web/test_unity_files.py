"""Files in the web client, without scripts and as htmx asks for them (S21, D15, D16)."""

from __future__ import annotations

import dataclasses
import io
from typing import Any

import pytest

from app.media import pictures
from app.media.pictures import DecoderBusy
from app.models import Attachment, Message
from app.vocabulary import AttachmentState, Direction, SentAs
from tests import make
from tests.make.brands import picture
from tests.web.browsing import HTMX, WebClient, soup


@pytest.fixture
def una(db: Any) -> Any:
    user = make.user(email="una@example.com")
    make.licence(user)
    return user


@pytest.fixture
def talk(una: Any) -> Message:
    return make.message(make.assignment(una, number="+12019920780"))


def thread(message: Message, more: str = "") -> str:
    return f"/unity/conversations/{message.conversation_id}{more}"


def sent() -> list[Message]:
    return make.every(Message, direction=Direction.OUTBOUND)


def photo(name: str = "photo.png") -> tuple[io.BytesIO, str]:
    return (io.BytesIO(picture()), name)


def chips(answer: Any) -> list[str]:
    return [field["value"] for field in soup(answer).select("[name=attachment_ids]")]


def test_without_scripts_files_go_with_the_form(app, una, talk):
    browser = WebClient(app, una)
    assert soup(browser.get(thread(talk))).select_one("#compose")["enctype"] == "multipart/form-data"
    typed = {"text": "Look", "client_ref": "one", "files": [photo(), photo("two.png")]}
    assert browser.post(thread(talk, "/messages"), typed).status_code == 303
    [message] = sent()
    assert (message.text, message.sent_as, message.file_count) == ("Look", SentAs.MMS, 2)
    names = [image["alt"] for image in soup(browser.get(thread(talk))).select(".bubble .picture img")]
    assert names == ["Picture: photo.png", "Picture: two.png"]


def test_with_scripts_they_are_uploaded_at_once_and_named_in_the_form(app, una, talk):
    browser = WebClient(app, una)
    form = {"number_id": talk.assignment_id, "files": [photo(), (io.BytesIO(b""), "nothing.txt")]}
    answer = browser.post("/unity/files", form, headers=HTMX)
    assert len(chips(answer)) == 1
    assert "nothing.txt: The file is empty." in answer.text
    assert answer.headers["HX-Trigger-After-Swap"] == "files"
    typed = {"text": "", "client_ref": "one", "attachment_ids": chips(answer)}
    assert browser.post(thread(talk, "/messages"), typed, headers=HTMX).status_code == 200
    assert [message.file_count for message in sent()] == [1]
    again = browser.get(f"/unity/files?attachment_ids={chips(answer)[0]}")
    assert chips(again) == []


def test_a_draft_gets_its_files_back_and_nobody_elses(app, una, talk):
    mine = make.attachment(make.every(Message)[0] and make.assignment(una))
    theirs = make.attachment()
    answer = WebClient(app, una).get(f"/unity/files?attachment_ids={theirs.id},{mine.id},x,99999999999")
    assert chips(answer) == [str(mine.id)]


def test_a_refusal_keeps_the_files_that_were_added(app, una, talk):
    answer = WebClient(app, una).post(
        thread(talk, "/messages"), {"text": "x" * 1601, "client_ref": "one", "files": [photo()]}
    )
    assert answer.status_code == 422
    assert len(chips(answer)) == 1
    assert sent() == []


def test_a_file_that_is_too_large_is_named_and_the_words_stay(app, una, talk, monkeypatch):
    small = dataclasses.replace(app.extensions["settings"], upload_most_bytes=400_000)
    monkeypatch.setitem(app.extensions, "settings", small)
    large = (io.BytesIO(b"x" * 400_001), "film.bin")
    answer = WebClient(app, una).post(
        thread(talk, "/messages"), {"text": "Look at this", "client_ref": "one", "files": [large, photo()]}
    )
    page = soup(answer)
    assert (answer.status_code, sent()) == (422, [])
    assert "film.bin: A file has" in page.select_one("#text-error").text
    assert page.select_one("#text").text.strip() == "Look at this"
    assert len(chips(answer)) == 1


def test_one_is_taken_back_with_and_without_scripts(app, una, talk):
    browser = WebClient(app, una)
    number = make.assignment(una)
    one, two = make.attachment(number), make.attachment(number)
    both = [str(one.id), str(two.id)]
    answer = browser.post(
        thread(talk, "/messages"), {"text": "Hi", "attachment_ids": both, "remove": one.id, "client_ref": "1"}
    )
    assert (answer.status_code, chips(answer), sent()) == (200, [str(two.id)], [])
    assert soup(answer).select_one("#text").text.strip() == "Hi"
    assert browser.request("DELETE", f"/unity/files/{two.id}").status_code == 200
    assert {row.state for row in make.every(Attachment)} == {AttachmentState.ERASED}


@pytest.mark.parametrize("count", [11, 30, 3000])
def test_more_files_than_a_text_has_are_refused_with_the_sentence_of_the_api(app, una, talk, client, count):
    number = make.assignment(una)
    there = make.attachment(number)
    ids = [there.id, *range(10**6, 10**6 + count - 1)]
    typed = {"text": "Look", "client_ref": "one"}
    answer = WebClient(app, una).post(thread(talk, "/messages"), {**typed, "attachment_ids": ids})
    page = soup(answer)
    assert (answer.status_code, chips(answer), sent()) == (422, [str(there.id)], [])
    assert page.select_one("#text-error").text.strip() == "A text has 10 files at most."
    assert page.select_one("#text").text.strip() == "Look"
    wish = {**typed, "number_id": talk.assignment_id, "to": "2125550199", "attachment_ids": ids}
    refused = client(una).post("messages", wish)
    sentence = {"field": "attachment_ids", "message": "A text has 10 files at most."}
    assert (refused.status_code, refused.json["fields"]) == (422, [sentence])


@pytest.mark.parametrize("odd", ["9" * 5000, "9" * 11, "-1", "0", "x", "\u0663", ",,,"])
def test_what_is_no_id_is_no_file(app, una, talk, odd):
    browser = WebClient(app, una)
    answer = browser.get(f"/unity/files?attachment_ids={odd}")
    assert (answer.status_code, chips(answer)) == (200, [])
    many = ",".join(str(n) for n in range(1, 5000))
    assert browser.get(f"/unity/files?attachment_ids={many}").status_code == 200


@pytest.mark.parametrize("where", ["conversation", "new"])
def test_a_file_that_is_gone_is_told_and_not_left_out(app, una, talk, where):
    """Removed in another tab, or a day old: whoever sends it believes that it goes."""
    browser = WebClient(app, una)
    number = make.assignment(una)
    there, gone = make.attachment(number, name="there.png"), make.attachment(number, name="gone.png")
    assert browser.request("DELETE", f"/unity/files/{gone.id}").status_code == 200
    typed: dict[str, Any] = {"text": "Look", "client_ref": "one", "attachment_ids": [there.id, gone.id]}
    if where == "new":
        typed |= {"number_id": talk.assignment_id, "to": "2125550199"}
    address = "/unity/new" if where == "new" else thread(talk, "/messages")
    answer = browser.post(address, typed)
    assert (answer.status_code, sent()) == (422, [])
    assert "A file is not there any more" in soup(answer).select_one("#composer").text
    assert soup(answer).select_one("#text").text.strip() == "Look"
    assert chips(answer) == [str(there.id)]
    assert browser.post(address, {**typed, "attachment_ids": chips(answer)}).status_code == 303
    assert [message.file_count for message in sent()] == [1]


def test_files_added_after_a_lost_answer_are_not_dropped(app, una, talk):
    """The words are the same, so only the files tell that it is another text."""
    browser = WebClient(app, una)
    number = make.assignment(una)
    one, two = make.attachment(number), make.attachment(number)
    typed = {"text": "Look", "client_ref": "one", "attachment_ids": [one.id]}
    assert browser.post(thread(talk, "/messages"), typed).status_code == 303
    assert browser.post(thread(talk, "/messages"), typed).status_code == 303
    answer = browser.post(thread(talk, "/messages"), {**typed, "attachment_ids": [one.id, two.id]})
    page = soup(answer)
    assert (answer.status_code, len(sent())) == (422, 1)
    assert "An earlier version of this message was already sent." in page.select_one("#text-error").text
    assert (chips(answer), page.select_one("#text").text.strip()) == ([str(two.id)], "Look")
    reference = page.select_one("[name=client_ref]")["value"]
    again = {"text": "Look", "client_ref": reference, "attachment_ids": chips(answer)}
    assert browser.post(thread(talk, "/messages"), again).status_code == 303
    assert [message.file_count for message in sent()] == [1, 1]


def test_the_first_message_is_not_taken_for_an_earlier_one_without_the_file(app, una, talk):
    browser = WebClient(app, una)
    file = make.attachment(make.assignment(una))
    typed = {"number_id": talk.assignment_id, "to": "2125550199", "text": "Look", "client_ref": "one"}
    assert browser.post("/unity/new", typed).status_code == 303
    answer = browser.post("/unity/new", {**typed, "attachment_ids": file.id})
    assert (answer.status_code, len(sent()), chips(answer)) == (422, 1, [str(file.id)])
    assert "already sent" in answer.text
    assert soup(answer).select_one("[name=client_ref]")["value"] != "one"


@pytest.mark.parametrize("typed", ["2125550188", "212555018"])
def test_the_first_message_is_not_taken_for_one_to_somebody_else(app, una, talk, typed):
    """The answer was lost, then the number was corrected."""
    browser = WebClient(app, una)
    first = {"number_id": talk.assignment_id, "to": "2125550199", "text": "Look", "client_ref": "one"}
    assert browser.post("/unity/new", first).status_code == 303
    assert browser.post("/unity/new", {**first, "to": "+1 (212) 555-0199"}).status_code == 303
    answer = browser.post("/unity/new", {**first, "to": typed})
    assert (answer.status_code, [message.remote for message in sent()]) == (422, ["+12125550199"])
    reference = soup(answer).select_one("[name=client_ref]")["value"]
    again = browser.post("/unity/new", {**first, "to": typed, "client_ref": reference})
    assert again.status_code == (303 if len(typed) == 10 else 422)
    assert len(sent()) == (2 if len(typed) == 10 else 1)


def test_the_same_form_again_without_scripts_sends_nothing(app, una, talk):
    """It carries the same picture as a new upload."""
    browser = WebClient(app, una)
    for _ in range(2):
        typed = {"text": "Look", "client_ref": "one", "files": [photo()]}
        assert browser.post(thread(talk, "/messages"), typed).status_code == 303
    assert [message.file_count for message in sent()] == [1]


@pytest.mark.parametrize(
    ("to", "said"),
    [("2125550142", "Goes as MMS"), ("+4930123456", "Goes as SMS with a link: MMS goes from American")],
)
def test_how_it_will_leave_is_said_while_it_is_written(app, una, talk, to, said):
    file = make.attachment(make.assignment(una))
    form = {"text": "Look", "number_id": talk.assignment_id, "to": to, "attachment_ids": file.id}
    page = WebClient(app, una).post("/unity/count", form, headers=HTMX).text
    assert said in page
    assert ("1 part" in page) == ("link" in said)


def test_the_first_message_of_a_conversation_may_be_a_picture(app, una, talk):
    typed = {"number_id": talk.assignment_id, "to": "2125550199", "text": "", "client_ref": "one"}
    answer = WebClient(app, una).post("/unity/new", {**typed, "files": [photo()]})
    assert answer.status_code == 303
    assert [(message.remote, message.file_count) for message in sent()] == [("+12125550199", 1)]


def test_files_of_others_are_shown_from_our_store(app, una, talk):
    picture_, page, card = (
        make.attachment(talk, content, name=name)
        for content, name in (
            (None, "a.png"),
            (b"<html><script>alert(1)</script>", "page.png"),
            (b"BEGIN:VCARD\nEND:VCARD", "una.vcf"),
        )
    )
    make.attachment(talk, state=AttachmentState.WAITING)
    make.attachment(talk, state=AttachmentState.FAILED, reason="The carrier's file is too large.")
    make.kept(talk)
    browser = WebClient(app, una)
    shown = soup(browser.get(thread(talk))).select_one(".bubble")
    assert [image["src"] for image in shown.select("img")] == [f"/unity/files/{picture_.id}/thumbnail"]
    links = [link["href"] for link in shown.select("a.file-line")]
    assert links == [f"/unity/files/{one.id}/file" for one in (page, card)]
    assert "A file is on its way" in shown.text
    assert "The carrier's file is too large." in shown.text

    small = browser.get(f"/unity/files/{picture_.id}/thumbnail")
    assert small.mimetype in {"image/png", "image/jpeg"}
    whole = browser.get(f"/unity/files/{picture_.id}/file")
    assert (whole.data, whole.mimetype) == (picture(), "image/png")
    bad = browser.get(f"/unity/files/{page.id}/file")
    assert bad.mimetype == "application/octet-stream"
    assert bad.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in bad.headers["Content-Security-Policy"]


def test_a_text_that_is_held_hides_its_files_too(app, una, talk):
    """D7."""
    file = make.attachment(talk)
    talk.handed_over_at = None
    make.kept(talk)
    assert WebClient(app, una).get(f"/unity/files/{file.id}/file").status_code == 404


def test_more_files_than_a_minute_has_are_refused_in_a_sentence_and_the_words_stay(
    app, una, talk, monkeypatch, limited
):
    few = dataclasses.replace(app.extensions["settings"], uploads_per_minute=2)
    monkeypatch.setitem(app.extensions, "settings", few)
    answer = WebClient(app, una).post(
        thread(talk, "/messages"),
        {"text": "Look at these", "client_ref": "one", "files": [photo(), photo(), photo()]},
    )
    page = soup(answer)
    assert (answer.status_code, sent(), chips(answer)) == (422, [], [])
    assert "At most 2 files can be uploaded in a minute." in page.select_one("#text-error").text
    assert page.select_one("#text").text.strip() == "Look at these"


def test_a_picture_without_a_decoder_is_named_and_the_words_stay(app, una, talk, monkeypatch):
    def busy(*_given, **_more):
        raise DecoderBusy

    monkeypatch.setattr(pictures, "decode", busy)
    answer = WebClient(app, una).post(
        thread(talk, "/messages"), {"text": "Look at this", "client_ref": "one", "files": [photo()]}
    )
    page = soup(answer)
    assert (answer.status_code, sent(), chips(answer)) == (422, [], [])
    assert "Too many pictures are being processed" in page.select_one("#text-error").text
    assert page.select_one("#text").text.strip() == "Look at this"
