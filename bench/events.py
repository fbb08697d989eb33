"""From the carrier's call to the open event streams of a user, while 2,000 streams are open."""

from __future__ import annotations

import os
import re
import statistics
import time
from pathlib import Path

from app.services.accounts import client_tokens
from bench import receiver
from bench.calls import calls, path
from bench.listeners import Listeners
from bench.load import Load, at_rate
from bench.stage import Part, Stage

STREAMS = int(os.environ.get("BENCH_STREAMS", "2000"))
RATE = float(os.environ.get("BENCH_EVENT_RATE", "100"))
SECONDS = float(os.environ.get("BENCH_EVENT_SECONDS", "20"))
WANTED_P50, WANTED_P99 = 50, 250  # milliseconds


def measure(stage: Stage) -> Part:
    """The receiver and the event process are two servers, as in production."""
    tokens = _tokens(stage)
    arrivals: list[tuple[int, float]] = []
    with (
        stage.serve("wsgi:app", workers=receiver.WORKERS, threads=receiver.THREADS) as port,
        stage.serve("wsgi:app", workers=1, streams=2 * STREAMS) as events_port,
    ):
        began = time.perf_counter()
        listeners = Listeners(events_port, tokens, lambda serial, at: arrivals.append((serial, at)))
        listeners.waituntil_open()
        opened = time.perf_counter() - began
        with listeners:
            warm = calls(stage, path(stage), 2, RATE)
            at_rate(port, warm, RATE)
            asked = calls(stage, path(stage), SECONDS, RATE)
            first = _serial_of(asked[0])
            load = at_rate(port, asked, RATE)
            _until_all(arrivals, first, len(asked) * _per_user(stage))
        memory = _memory(events_port)
    streams = (
        f"{STREAMS:,} streams open in one event process ({memory} MiB), {_per_user(stage)} of each user, "
        f"opened in {opened:.1f} s; {listeners.lost} were lost."
    )
    took = sorted((at - load.began - (n - first) / RATE) * 1000 for n, at in arrivals if n >= first)
    return _report(load, took, len(asked) * _per_user(stage), streams)


def _per_user(stage: Stage) -> int:
    """Streams of each user: few enough for the limit of one user."""
    return STREAMS // len(stage.numbers)


def _tokens(stage: Stage) -> list[str]:
    with stage.app.app_context():
        tokens = [client_tokens._start(number.user_id).token for number in stage.numbers]
    return tokens * _per_user(stage)


def _serial_of(call: bytes) -> int:
    found = re.search(rb"question (\d+)", call)
    assert found
    return int(found[1])


def _until_all(arrivals: list[tuple[int, float]], first: int, count: int) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until and sum(serial >= first for serial, _ in arrivals) < count:
        time.sleep(0.1)


def _memory(port: int) -> int:
    """Resident MiB of the largest process that serves this port."""
    needle = f"127.0.0.1:{port}".encode()
    sizes = [0]
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if needle in (folder / "cmdline").read_bytes():
                pages = int((folder / "statm").read_text().split()[1])
                sizes.append(pages * os.sysconf("SC_PAGE_SIZE") // 2**20)
        except OSError:
            continue
    return max(sizes)


def _report(load: Load, took: list[float], wanted: int, streams: str) -> Part:
    """`took`: milliseconds of each event, sorted; `wanted`: how many there should be."""
    missing = wanted - len(took)
    p50, p99 = statistics.median(took), took[int(len(took) * 0.99) - 1]
    is_good = p50 <= WANTED_P50 and p99 <= WANTED_P99 and not missing
    text = f"""{streams}

{RATE:.0f} texts a second for {SECONDS:.0f} s. Of {wanted:,} events {missing} did not arrive.

| ms from when the call was due | p50 | p99 |
|---|---:|---:|
| the receiver's answer | {load.percentile(0.5):.1f} | {load.percentile(0.99):.1f} |
| the event at an open stream | {p50:.1f} | {p99:.1f} |
| wanted at most | {WANTED_P50} | {WANTED_P99} |
"""
    return Part("From the carrier's call to an open event stream", text, is_good)
