"""Clients that listen all the while, and come back with the last event that they saw."""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import dataclass, field

import requests

from tests.chaos.world import Line, World

LISTENERS = 40


@dataclass
class Heard:
    """What one client was told."""

    line: Line
    created: dict[int, set[str]] = field(default_factory=dict)  # message id -> ids of the events about it
    order: list[tuple[str, int]] = field(default_factory=list)  # (remote, message id) of inbound texts
    resyncs: int = 0
    breaks: int = 0


class Ears:
    """One thread for each client."""

    def __init__(self, world: World):
        self._world = world
        self._stopping = threading.Event()
        step = len(world.lines) // LISTENERS
        self.heard = [Heard(line) for line in world.lines[::step]]
        self._threads = [
            threading.Thread(target=self._listen, args=(one,), daemon=True) for one in self.heard
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def _listen(self, heard: Heard) -> None:
        last = ""
        while not self._stopping.is_set():
            try:
                last = self._follow(heard, last)
            except requests.RequestException:
                heard.breaks += 1
            self._stopping.wait(0.5)

    def _follow(self, heard: Heard, last: str) -> str:
        headers = {"Authorization": f"Bearer {heard.line.token}"} | ({"Last-Event-ID": last} if last else {})
        session = requests.Session()
        session.trust_env = False
        found: dict[str, str] = {}
        try:
            with session.get(
                f"{self._world.events}/client/v1/events", headers=headers, stream=True, timeout=(5, 25)
            ) as answer:
                answer.raise_for_status()
                for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
                    name, _, value = line.partition(": ")
                    if line and name:
                        found[name] = value
                    elif "event" in found:
                        _note(heard, found)
                        last, found = found["id"], {}
        except requests.RequestException:
            heard.breaks += 1
        return last


def _note(heard: Heard, event: dict[str, str]) -> None:
    if event["event"] == "resync":
        heard.resyncs += 1
    if event["event"] == "message.created":
        message = json.loads(event["data"])
        is_new = message["id"] not in heard.created
        heard.created.setdefault(message["id"], set()).add(event["id"])
        if is_new and message["direction"] == "inbound":
            heard.order.append((message["remote"], message["id"]))


def summary(heard: list[Heard]) -> Counter[str]:
    """Over all clients."""
    counts: Counter[str] = Counter()
    for one in heard:
        counts["events of new texts"] += len(one.created)
        counts["new texts told twice"] += sum(len(ids) > 1 for ids in one.created.values())
        counts["resync"] += one.resyncs
        counts["broken streams"] += one.breaks
        for remote in {remote for remote, _ in one.order}:
            ids = [message_id for other, message_id in one.order if other == remote]
            counts["conversations told out of order"] += ids != sorted(ids)
    return counts
