"""Is everything there that the app needs? Asked by load balancers and by the launcher."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app.db import db
from app.redis_edge import edge

_MIGRATIONS = Path(__file__).parent.parent / "migrations"


def report() -> dict[str, str]:
    """`ok`, or what is wrong, for database, migrations and Redis."""
    return {"database": _database(), "migrations": _migrations(), "redis": _redis()}


def _database() -> str:
    try:
        db.session.connection().exec_driver_sql("SELECT 1")
    except SQLAlchemyError:
        return "does not answer"
    return "ok"


def _migrations() -> str:
    try:
        present = MigrationContext.configure(db.session.connection()).get_current_heads()
    except SQLAlchemyError:
        return "cannot be read"
    return "ok" if set(present) == _wanted() else "run `make migrate`"


@cache
def _wanted() -> frozenset[str]:
    return frozenset(ScriptDirectory(str(_MIGRATIONS)).get_heads())


def _redis() -> str:
    try:
        edge().call(lambda redis: redis.ping())
    except RedisError:
        return "does not answer"
    return "ok"
