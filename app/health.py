"""Is everything there that the app needs? Asked by load balancers and by the launcher."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app import queued_jobs
from app.db import db
from app.redis_edge import Edge, edge, edges

_MIGRATIONS = Path(__file__).parent.parent / "migrations"


def report() -> dict[str, str]:
    """`ok`, or what is wrong, for database, migrations, Redis, and the Redis of each other site."""
    own, *others = edges().items()
    peers = {f"redis at {site}": _answers(edge) for site, edge in others}
    return {"database": _database(), "migrations": _migrations(), "redis": _answers(own[1]), **peers}


def is_ready(found: dict[str, str]) -> bool:
    """Whether we can serve. A Redis alone missing slows us down and does not stop us (D24, S25)."""
    return all(word == "ok" for part, word in found.items() if not part.startswith("redis"))


def refused_jobs() -> int | None:
    """Jobs in our Redis that were not ours, since it was last emptied; None while it does not answer."""
    try:
        return edge().call(queued_jobs.refused)
    except RedisError:
        return None


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


def _answers(edge: Edge) -> str:
    try:
        edge.call(lambda redis: redis.ping())
    except RedisError:
        return "does not answer"
    return "ok"
