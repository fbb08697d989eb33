"""What goes wrong: processes killed at random, and a carrier that hangs, breaks and asks to try again."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections import Counter
from contextlib import suppress

from tests.chaos.world import World

_KILLED = (
    "web",
    "events",
    "worker-outbound",
    "worker-provisioning",
    "worker-media",
    "worker-timer",
    "worker",
    "redis",
)
_PAUSE = (2.0, 6.0)
# Every so-maniest request to send a text.
_FAULTS = {"answer_431": 15, "answer_500": 60, "hang_after": 120, "hang_before": 130}


class Trouble:
    """From `start` to `stop`, in a thread of its own."""

    def __init__(self, world: World, seed: int):
        self._world = world
        self._random = random.Random(seed)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._make, name="trouble", daemon=True)
        self.counts: Counter[str] = Counter()

    def start(self) -> None:
        for fault, every in _FAULTS.items():
            more = {"seconds": 20, "then": "drop"} if fault == "hang_before" else {}
            more = {"seconds": 20} if fault == "hang_after" else more
            self._world.sandbox.fault(fault, "publishMessages", every=every, **more)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(120)
        self._world.sandbox.clear_faults()

    def _make(self) -> None:
        while not self._stopping.wait(self._random.uniform(*_PAUSE)):
            what = self._random.choice([*_KILLED, "postgres"])
            if what == "postgres":
                self._restart_database()
                continue
            with suppress(OSError, ValueError):  # it is being started just now
                os.kill(self._world.pid(what), signal.SIGKILL)
                self.counts[f"{what} killed"] += 1

    def _restart_database(self) -> None:
        mode = self._random.choice(["fast", "immediate"])
        self._world.cluster.stop(mode)
        self._stopping.wait(self._random.uniform(0, 2))
        self._world.cluster.start()
        self.counts["PostgreSQL " + ("crashed" if mode == "immediate" else "restarted")] += 1
