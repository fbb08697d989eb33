"""The receiver with signed texts, beside a bare Flask + psycopg endpoint that inserts one row."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import redis
from sqlalchemy import text

from app.db import db
from bench import bare
from bench.calls import calls, path
from bench.costs import by_process, by_stage
from bench.load import CONNECTIONS, Load, as_fast_as_possible, at_rate
from bench.stage import Part, Stage

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "5"))
WORKERS = int(os.environ.get("BENCH_WORKERS", "2"))
THREADS = int(os.environ.get("BENCH_THREADS", "16"))
WANTED_RATIO, WANTED_P99 = 0.5, 3.0


def measure(stage: Stage) -> Part:
    """Rounds take turns, so that what else the machine does meets both."""
    _make_table(stage)
    with (
        stage.serve("bench.bare:app", workers=WORKERS, threads=THREADS) as bare_port,
        stage.serve("wsgi:app", workers=WORKERS, threads=THREADS) as our_port,
    ):
        as_fast_as_possible(bare_port, calls(stage, "/bare", 2), 2)
        warm = as_fast_as_possible(our_port, calls(stage, path(stage), 2), 2)
        bares, ours = [], []
        used: dict[str, list[dict[str, float]]] = {"bare": [], "ours": []}
        for _ in range(ROUNDS):
            with _counting(stage, bare_port, used["bare"]):
                bares.append(as_fast_as_possible(bare_port, calls(stage, "/bare", SECONDS), SECONDS))
            with _counting(stage, our_port, used["ours"]):
                ours.append(as_fast_as_possible(our_port, calls(stage, path(stage), SECONDS), SECONDS))
        rate = statistics.median(load.rate for load in ours) / 2
        bare_paced, our_paced = [], []
        for _ in range(ROUNDS):
            bare_paced.append(at_rate(bare_port, calls(stage, "/bare", SECONDS, rate), rate))
            our_paced.append(at_rate(our_port, calls(stage, path(stage), SECONDS, rate), rate))
    answered = sum(load.statuses[200] for load in [warm, *ours, *our_paced])
    part = _report(stage, (bares, ours), (bare_paced, our_paced), rate, answered)
    costs = [_cost_row("bare", used["bare"], bares), _cost_row("ours", used["ours"], ours)]
    title = "| processor time of a call, µs | gunicorn | PostgreSQL | Redis | generator | all |"
    table = "\n".join([title, "|---|---:|---:|---:|---:|---:|", *costs])
    return replace(part, text=f"{part.text}\n\n{table}\n\n{by_stage(stage)}")


@contextmanager
def _counting(stage: Stage, port: int, used: list[dict[str, float]]) -> Iterator[None]:
    before = by_process(stage, port)
    yield
    after = by_process(stage, port)
    used.append({name: after[name] - before[name] for name in after})


def _cost_row(name: str, used: list[dict[str, float]], loads: list[Load]) -> str:
    count = sum(len(load.latencies) for load in loads)
    spent = [sum(one[process] for one in used) for process in ("gunicorn", "PostgreSQL", "Redis")]
    spent.append(sum(load.own * load.seconds for load in loads))
    return f"| {name} | " + " | ".join(f"{one / count * 1e6:.0f}" for one in [*spent, sum(spent)]) + " |"


def _make_table(stage: Stage) -> None:
    with stage.app.app_context(), db.engine.begin() as connection:
        connection.execute(text(bare.TABLE))


def _report(
    stage: Stage,
    fast: tuple[list[Load], list[Load]],
    paced: tuple[list[Load], list[Load]],
    rate: float,
    answered: int,
) -> Part:
    ratios = [our.rate / bare.rate for bare, our in zip(*fast, strict=True)]
    p99s = [our.percentile(0.99) / bare.percentile(0.99) for bare, our in zip(*paced, strict=True)]
    ratio, p99 = statistics.median(ratios), statistics.median(p99s)
    kept = stage.scalar("SELECT count(*) FROM messages")
    events = _events(stage)
    wrong = {
        s: n
        for loads in (*fast, *paced)
        for load in loads
        for s, n in load.statuses.items()
        if s != 200 and n
    }
    is_whole = kept == events == answered and not wrong
    count = "the same" if is_whole else "NOT THE SAME"
    lines = [
        f"gunicorn gthread, {WORKERS} workers of {THREADS} threads, {CONNECTIONS} connections kept alive, "
        f"{ROUNDS} rounds of {SECONDS:.0f} s each, in turns. Wanted: at least {WANTED_RATIO} of the bare "
        f"endpoint's rate, and a p99 of at most {WANTED_P99:.0f} times its.",
        "",
        "| as fast as possible | answers a second | each round | p50 ms | p99 ms | generator, of a core |",
        "|---|---:|---|---:|---:|---:|",
        _fast_row("bare Flask + psycopg, one INSERT", fast[0]),
        _fast_row("our receiver", fast[1]),
        "",
        f"**Ratio {ratio:.2f}** (median of {', '.join(f'{one:.2f}' for one in ratios)}): "
        f"{'fits' if ratio >= WANTED_RATIO else 'does not fit'}.",
        "",
        f"| {rate:.0f} a second, open loop | p50 ms | p99 ms, median | each round | generator, of a core |",
        "|---|---:|---:|---|---:|",
        _paced_row("bare Flask + psycopg, one INSERT", paced[0]),
        _paced_row("our receiver", paced[1]),
        "",
        f"**p99 {p99:.2f} times the bare one's** (median of {', '.join(f'{one:.2f}' for one in p99s)}): "
        f"{'fits' if p99 <= WANTED_P99 else 'does not fit'}.",
        "",
        f"{answered:,} calls were answered with 200; {kept:,} messages are in the database and {events:,} "
        f"events in Redis: {count}. Other answers: {wrong or 'none'}.",
    ]
    is_good = ratio >= WANTED_RATIO and p99 <= WANTED_P99 and is_whole
    return Part("Receiver", "\n".join(lines), is_good)


def _fast_row(name: str, loads: list[Load]) -> str:
    rates = [load.rate for load in loads]
    return (
        f"| {name} | {statistics.median(rates):.0f} | {', '.join(f'{one:.0f}' for one in rates)} "
        f"| {_median(loads, 0.5):.1f} | {_median(loads, 0.99):.1f} "
        f"| {statistics.median(load.own for load in loads):.2f} |"
    )


def _paced_row(name: str, loads: list[Load]) -> str:
    p99s = [load.percentile(0.99) for load in loads]
    return (
        f"| {name} | {_median(loads, 0.5):.1f} | {statistics.median(p99s):.1f} "
        f"| {', '.join(f'{one:.1f}' for one in p99s)} "
        f"| {statistics.median(load.own for load in loads):.2f} |"
    )


def _median(loads: list[Load], share: float) -> float:
    return statistics.median(load.percentile(share) for load in loads)


def _events(stage: Stage) -> int:
    """How many were published to the users whose numbers were texted; too few for any to be trimmed."""
    connection = redis.Redis.from_url(stage.environment["REDIS_URL"])
    users = {number.user_id for number in stage.numbers}
    return sum(int(connection.xlen(f"impp:user:{user_id}")) for user_id in users)
