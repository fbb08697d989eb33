"""Texts both ways: a carrier that repeats itself until it is answered, and clients that do."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.chaos import pictures
from tests.chaos.world import Line, World
from tests.signed import call

_INBOUND_THREADS, _OUTBOUND_THREADS = 12, 8
_REPEATED = 0.05
_TAKEN = {201, 202}
_LONGEST = 150  # seconds that one text is asked again for
_REMOTES = ("2125550142", "2125550143")


@dataclass
class Traffic:
    """What was asked and answered; the words say who wrote what, in which order."""

    inbound: dict[str, str] = field(default_factory=dict)  # reference -> words, answered with 200
    outbound: dict[str, str] = field(default_factory=dict)  # client_ref -> words, answered with 202
    unanswered: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str) -> None:
        with self.lock:
            self.counts[what] += 1


def run(world: World, traffic: Traffic, inbound: int, outbound: int, pace: float) -> None:
    """All of it, each number's texts one after the other; it takes `pace` seconds at least."""
    count = len(world.lines)
    with ThreadPoolExecutor(_INBOUND_THREADS) as carrier, ThreadPoolExecutor(_OUTBOUND_THREADS) as clients:
        waiting = []
        for line in world.lines:
            seconds = pace * _INBOUND_THREADS / count
            waiting.append(carrier.submit(_of_carrier(world, traffic, line, inbound // count, seconds)))
            seconds = pace * _OUTBOUND_THREADS / count
            waiting.append(clients.submit(_of_client(world, traffic, line, outbound // count, seconds)))
        for one in waiting:
            one.result()


def _of_carrier(world: World, traffic: Traffic, line: Line, texts: int, seconds: float) -> Callable[[], None]:
    def send() -> None:
        own = random.Random(line.assignment_id)
        session = _session()
        for serial in range(texts):
            began = time.monotonic()
            reference = f"in-{line.assignment_id}-{serial}"
            words = f"{serial} to {line.assignment_id}"
            payload: dict[str, object] = {
                "referenceId": reference,
                "from": f"1{_REMOTES[serial % 2]}",
                "to": [line.number.removeprefix("+")],
                "text": words,
                "deliveryReceipt": False,
            }
            if pictures.has_one(line.assignment_id, serial):
                payload["mediaUrls"] = [pictures.address(world, reference)]
            copies = own.choice((2, 3, 5)) if own.random() < _REPEATED else 1
            _call_all(world, traffic, session, payload, copies, at_once=own.random() < 0.5)
            _rest(began, seconds / texts)

    return send


def _call_all(
    world: World,
    traffic: Traffic,
    session: requests.Session,
    payload: dict[str, object],
    copies: int,
    *,
    at_once: bool,
) -> None:
    reference = str(payload["referenceId"])
    if copies > 1:
        traffic.count("texts that came more than once")
    if copies > 1 and at_once:
        traffic.count("of them at once")
        with ThreadPoolExecutor(copies) as pool:
            told = list(pool.map(lambda _n: _call(world, traffic, _session(), payload), range(copies)))
    else:
        told = [_call(world, traffic, session, payload) for _ in range(copies)]
    with traffic.lock:
        if any(told):
            traffic.inbound[reference] = str(payload["text"])
        else:
            traffic.unanswered.append(reference)


def _call(world: World, traffic: Traffic, session: requests.Session, payload: dict[str, object]) -> bool:
    """As a carrier that tries again until it gets its 200."""
    until = time.monotonic() + _LONGEST
    while time.monotonic() < until:
        headers, body = call(payload, world.signing_key, world.header_key)
        try:
            answer = session.post(f"{world.web}{world.receiver_path}", data=body, headers=headers, timeout=10)
            traffic.count(f"receiver answered {answer.status_code}")
            if answer.status_code == 200:
                return True
        except requests.RequestException:
            traffic.count("receiver did not answer")
        time.sleep(0.3)
    return False


def _of_client(world: World, traffic: Traffic, line: Line, texts: int, seconds: float) -> Callable[[], None]:
    def send() -> None:
        session = _session()
        session.headers["Authorization"] = f"Bearer {line.token}"
        for serial in range(texts):
            began = time.monotonic()
            reference, words = f"out-{line.assignment_id}-{serial}", f"{serial} from {line.assignment_id}"
            wish: dict[str, object] = {
                "number_id": line.assignment_id,
                "to": _REMOTES[serial % 2],
                "text": words,
                "client_ref": reference,
            }
            if pictures.has_one(line.assignment_id, serial):
                wish["attachment_ids"] = _upload(world, traffic, session, line, pictures.of(reference))
            is_kept = _ask(world, traffic, session, "messages", json=wish) is not None
            with traffic.lock:
                if is_kept:
                    traffic.outbound[reference] = words
                else:
                    traffic.unanswered.append(reference)
            _rest(began, seconds / texts)

    return send


def _upload(
    world: World, traffic: Traffic, session: requests.Session, line: Line, content: bytes
) -> list[int]:
    """Uploaded again where no answer came: a file that no text uses harms nobody."""
    form = {"data": {"number_id": line.assignment_id}, "files": {"file": ("picture.jpg", content)}}
    kept = _ask(world, traffic, session, "attachments", **form)
    return [kept["id"]] if kept else []


def _ask(
    world: World, traffic: Traffic, session: requests.Session, what: str, **wish: Any
) -> dict[str, Any] | None:
    """As a client that asks again, with the same client_ref, until it knows. None: it never came to know."""
    until = time.monotonic() + _LONGEST
    while time.monotonic() < until:
        pause = 0.3
        try:
            answer = session.post(f"{world.web}/client/v1/{what}", timeout=10, **wish)
            traffic.count(f"client API answered {answer.status_code} to {what}")
            if answer.status_code in _TAKEN:
                found: dict[str, Any] = answer.json()
                return found
            pause = float(answer.headers.get("Retry-After", pause))
        except requests.RequestException:
            traffic.count("client API did not answer")
        time.sleep(min(pause, 10))
    return None


def _rest(began: float, seconds: float) -> None:
    time.sleep(max(0.0, began + seconds - time.monotonic()))


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    return session
