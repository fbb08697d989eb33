"""Server time of the portal's longest lists with 1,000,000 numbers, and beside it with 10,000.

python -m bench.portal    on a PostgreSQL of its own, or BENCH_DATABASE_URL
"""

from __future__ import annotations

import base64
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import flask_migrate
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app.config import from_environment
from app.db import db
from app.factory import create_app
from app.services.accounts import portal_sessions
from bench.data import fill, own_database, today

MANY, FEW = int(os.environ.get("BENCH_NUMBERS", "1000000")), 10_000
REQUESTS = int(os.environ.get("BENCH_REQUESTS", "200"))
_WARM_UP = 10
_LIMIT_MS, _LIMIT_RATIO = 60, 1.5
_RESULTS = Path(__file__).parent / "results"
_COLUMNS = {"number": "number", "holder": "holder_name", "name": "shown_name", "end": "ended_at"}


@dataclass
class Times:
    """Milliseconds of one address. The fastest tells what it costs when nothing else runs."""

    fastest: float
    p50: float
    p95: float


@dataclass
class Filled:
    """A portal with so many numbers, and somebody signed in to it."""

    count: int
    took: float
    version: str
    client: FlaskClient
    bare: FlaskClient
    addresses: dict[str, str]


def main() -> int:
    with ExitStack() as stack:
        many, few = (_filled(stack, count) for count in (MANY, FEW))
        times = {"bare Flask, one SELECT": _time((many.bare, "/bare"), (few.bare, "/bare"))}
        for name, path in many.addresses.items():
            times[name] = _time((many.client, path), (few.client, few.addresses[name]))
    report, is_good = _report([many, few], times)
    print(report)
    _RESULTS.mkdir(exist_ok=True)
    (_RESULTS / f"portal-{today()}.md").write_text(report)
    return 0 if is_good else 1


def _filled(stack: ExitStack, count: int) -> Filled:
    url = stack.enter_context(own_database(f"bench_{count}"))
    app = _app(url, stack.enter_context(tempfile.TemporaryDirectory()))
    with app.app_context():
        stack.callback(db.engine.dispose)
        flask_migrate.upgrade(directory="migrations")
        took = fill(count)
        version = str(db.session.scalar(text("SHOW server_version"))).split()[0]
        addresses = _addresses()
        token = portal_sessions.start(1)
        db.session.remove()
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = token, True
    print(f"{count:,} numbers made in {took:.0f} s.", flush=True)
    return Filled(count, took, version, client, _bare(app), addresses)


def _app(url: str, folder: str) -> Flask:
    return create_app(
        from_environment(
            {
                "LOCAL_RUN": "1",
                "SECRET_KEY": "bench",
                "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
                "DATABASE_URL": url,
                "REDIS_URL": os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0"),
                "PUBLIC_URL": "http://127.0.0.1:8000",
                "DATA_DIR": folder,
            }
        )
    )


def _bare(app: Flask) -> FlaskClient:
    """What Flask and one SELECT cost on this machine at this moment."""
    bare = Flask("bare")
    with app.app_context():
        engine = db.engine

    @bare.get("/bare")
    def one() -> str:
        with engine.connect() as connection:
            return str(connection.scalar(text("SELECT name FROM providers WHERE id = 1")))

    return bare.test_client()


