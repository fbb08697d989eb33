"""Server time of the portal's longest lists with 1,000,000 numbers, and beside it with 10,000.

python -m bench.portal    needs PostgreSQL: BENCH_DATABASE_URL, a role that may create databases
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
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import flask_migrate
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.config import from_environment
from app.db import db
from app.factory import create_app
from app.services.accounts import portal_sessions
from bench.data import fill, own_database, today

SEAT = os.environ.get(
    "BENCH_DATABASE_URL", "postgresql+psycopg://portal_test:portal_test@127.0.0.1/portal_test"
)
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


def main() -> int:
    seat = make_url(SEAT)
    lines, results = [], []
    for count in (MANY, FEW):
        with own_database(seat, f"{seat.database}_bench_{os.getpid()}") as url:
            took, times, about = _measure(url.render_as_string(hide_password=False), count)
        results.append(times)
        lines.append(
            f"{count:,} numbers, {count // 5:,} users, {count // 200:,} groups: made in {took:.0f} s."
        )
        print(lines[-1], flush=True)
    report, is_good = _report(lines, about, *results)
    print(report)
    _RESULTS.mkdir(exist_ok=True)
    (_RESULTS / f"portal-{today()}.md").write_text(report)
    return 0 if is_good else 1


def _measure(url: str, count: int) -> tuple[float, dict[str, Times], str]:
    with tempfile.TemporaryDirectory() as folder:
        app = _app(url, folder)
        with app.app_context():
            flask_migrate.upgrade(directory="migrations")
            took = fill(count)
            about = str(db.session.scalar(text("SHOW server_version"))).split()[0]
            addresses = _addresses()
            token = portal_sessions.start(1)
            db.session.remove()
        client = app.test_client()
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"] = token, True
        times = {"bare Flask, one SELECT": _time(_bare(app), "/bare")}
        times |= {name: _time(client, path) for name, path in addresses.items()}
        with app.app_context():
            db.engine.dispose()
    return took, times, about


def _app(url: str, folder: str) -> Flask:
    return create_app(
        from_environment(
            {
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
    whole = db.session.scalar(text("SELECT number FROM assignments WHERE id = 4242")) or ""
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
        "of a reseller": "/reseller-1/numbers/?sort=holder",
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


def _time(client: FlaskClient, path: str) -> Times:
    for _ in range(_WARM_UP):
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
    taken = sorted(_milliseconds(lambda: client.get(path)) for _ in range(REQUESTS))
    return Times(taken[0], statistics.median(taken), taken[int(len(taken) * 0.95) - 1])


def _milliseconds(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def _report(
    lines: list[str], version: str, many: dict[str, Times], few: dict[str, Times]
) -> tuple[str, bool]:
    cores, load = os.cpu_count(), os.getloadavg()[1]
    rows, is_good = [], True
    for name, times in many.items():
        ratio = times.p50 / few[name].p50
        fits = times.p95 <= _LIMIT_MS and ratio <= _LIMIT_RATIO
        is_good = is_good and fits
        rows.append(
            f"| {name} | {times.fastest:.1f} | {times.p50:.1f} | {times.p95:.1f} "
            f"| {few[name].p50:.1f} | {few[name].p95:.1f} | {ratio:.2f} | {'yes' if fits else 'no'} |"
        )
    head = (
        f"# Server time of the portal's lists, {today()}\n\n"
        f"{cores} cores, PostgreSQL {version}, {REQUESTS} requests each after {_WARM_UP}; the load "
        f"of the machine at the end was {load:.1f}.\n"
        f"Wanted: p95 of at most {_LIMIT_MS} ms, and a median of at most {_LIMIT_RATIO} times that with "
        f"{FEW:,} numbers.\n\n" + "\n".join(lines)
    )
    titles = f"| address | fastest ms, {MANY:,} | p50 | p95 | p50 ms, {FEW:,} | p95 | ratio | fits |"
    return f"{head}\n\n{titles}\n|---|---:|---:|---:|---:|---:|---:|---|\n" + "\n".join(rows) + "\n", is_good


if __name__ == "__main__":
    sys.exit(main())
