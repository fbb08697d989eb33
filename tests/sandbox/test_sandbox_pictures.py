"""Pictures both ways: what phones send is there to be fetched, what customers send is fetched from them."""

from __future__ import annotations

import pytest
import requests
from bs4 import BeautifulSoup

from tests import make
from tests.processes import Sandbox, eventually
from tests.sandbox.customer import Api
from tests.stranger import Gate

OURS, PHONE = "12019920781", "12125550142"
PIXEL = make.picture("GIF", (1, 1))
PICTURE = make.picture("PNG")


def handset(sandbox):
    answer = requests.get(f"{sandbox.url}/handset/?mine=2125550142&theirs=2019920781", timeout=10)
    return BeautifulSoup(answer.text, "html.parser")


def write(sandbox, *pictures, text=""):
    form = {"mine": "2125550142", "theirs": "2019920781", "text": text}
    files = [("picture", picture) for picture in pictures]
    return requests.post(f"{sandbox.url}/handset/send", data=form, files=files, timeout=10)


def receipts_in(receiver):
    return [call.body["text"].partition("stat:")[2][:7] for call in receiver.calls]


def fetched(api):
    return eventually(lambda: api.sandbox.outbox()[0]["fetched"])


def test_a_phone_sends_pictures_with_a_part_for_layout_as_the_carrier_does(api, receiver):
    api.register(receiver.url)
    write(api.sandbox, ("cat.gif", PIXEL), ("dog.PNG", PICTURE), text="Both")

    layout, cat, dog = eventually(lambda: receiver.calls)[0].body["mediaUrls"]
    assert all(url.startswith(f"{api.sandbox.url}/media/") for url in (layout, cat, dog))
    told = [requests.get(url, timeout=10) for url in (layout, cat, dog)]
    assert [answer.headers["Content-Type"] for answer in told] == [
        "application/smil",
        "image/gif",
        "image/png",
    ]
    assert [answer.content for answer in told[1:]] == [PIXEL, PICTURE]
    assert told[0].text.startswith("<smil>")
    assert all("sandbox" in answer.headers["Content-Security-Policy"] for answer in told)
    shown = [picture["src"] for picture in handset(api.sandbox).select(".bubble.out img")]
    assert shown == [cat.removeprefix(api.sandbox.url), dog.removeprefix(api.sandbox.url)]


def test_addresses_of_pictures_are_the_same_whatever_the_browser_calls_this_machine(api, receiver):
    api.register(receiver.url)
    requests.post(
        f"{api.sandbox.url.replace('127.0.0.1', 'localhost')}/handset/send",
        data={"mine": "2125550142", "theirs": "2019920781", "text": ""},
        files={"picture": ("cat.gif", PIXEL)},
        timeout=10,
    )
    addresses = eventually(lambda: receiver.calls)[0].body["mediaUrls"]
    assert all(url.startswith(f"{api.sandbox.url}/media/") for url in addresses)


def test_nothing_is_kept_when_one_of_several_files_is_none_that_phones_send(api, receiver):
    api.register(receiver.url)
    answer = write(api.sandbox, ("cat.gif", PIXEL), ("run.exe", b"MZ"))
    assert answer.status_code == 422
    assert list((api.sandbox.data_dir / "sandbox-media").glob("*.exe")) == []
    assert receiver.calls == []


