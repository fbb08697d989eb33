"""The ears of a Unity client: the event stream, read beside the test."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from typing import Any

import requests

from tests.processes import eventually
from tests.running import ClientApi


@dataclass(frozen=True)
class Heard:
    """`at` is the clock of this process, in seconds."""

    at: float
    kind: str
    data: dict[str, Any]


class Ears:
    """Listens until told to stop, and connects again with the last id when the stream breaks."""

    def __init__(self, client: ClientApi, url: str):
        self.heard: list[Heard] = []
        self.is_open = threading.Event()
        self._url, self._headers = f"{url}/client/v1/events", dict(client.headers)
        self._last_id, self._stop = "", threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        assert self.is_open.wait(10)

    def stop(self) -> None:
        self._stop.set()

    def wait_for(self, kind: str, seconds: float = 10, **wanted: Any) -> Heard:
        """The first event of this kind whose data has these values."""

        def found() -> Heard | None:
            return next(
                (one for one in list(self.heard) if one.kind == kind and wanted.items() <= one.data.items()),
                None,
            )

        event = eventually(found, seconds)
        assert event is not None
        return event

    def states(self, message_id: int) -> list[str]:
        """The states that were heard of one message, in order."""
        return [one.data["state"] for one in self.heard if one.data.get("id") == message_id]

    def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                self._read()
            except requests.RequestException:
                time.sleep(0.2)

    def _read(self) -> None:
        headers = self._headers | ({"Last-Event-ID": self._last_id} if self._last_id else {})
        with requests.get(self._url, headers=headers, stream=True, timeout=(5, 30)) as answer:
            kind = ""
            for line in answer.iter_lines(decode_unicode=True, chunk_size=1):
                if self._stop.is_set():
                    return
                self.is_open.set()
                name, _, value = line.partition(": ")
                if name == "id":
                    self._last_id = value
                elif name == "event":
                    kind = value
                elif name == "data":
                    self.heard.append(Heard(time.time(), kind, json.loads(value)))
