"""Many made-up users and numbers, written by the database itself."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, create_engine, make_url, text

from app.access.scope import branch
from app.clock import now
from app.db import db
from app.models import Platform, PortalUser, Provider, Reseller
from app.vocabulary import CarrierName
from scripts.launcher.postgres_server import throwaway_postgres

_FIRST = "Ada Ben Chris Dana Elena Femi Grace Hugo Ines Jack Kofi Lena Mia Noah Ola Petra Quinn Rosa Sam Tess"
_LAST = (
    "Adams Baker Clark Diaz Evans Fischer Garcia Hansen Ivanov Jones Khan Lopez Miller Nguyen Olsen Patel "
    "Quist Rossi Smith Tutt Ueda Vargas Walker Xu Young Zhang Okafor Oliveira Nordmann Larsen"
)
_NAMES = "Front desk|Main line|Sales|Support|Reception|Mobile|Night shift|Warehouse"
_PRIME = 7_900_000_007  # its multiples make numbers of ten digits that look unsorted and never repeat

_GROUPS = """
INSERT INTO groups (name, search_text, account_reference, provider_id, reseller_id, created_at)
SELECT 'Group ' || g, 'group ' || g, '', r.provider_id, r.id, now()
FROM generate_series(1, :groups) g
JOIN (SELECT id, provider_id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS all_of_them
      FROM resellers) r ON r.place = g % r.all_of_them
ORDER BY g
"""
_USERS = """
INSERT INTO users (name, search_text, broadworks_id, broadworks_key, timezone, language,
                   external_reference, email, provider_id, reseller_id, group_id, created_at)
SELECT made.name, lower(made.name) || ' ' || key, key, key, 'America/New_York', 'en', '', '',
       g.provider_id, g.reseller_id, g.id, now()
FROM (SELECT u, first || ' ' || last AS name, lower(first || '.' || last) || u || '@example.com' AS key
      FROM (SELECT u, (string_to_array(:first, ' '))[1 + (u * 7 + u / 31) % 20] AS first,
                   (string_to_array(:last, ' '))[1 + (u * 11 + u / 17) % 30] AS last
            FROM generate_series(1, :users) u) parts) made
JOIN groups g ON g.id = 1 + u % :groups
ORDER BY u
"""
_ASSIGNMENTS = """
INSERT INTO assignments (provider_id, reseller_id, group_id, user_id, platform_id, number, friendly_name, mms,
                         holder_name, shown_name, search_text, state, failure_reason, takes_over,
                         registered_key_version, started_at, ended_at, release_requested_at, opt_in, due_at,
                         tries)
SELECT provider_id, reseller_id, group_id, id, platform_id, '+1' || digits, friendly, mms, name,
       coalesce(friendly, digits),
       lower(concat_ws(' ', '+1' || digits, friendly, name, broadworks_id)),
       CASE WHEN ended IS NOT NULL THEN 'ended' WHEN a % :rare = 7 THEN 'failed'
            WHEN a % 5000 = 9 THEN 'provisioning' ELSE 'active' END,
       '', false, 1, now() - (a % 1000) * interval '1 day', ended, ended, 'opted-in', now(), 0
FROM (SELECT a, u.*, p.platform_id, (2000000000 + (a::bigint * 6364136223) % :prime)::text AS digits,
             CASE WHEN a % 5 < 2 THEN (string_to_array(:names, '|'))[1 + (a / 5) % 8] || ' ' || (a % 97) END
                 AS friendly,
             CASE WHEN a % 40 = 3 THEN false END AS mms,
             CASE WHEN a % 20 = 11 THEN now() - (a % 700) * interval '1 day' END AS ended
      FROM generate_series(1, :assignments) a
      JOIN users u ON u.id = 1 + a % :users
      JOIN (SELECT provider_id, min(id) AS platform_id FROM platforms GROUP BY provider_id) p
          ON p.provider_id = u.provider_id) made
"""


def fill(assignments: int) -> float:
    """Three providers, of which the first has most; users and groups in proportion. Returns the seconds."""
    began = time.perf_counter()
    _few()
    users, groups = max(assignments // 5, 100), max(assignments // 200, 10)
    counts = {"users": users, "groups": groups, "assignments": assignments, "prime": _PRIME}
    # Failed ones fill a page however few numbers there are: pages of as many rows are compared.
    counts["rare"] = min(2_000, max(assignments // 100, 10))
    with db.engine.begin() as connection, _without_indexes(connection, "users", "assignments"):
        for statement in (_GROUPS, _USERS, _ASSIGNMENTS):
            words = {"first": _FIRST, "last": _LAST, "names": _NAMES}
            wanted = {name: value for name, value in (counts | words).items() if f":{name}" in statement}
            connection.execute(text(statement), wanted)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    return time.perf_counter() - began


def _few() -> None:
    """What the app's own models write: providers, platforms, resellers, and somebody to look."""
    for number, resellers in enumerate((40, 12, 8), 1):
        provider = Provider(name=f"Provider {number}")
        db.session.add(provider)
        db.session.flush()
        for place in (1, 2):
            db.session.add(
                Platform(
                    name=f"Inteliquent {place}",
                    carrier=CarrierName.INTELIQUENT,
                    receiver_path_key=f"{number}-{place}",
                    **branch(provider),
                )
            )
        db.session.add_all(
            Reseller(name=f"Reseller {number}-{n}", **branch(provider)) for n in range(resellers)
        )
    db.session.add(PortalUser(name="Olga", email="olga@example.com", accepted_at=now()))
    db.session.commit()


@contextmanager
def _without_indexes(connection: Connection, *tables: str) -> Iterator[None]:
    """Filling first and indexing afterwards takes a third of the time."""
    query = text(
        "SELECT i.indexname, i.indexdef FROM pg_indexes i "
        "LEFT JOIN pg_constraint c ON c.conname = i.indexname "
        "WHERE i.tablename = ANY(:tables) AND c.conname IS NULL"
    )
    found = connection.execute(query, {"tables": list(tables)}).all()
    for name, _definition in found:
        connection.execute(text(f'DROP INDEX "{name}"'))
    yield
    connection.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
    for _name, definition in found:
        connection.execute(text(definition))


@contextmanager
def own_database(purpose: str) -> Iterator[str]:
    """The address of an empty database, gone at the end: at BENCH_DATABASE_URL where that is set (a role that
    may create databases), else on a server of its own whose commits survive a crash, as in production.
    """
    given = os.environ.get("BENCH_DATABASE_URL")
    if not given:
        with (
            tempfile.TemporaryDirectory() as folder,
            throwaway_postgres(Path(folder) / "postgres", is_durable=True) as server,
        ):
            yield server.url()
        return
    seat = make_url(given)
    name = f"{seat.database}_{purpose}_{os.getpid()}"
    _run(seat, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')
    try:
        yield seat.set(database=name).render_as_string(hide_password=False)
    finally:
        _run(seat, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _run(seat: URL, *statements: str) -> None:
    engine = create_engine(seat, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def today() -> dt.date:
    return now().date()
