"""From queued rows to recorded outcomes through the real adapter, beside a loop of requests.Session.post.

Both are one process with as many threads as the worker has senders, against the same stub of the carrier, and
take turns. Children: `python -m bench.outbound drain`, `python -m bench.outbound loop URL COUNT`.
"""

from __future__ import annotations

import cProfile
import os
import pstats
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import requests
from sqlalchemy import text

from app.db import db
from app.factory import create_app
from app.services.messaging import delivery
from bench.stage import Part, Stage, free_port, until_open

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
TEXTS = int(os.environ.get("BENCH_TEXTS", "4000"))
WANTED_RATIO = 0.6
_WORDS = "See you at eight, at the usual place. Bring the papers, please."
_CONVERSATIONS = """
INSERT INTO conversations
    (assignment_id, remote, provider_id, reseller_id, group_id, user_id, last_message_at)
SELECT id, '+1212555' || lpad((n % 8)::text, 4, '0'), provider_id, reseller_id, group_id, user_id, now()
FROM generate_series(1, 8) n, assignments WHERE id = ANY(:numbers)
ON CONFLICT DO NOTHING
"""
_MESSAGES = """
INSERT INTO messages (conversation_id, platform_id, assignment_id, channel, direction, state, reason, number,
    remote, other_recipients, text, fallback_reason, is_unsigned, file_count, client_ref, created_at, due_at,
    tries, priority, search_tries, provider_id, reseller_id, group_id, user_id)
SELECT c.id, a.platform_id, a.id, 'sms', 'outbound', 'queued', '', a.number, c.remote, '[]', :words, '',
    false, 0, 'bench-' || :round || '-' || n, now(), now(), 0, (ARRAY[0, 5, 9])[1 + n % 3], 0,
    a.provider_id, a.reseller_id, a.group_id, a.user_id
FROM generate_series(1, :texts) n
JOIN (SELECT *, row_number() OVER (ORDER BY remote, id) - 1 AS place, count(*) OVER () AS all_of_them
      FROM conversations) c ON c.place = n % c.all_of_them
JOIN assignments a ON a.id = c.assignment_id
"""


def measure(stage: Stage) -> Part:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    loops, ours = [], []
    stub = [sys.executable, "-m", "bench.stub_carrier", str(port)]
    with stage.process(stub, "stub"):
        until_open(port)
        _arrange(stage)
        _fill(stage, "warm")
        _child(stage, "drain", INTELIQUENT_BROKER_URL=url)
        for turn in range(ROUNDS):
            loops.append(_child(stage, "loop", f"{url}/publishMessages", str(TEXTS)))
            _fill(stage, str(turn))
            ours.append(_child(stage, "drain", INTELIQUENT_BROKER_URL=url))
    return _report(stage, loops, ours)


def _arrange(stage: Stage) -> None:
    """No limit stands in the way, and every number writes to eight people."""
    with stage.app.app_context(), db.engine.begin() as connection:
        connection.execute(text("UPDATE platforms SET texts_per_minute = 1000000"))
        numbers = [number.assignment_id for number in stage.numbers]
        connection.execute(text(_CONVERSATIONS), {"numbers": numbers})


def _fill(stage: Stage, turn: str) -> None:
    with stage.app.app_context():
        with db.engine.begin() as connection:
            connection.execute(text(_MESSAGES), {"words": _WORDS, "round": turn, "texts": TEXTS})
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in ("messages", "attempts", "conversations"):
                connection.execute(text(f"VACUUM ANALYZE {table}"))


def _child(stage: Stage, *words: str, **more: str) -> float:
    """Texts a second, as the child counted them."""
    command = [sys.executable, "-m", "bench.outbound", *words]
    settings = stage.environment | more
    answer = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise RuntimeError(answer.stderr[-2000:])
    if os.environ.get("BENCH_PROFILE"):
        print(answer.stderr, file=sys.stderr)
    return TEXTS / float(answer.stdout.split()[-1])


def _report(stage: Stage, loops: list[float], ours: list[float]) -> Part:
    ratios = [our / loop for our, loop in zip(ours, loops, strict=True)]
    ratio, sent = statistics.median(ratios), TEXTS * (ROUNDS + 1)
    kept = {
        "texts *sent* with a reference": "SELECT count(*) FROM messages WHERE state = 'sent' "
        "AND carrier_reference IS NOT NULL",
        "attempts *sent*": "SELECT count(*) FROM attempts WHERE outcome = 'sent' AND finished_at IS NOT NULL",
    }
    counts = {words: stage.scalar(statement) for words, statement in kept.items()}
    is_whole = set(counts.values()) == {sent}
    is_good = ratio >= WANTED_RATIO and is_whole
    found = ", ".join(f"{count:,} {words}" for words, count in counts.items())
    lines = [
        f"One process, {delivery.SENDERS} senders, {TEXTS:,} queued texts a round from "
        f"{len(stage.numbers)} numbers to eight people each, {ROUNDS} rounds in turns. Wanted: at least "
        f"{WANTED_RATIO} of the loop's rate.",
        "",
        "| texts a second | median | each round |",
        "|---|---:|---|",
        _line(f"requests.Session.post, {delivery.SENDERS} threads", loops),
        _line("ours: claim, *sending*, request, outcome, events", ours),
        "",
        f"**Ratio {ratio:.2f}** (median of {', '.join(f'{one:.2f}' for one in ratios)}): "
        f"{'fits' if is_good else 'does not fit'}.",
        "",
        f"{sent:,} texts were queued; in the database are {found}: "
        f"{'the same' if is_whole else 'NOT the same'}.",
    ]
    return Part("Outbound", "\n".join(lines), is_good)


def _line(name: str, rates: list[float]) -> str:
    each = ", ".join(f"{rate:.0f}" for rate in rates)
    return f"| {name} | {statistics.median(rates):.0f} | {each} |"


def _drain() -> None:
    """The worker's job, with nothing but a clock around it."""
    with create_app().app_context():
        profile = cProfile.Profile() if os.environ.get("BENCH_PROFILE") else None
        began = time.perf_counter()
        if profile:
            profile.runcall(delivery.drain)
        else:
            delivery.drain()
        print(time.perf_counter() - began)
        if profile:
            pstats.Stats(profile, stream=sys.stderr).sort_stats("cumtime").print_stats(70)


def _loop(url: str, count: int) -> None:
    """What requests can do at most: the same body to the same stub, nothing else."""
    headers = {"Accept": "application/json", "Authorization": "Bearer bench-outbound-key"}
    body = {"from": "12019920781", "to": ["12125550142"], "text": _WORDS}

    def send(texts: int) -> None:
        session = requests.Session()
        session.trust_env = False
        for _ in range(texts):
            answer = session.post(url, json=body, headers=headers, timeout=(3.05, 15))
            assert answer.json()["success"]

    began = time.perf_counter()
    with ThreadPoolExecutor(delivery.SENDERS) as pool:
        list(pool.map(send, [count // delivery.SENDERS] * delivery.SENDERS))
    print(time.perf_counter() - began)


if __name__ == "__main__":
    if sys.argv[1] == "drain":
        _drain()
    else:
        _loop(sys.argv[2], int(sys.argv[3]))
