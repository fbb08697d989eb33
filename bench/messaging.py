"""How fast messaging is, beside what the same machine can do at most, in the same run.

python -m bench.messaging [part ...]    parts: receiver, outbound, events, all (what is left out means all)

On a PostgreSQL and a Redis of its own; BENCH_DATABASE_URL names another PostgreSQL. Each part writes
its section of bench/results/messaging-<day>.md and leaves the others as they are. 127.0.0.1 only.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

from bench import events, outbound, receiver
from bench.data import today
from bench.stage import Part, Stage, stage

# A part measures on its own stage and says what it found; its name is what is typed.
PARTS: dict[str, Callable[[Stage], Part]] = {
    "receiver": receiver.measure,
    "outbound": outbound.measure,
    "events": events.measure,
}
_RESULTS = Path(__file__).parent / "results"


def main(words: list[str]) -> int:
    if unknown := set(words) - {*PARTS, "all"}:
        print(f"There is no part {', '.join(sorted(unknown))}. Parts: {', '.join(PARTS)}, all.")
        return 2
    chosen = list(PARTS) if "all" in words or not words else [name for name in PARTS if name in words]
    is_good = True
    for name in chosen:
        with stage() as made:
            part = PARTS[name](made)
            section = f"## {part.title}\n\n{_machine(made)}\n\n{part.text.strip()}\n"
        print(section)
        _write(section)
        is_good = is_good and part.is_good
    return 0 if is_good else 1


def _machine(made: Stage) -> str:
    load = f"load of the machine at the end {os.getloadavg()[1]:.1f}"
    return f"{os.cpu_count()} cores, PostgreSQL {made.server_version}, {load}."


def _write(section: str) -> None:
    """Into the file of the day, in place of the section with the same title."""
    _RESULTS.mkdir(exist_ok=True)
    path = _RESULTS / f"messaging-{today()}.md"
    old = path.read_text() if path.exists() else f"# Messaging, measured on {today()}\n"
    head, *sections = re.split(r"(?m)^(?=## )", old)
    kept = [one.strip() for one in sections if one.splitlines()[0] != section.splitlines()[0]]
    path.write_text("\n\n".join([head.strip(), *kept, section.strip()]) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