def test_a_customers_picture_is_fetched_at_once_and_shown_from_our_own_copy(api, receiver, files):
    api.register(receiver.url)
    address = files.give("/m/1", PICTURE, Content_Type="image/png; charset=binary")
    api.send(OURS, PHONE, "Look", mediaUrls=[address])

    assert fetched(api) == [{"url": address, "type": "image/png", "size": len(PICTURE), "problem": ""}]
    eventually(lambda: receipts_in(receiver) == ["DELIVRD"])
    assert files.asked == ["/m/1"]
    [bubble] = handset(api.sandbox).select(".bubble.in")
    assert "receipt DELIVRD" in bubble.text
    own = bubble.select_one("img")["src"]
    assert own.startswith("/media/")
    copy = requests.get(api.sandbox.url + own, timeout=10)
    assert (copy.content, copy.headers["Content-Type"]) == (PICTURE, "image/png")


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"status": 404, "Content_Type": "image/png"}, "answered 404"),
        ({"status": 302, "Location": "/m/2", "Content_Type": "image/png"}, "answered 302"),
        ({"body": b"<html>", "Content_Type": "text/html"}, "the type text/html is not one of MMS"),
        ({"body": PICTURE}, "the type (none) is not one of MMS"),
        ({"body": b"", "Content_Type": "image/png"}, "empty"),
        ({"body": b"x" * (8 * 1024 * 1024 + 1), "Content_Type": "image/png"}, "too large"),
    ],
    ids=["gone", "redirect", "page", "no type", "empty", "large"],
)
def test_a_text_whose_picture_cannot_be_fetched_fails_with_a_receipt(api, receiver, files, given, problem):
    api.register(receiver.url)
    good = files.give("/m/good", PICTURE, Content_Type="image/png")
    answer = api.send(OURS, PHONE, mediaUrls=[good, files.give("/m/1", **given)])

    assert answer["success"] is True
    eventually(lambda: receipts_in(receiver) == ["UNDELIV"])
    assert [one["problem"] for one in fetched(api)] == ["", problem]
    assert f"a file could not be fetched: {problem}" in handset(api.sandbox).select_one(".bubble.in").text


@pytest.mark.parametrize(
    "address", ["https://portal.example/m/1.jpg", "http://127.0.0.1:1/m/1.jpg", "nonsense"]
)
def test_a_picture_where_nobody_answers_fails_as_well(api, receiver, address):
    api.register(receiver.url)
    api.send(OURS, PHONE, mediaUrls=[address])
    eventually(lambda: receipts_in(receiver) == ["UNDELIV"])
    assert [one["problem"] for one in fetched(api)] == ["no answer"]


def test_a_picture_to_another_number_of_the_sandbox_arrives_there_from_our_own_copy(api, receiver, files):
    api.register(receiver.url)
    api.sandbox.fault("drop_receipts")
    api.send(
        OURS, "12019920782", "Colleague", mediaUrls=[files.give("/m/1", PICTURE, Content_Type="image/png")]
    )

    body = eventually(lambda: receiver.calls)[0].body
    [address] = body["mediaUrls"]
    assert (body["to"], body["text"]) == (["12019920782"], "Colleague")
    assert address.startswith(f"{api.sandbox.url}/media/")
    assert requests.get(address, timeout=10).content == PICTURE


def test_addresses_in_texts_are_links_and_nothing_else_is(api):
    api.send(OURS, PHONE, "See <b>https://portal.example/f/abc?x=1&y=2</b>. Or javascript:alert(1)")

    [link] = handset(api.sandbox).select(".bubble.in p a")
    assert link["href"] == link.text == "https://portal.example/f/abc?x=1&y=2"
    assert (link["target"], link["rel"]) == ("_blank", ["noopener"])
    assert handset(api.sandbox).select(".bubble.in b") == []


def test_a_page_loads_pictures_from_here_alone(api):
    api.sandbox.inbound(PHONE, OURS, mediaUrls=["https://media.example/a.jpg"])
    answer = requests.get(f"{api.sandbox.url}/handset/", timeout=10)
    assert "img-src 'self' data:;" in answer.headers["Content-Security-Policy"]
    assert handset(api.sandbox).select("img") == []
    assert [a["href"] for a in handset(api.sandbox).select(".bubble a")] == ["https://media.example/a.jpg"]


@pytest.mark.processes
def test_a_picture_that_is_being_fetched_survives_kill_9(tmp_path, files):
    gate = Gate()
    address = files.give("/m/1", PICTURE, gate=gate, Content_Type="image/png")
    with Sandbox(tmp_path) as sandbox:
        api = Api(sandbox, "test")
        api.send(OURS, PHONE, mediaUrls=[address])
        gate.wait_reached()
        sandbox.kill()
        gate.open()
        sandbox.start()
        assert [one["problem"] for one in fetched(api)] == [""]


def test_pictures_can_be_slow_or_broken(api, receiver):
    api.register(receiver.url)
    write(api.sandbox, ("cat.gif", PIXEL))
    address = eventually(lambda: receiver.calls)[0].body["mediaUrls"][1]
    api.sandbox.fault("answer_500", "media", times=1)
    assert [requests.get(address, timeout=10).status_code for _ in range(2)] == [500, 200]
    api.sandbox.fault("slow", "media", times=1, seconds=0.3)
    assert requests.get(address, timeout=10).elapsed.total_seconds() >= 0.3