def _addresses() -> dict[str, str]:
    """Of the big provider: every order, filters, and searches that many fit, one, none."""

    def numbers(**query: str) -> str:
        return f"/provider-1/numbers/?{urlencode(query)}"

    found = {}
    for sort in _COLUMNS:
        for direction, words in (("", ""), ("-", ", falling")):
            found[f"by {sort}{words}: first page"] = numbers(sort=f"{direction}{sort}")
            mark = _middle(sort, ended=sort == "end")
            show = {"show": "all"} if sort == "end" else {}
            found[f"by {sort}{words}: middle page"] = numbers(sort=f"{direction}{sort}", after=mark, **show)
    reseller = db.session.scalar(text("SELECT reseller_id FROM groups WHERE id = 1"))
    running = "SELECT number FROM assignments WHERE provider_id = 1 AND ended_at IS NULL"
    whole = db.session.scalar(text(f"{running} ORDER BY id OFFSET 2000 LIMIT 1")) or ""
    found |= {
        "search 789 (many)": numbers(q="789"),
        "search 789, by holder": numbers(q="789", sort="holder"),
        "search smith, by end, all": numbers(q="smith", sort="-end", show="all"),
        "search, a whole number": numbers(q=whole[2:]),
        "search, none": numbers(q="5550000000"),
        "search, no such word": numbers(q="zzyzx"),
        "failed ones": numbers(state="failed"),
        "failed ones, by holder": numbers(state="failed", sort="holder"),
        "ended ones": numbers(show="ended"),
        "SMS only": numbers(type="sms"),
        "MMS, 789, active": numbers(type="mms", q="789", state="active"),
        "the second platform (none)": numbers(platform="2"),
        "all of the system": "/system/numbers/",
        "all of the system, 789": "/system/numbers/?q=789",
        "of a reseller": f"/reseller-{reseller}/numbers/?sort=holder",
        "search of the tree: smith": "/system/search/?q=smith",
        "search of the tree: a number": f"/system/search/?q={whole[2:]}",
        "users of a group": "/group-1/users/",
    }
    return found


def _middle(sort: str, *, ended: bool) -> str:
    """The mark of a page in the middle of the big provider's list."""
    column = _COLUMNS[sort]
    where = "provider_id = 1 AND ended_at IS " + ("NOT NULL" if ended else "NULL")
    count = db.session.scalar(text(f"SELECT count(*) FROM assignments WHERE {where}")) or 0
    row = db.session.execute(
        text(f"SELECT {column}, id FROM assignments WHERE {where} ORDER BY 1, 2 OFFSET {count // 2} LIMIT 1")
    ).one()
    value = row[0].isoformat() if ended else row[0]
    return base64.urlsafe_b64encode(json.dumps([value, row[1]]).encode()).decode()


def _time(*asked: tuple[FlaskClient, str]) -> list[Times]:
    """In turns, so that what else the machine does meets all alike."""
    for client, path in asked * _WARM_UP:
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
    taken: list[list[float]] = [[] for _ in asked]
    for _ in range(REQUESTS):
        for (client, path), times in zip(asked, taken, strict=True):
            times.append(_milliseconds(lambda client=client, path=path: client.get(path)))
    return [
        Times(min(times), statistics.median(times), sorted(times)[int(len(times) * 0.95) - 1])
        for times in taken
    ]


def _milliseconds(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def _report(filled: list[Filled], times: dict[str, list[Times]]) -> tuple[str, bool]:
    cores, load = os.cpu_count(), os.getloadavg()[1]
    rows, is_good = [], True
    for name, (many, few) in times.items():
        ratio = many.p50 / few.p50
        fits = many.p95 <= _LIMIT_MS and ratio <= _LIMIT_RATIO
        is_good = is_good and fits
        rows.append(
            f"| {name} | {many.fastest:.1f} | {many.p50:.1f} | {many.p95:.1f} "
            f"| {few.p50:.1f} | {few.p95:.1f} | {ratio:.2f} | {'yes' if fits else 'no'} |"
        )
    made = [
        f"{one.count:,} numbers, {one.count // 5:,} users, {one.count // 200:,} groups: "
        f"made in {one.took:.0f} s."
        for one in filled
    ]
    head = (
        f"# Server time of the portal's lists, {today()}\n\n"
        f"{cores} cores, PostgreSQL {filled[0].version}, {REQUESTS} requests each after {_WARM_UP}, to both "
        f"in turns; the load of the machine at the end was {load:.1f}.\n"
        f"Wanted: p95 of at most {_LIMIT_MS} ms, and a median of at most {_LIMIT_RATIO} times that with "
        f"{FEW:,} numbers.\n\n" + "\n".join(made)
    )
    titles = f"| address | fastest ms, {MANY:,} | p50 | p95 | p50 ms, {FEW:,} | p95 | ratio | fits |"
    return f"{head}\n\n{titles}\n|---|---:|---:|---:|---:|---:|---:|---|\n" + "\n".join(rows) + "\n", is_good


if __name__ == "__main__":
    sys.exit(main())
