"""The carrier repeats a call, a hundred times at once: everybody is answered, and it counts once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from flask import Flask
from werkzeug.serving import make_server

from app.models import (
    Attachment,
    Conversation,
    Message,
    Platform,
    QuarantinedMessage,
    Receipt,
    RefusedCall,
    Suppression,
    User,
)
from app.vocabulary import AttachmentState, MessageState
from tests import make
from tests.signed import LEGACY, call

TIMES = 100


@pytest.fixture
def address(app: Flask, real_database: Any) -> Iterator[str]:
    """The app behind a real server, a thread for each call."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture
def platform(address: str) -> Platform:
    return make.platform()


@pytest.fixture
def number(platform: Platform) -> Any:
    una = make.user(make.group(make.reseller(platform)))
    make.licence(una)
    return make.assignment(una, on=platform)


@pytest.fixture(params=["own", "legacy"])
def at_once(request: pytest.FixtureRequest, address: str, platform: Platform) -> Callable[..., Counter[int]]:
    """Send one call a hundred times in the same moment; how often each status was answered."""
    paths = {"own": f"/receiver/inteliquent/{platform.receiver_path_key}", "legacy": LEGACY}
    url = address + paths[request.param]

    def send(to: Any = "+12019929999", **fields: Any) -> Counter[int]:
        payload = {
            "referenceId": "r1",
            "from": make.PHONE.removeprefix("+"),
            "to": [number.removeprefix("+") for number in ([to] if isinstance(to, str) else to)],
            "text": "Are you there until six?",
            **fields,
        }
        headers, body = call(payload, platform.outbound_api_key or "", platform.receiver_header_key or "")
        together = threading.Barrier(TIMES)

        def one(_turn: int) -> int:
            together.wait(30)
            return requests.post(url, data=body, headers=headers, timeout=60).status_code

        with ThreadPoolExecutor(TIMES) as pool:
            return Counter(pool.map(one, range(TIMES)))

    return send


def events(app: Flask, number: Any) -> int:
    return int(app.extensions["redis"].xlen(f"impp:user:{number.user_id}"))


def test_a_text_is_one_message_and_one_event(app, number, at_once):
    assert at_once(number.number) == {200: TIMES}
    assert len(make.every(Message)) == len(make.every(Conversation)) == events(app, number) == 1


def test_a_text_with_files_has_one_set_of_them(app, number, at_once):
    urls = [f"https://media.carrier.example/{n}.jpg" for n in range(3)]
    assert at_once(number.number, mediaUrls=[*urls, "https://media.carrier.example/0.smil"]) == {200: TIMES}
    assert len(make.every(Message)) == events(app, number) == 1
    assert [(file.source_url, file.state) for file in make.every(Attachment)] == [
        *((url, AttachmentState.WAITING) for url in urls),
        (None, AttachmentState.DROPPED),
    ]


def test_a_text_to_two_numbers_of_ours_is_two_messages(app, number, at_once):
    other = make.assignment(make.every(User, id=number.user_id)[0])
    assert at_once([number.number, other.number]) == {200: TIMES}
    assert sorted(message.number for message in make.every(Message)) == sorted([number.number, other.number])


def test_a_receipt_is_one_receipt_and_settles_once(app, number, at_once):
    sent = make.message(number, state=MessageState.SENT, carrier_reference="r1")
    make.attempt(sent, "r1")
    text = "id:r1 sub:001 dlvrd:001 stat:DELIVRD err:000"
    assert at_once(number.number, text=text, deliveryReceipt=True) == {200: TIMES}
    assert len(make.every(Receipt)) == events(app, number) == 1
    assert make.again(sent).state is MessageState.DELIVERED


def test_a_suppressed_text_is_one_suppression_and_no_event(app, number, at_once):
    make.block(number)
    assert at_once(number.number) == {200: TIMES}
    assert len(make.every(Suppression)) == 1
    assert (make.every(Message), events(app, number)) == ([], 0)


def test_a_text_to_a_number_of_nobody_is_quarantined_once(number, at_once):
    assert at_once("+12019929999") == {200: TIMES}
    assert len(make.every(QuarantinedMessage)) == 1
    assert make.every(Message) == []


def test_of_many_texts_under_one_message_id_one_wins_at_the_legacy_address(number, platform, address):
    """Whoever comes first; the others are refused and kept, and everybody is answered."""
    headers, _body = call({}, platform.outbound_api_key or "")
    together = threading.Barrier(10)

    def one(turn: int) -> int:
        payload = {"referenceId": f"r{turn}", "from": make.PHONE, "to": [number.number], "text": f"Hi {turn}"}
        together.wait(30)
        return requests.post(address + LEGACY, json=payload, headers=headers, timeout=60).status_code

    with ThreadPoolExecutor(10) as pool:
        answers = Counter(pool.map(one, range(10)))

    assert answers == {200: 1, 401: 9}
    assert len(make.every(Message)) == 1
    assert len(make.every(RefusedCall)) == 9
