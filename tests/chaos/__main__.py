"""10,000 texts in and 5,000 out, from 500 numbers, while everything is killed at random.

One in 25 has a picture.

python -m tests.chaos    CHAOS_INBOUND, CHAOS_OUTBOUND, CHAOS_SECONDS (of traffic), CHAOS_SEED

Takes ten minutes at most; 127.0.0.1 only; ends only processes that it started. The report goes to
bench/results/chaos-<day>.md.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections import Counter
from pathlib import Path

from bench.data import today
from tests.chaos import ears, pictures, traffic, verdict
from tests.chaos.trouble import Trouble
from tests.chaos.world import world

INBOUND = int(os.environ.get("CHAOS_INBOUND", "10000"))
OUTBOUND = int(os.environ.get("CHAOS_OUTBOUND", "5000"))
SECONDS = float(os.environ.get("CHAOS_SECONDS", "270"))
SEED = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(10**6))
_TO_SETTLE = 230  # a file whose fetcher was killed while it put it waits 180 s
_REPORT = Path(__file__).resolve().parent.parent.parent / "bench" / "results"


def main() -> int:
    began = time.monotonic()
    with world() as made:
        pictures.lay_out(made.sandbox.data_dir / "sandbox-media")
        print(f"Everything runs after {time.monotonic() - began:.0f} s; seed {SEED}.", flush=True)
        seen, listeners, trouble = traffic.Traffic(), ears.Ears(made), Trouble(made, SEED)
        listeners.start()
        trouble.start()
        try:
            traffic.run(made, seen, INBOUND, OUTBOUND, SECONDS)
        finally:
            trouble.stop()
        print(f"Traffic and trouble are over after {time.monotonic() - began:.0f} s.", flush=True)
        left = verdict.wait_until_settled(made, _TO_SETTLE)
        listeners.stop()
        counts, wrong = verdict.judge(made, seen)
        told, logged = ears.summary(listeners.heard), verdict.logged(made)
        for name in ("new texts told twice", "conversations told out of order"):
            wrong += [f"{told[name]} {name}"] if told[name] else []
        wrong += left
    tables = {
        "What was killed": trouble.counts,
        "What callers saw": seen.counts,
        "What became of the texts": counts,
        f"What {ears.LISTENERS} listening clients were told": told,
        "Errors that were logged": logged,
    }
    report = _written(seen, wrong, tables, time.monotonic() - began)
    print(report)
    if INBOUND >= 10_000:
        _REPORT.mkdir(exist_ok=True)
        (_REPORT / f"chaos-{today()}.md").write_text(report)
    return 1 if wrong else 0


def _written(seen: traffic.Traffic, wrong: list[str], tables: dict[str, Counter[str]], seconds: float) -> str:
    parts = [
        f"# Chaos, {today()}\n\nSeed {SEED}; {len(seen.inbound):,} texts in and {len(seen.outbound):,} out, "
        f"{seconds:.0f} s in all.",
        "## Verdict\n\n"
        + ("\n".join(f"- {one}" for one in wrong) or "Nothing lost, nothing twice, in order."),
    ]
    for title, found in tables.items():
        lines = [f"| {name} | {count:,} |" for name, count in sorted(found.items())]
        parts.append(f"## {title}\n\n| what | how many |\n|---|---:|\n" + "\n".join(lines))
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.exit(main())
