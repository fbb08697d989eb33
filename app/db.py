"""The session, the model base, and the one place that commits."""

from __future__ import annotations

import datetime as dt
import enum
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

import psycopg
from cryptography.fernet import Fernet, MultiFernet
from flask import current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, DateTime, Engine, Enum, LargeBinary, MetaData, TypeDecorator, event
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, Session, registry
from sqlalchemy.pool import Pool

from app.config import settings

P = ParamSpec("P")
R = TypeVar("R")


class UtcDateTime(TypeDecorator[dt.datetime]):
    """Aware UTC in Python, whatever the database keeps (D25)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


@cache
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


class EncryptedText(TypeDecorator[str]):
    """A secret or a payload, readable only with ENCRYPTION_KEYS (D6). The first key encrypts, all decrypt."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> bytes | None:
        return None if value is None else _cipher(settings().encryption_keys).encrypt(value.encode())

    def process_result_value(self, value: bytes | None, dialect: Any) -> str | None:
        return None if value is None else _cipher(settings().encryption_keys).decrypt(value).decode()


class EncryptedBytes(EncryptedText):
    """The same for raw bytes, such as the body of a call. One that was stored as text reads as its UTF-8."""

    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Any) -> bytes | None:  # type: ignore[override]
        return None if value is None else _cipher(settings().encryption_keys).encrypt(value)

    def process_result_value(self, value: bytes | None, dialect: Any) -> bytes | None:  # type: ignore[override]
        return None if value is None else _cipher(settings().encryption_keys).decrypt(value)


_STORED_BY_VALUE = Enum(
    enum.StrEnum, values_callable=lambda words: [w.value for w in words], native_enum=False, length=40
)
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    registry = registry(
        metadata=MetaData(naming_convention=_NAMES),
        # 10 million texts a day would use up 32 bits in 215 days.
        type_annotation_map={int: BigInteger(), enum.StrEnum: _STORED_BY_VALUE, dt.datetime: UtcDateTime()},
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})

logger = logging.getLogger(__name__)
_PING_AFTER_SECONDS = 1
_checks: list[Callable[[Session], None]] = []


def before_commit(check: Callable[[Session], None]) -> Callable[[Session], None]:
    """Register a check that may veto a commit by raising."""
    _checks.append(check)
    return check


def transactional(fn: Callable[P, R]) -> Callable[P, R]:
    """The outermost call commits; calls inside it join; any exception undoes all of them.

    What was read before is read again, so a rule never decides on a stale row.
    """

    @wraps(fn)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        session = db.session()
        if "pending" in session.info:
            return fn(*args, **kwargs)
        end_read()
        session.expire_all()
        pending: list[Callable[[], None]] = []
        session.info["pending"] = pending
        try:
            result = fn(*args, **kwargs)
            for check in _checks:
                check(session)
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            del session.info["pending"]
            session.info.pop("audit", None)
        for callback in pending:
            callback()
        return result

    return wrapper


class StatementFailed(Exception):
    """A statement outside of a transaction failed: nothing of it is kept."""


class PreparedStatement:
    """A statement that is compiled once and that the server keeps prepared (adr/0015).

    Compiling one costs more than running it. Only plain values go in and come out; times are aware.
    """

    def __init__(self, statement: Any):
        compiled = statement.compile(dialect=db.engine.dialect)
        self._sql = str(compiled)
        self._constants = {
            name: str(value) if isinstance(value, enum.StrEnum) else value
            for name, value in compiled.params.items()
            if value is not None
        }

    def all(self, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Its rows. In a transaction it is a part of that; else it is one of its own, committed by itself: a
        single round trip.

        Raises StatementFailed (outside of a transaction), DBAPIError (inside), TimeoutError of the pool.
        """
        engine = db.engine
        is_within = db.session.registry.has() and "pending" in db.session().info
        if is_within or not isinstance(
            engine, Engine
        ):  # a test's engine is a connection, with its transaction
            return _all_joined(self._sql, {**self._constants, **values})
        try:
            with closing(engine.raw_connection()) as connection:
                return self._all_committed(engine, connection, values)
        except psycopg.Error as trouble:
            raise StatementFailed from trouble

    def execute(self, driver: psycopg.Connection[Any], values: Mapping[str, Any]) -> psycopg.Cursor[Any]:
        """On a connection of the caller, for instance in its pipeline."""
        return driver.execute(self._sql, {**self._constants, **values}, prepare=True)

    def _all_committed(self, engine: Engine, connection: Any, values: Mapping[str, Any]) -> Any:
        driver: psycopg.Connection[tuple[Any, ...]] = connection.driver_connection
        try:
            driver.autocommit = True
            return self.execute(driver, values).fetchall()
        finally:
            if driver.closed:
                connection.invalidate()
                engine.dispose()  # those that rest in the pool are as old
            else:
                driver.autocommit = False


@transactional
def _all_joined(sql: str, values: dict[str, Any]) -> Any:
    return [tuple(row) for row in db.session.connection().exec_driver_sql(sql, values)]


def after_commit(callback: Callable[[], None]) -> None:
    """Run `callback` once the surrounding transaction is durable, and never if it is undone.

    Outside of one it runs at once: what was written before has been committed.
    """
    pending = db.session().info.get("pending")
    if pending is None:
        callback()
    else:
        pending.append(callback)


def end_read() -> None:
    """Close the read transaction, so that none is open while something slow is asked.

    Raises RuntimeError: when there are changes that nobody committed; that is a programming error.
    """
    session = db.session()
    if "pending" in session.info:
        raise RuntimeError("Nothing slow happens inside a transaction.")
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("Changed rows outside @transactional.")
    session.rollback()


def let_go(_error: BaseException | None = None) -> None:
    """At the end of a request or a job: what was read for it is over.

    A database that went away meanwhile has nothing to undo, so an answer that stands is not lost for it.
    """
    if not db.session.registry.has():
        return
    try:
        db.session.close()
    except DBAPIError as trouble:
        logger.warning("a connection was lost before its reading ended: %s", type(trouble.orig).__name__)
        db.session().invalidate()


@event.listens_for(Pool, "checkin")
def _note_rest(_connection: Any, record: Any) -> None:
    record.info["rests since"] = time.monotonic()


@event.listens_for(Pool, "checkout")
def _see_that_it_lives(connection: Any, record: Any, _proxy: Any) -> None:
    """A connection to PostgreSQL that rested may be dead: the pool then makes new ones (adr/0015)."""
    rested = time.monotonic() - record.info.get("rests since", time.monotonic())
    if rested < _PING_AFTER_SECONDS:
        return
    try:
        connection.autocommit = True
        connection.execute("SELECT 1")
        connection.autocommit = False
    except psycopg.OperationalError as dead:
        raise InvalidatePoolError from dead


def insert_once(model: type[Any], **values: Any) -> int | None:
    """Insert a row unless one with the same unique key exists. Returns its id, or None for a repetition."""
    statement: Any = insert(model).values(**values).on_conflict_do_nothing()
    return db.session.scalar(statement.returning(model.id))


def in_own_context(fn: Callable[P, R]) -> Callable[P, R]:
    """`fn` for another thread: with a session of its own, which is given back at the end."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    @wraps(fn)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        with app.app_context():
            return fn(*args, **kwargs)

    return wrapper
