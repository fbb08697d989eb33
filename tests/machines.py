"""Another machine: an instance of the portal on the same database, with settings of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from flask import Flask

from app.db import db
from app.factory import create_app
from app.web.limits import limiter


@contextmanager
def machine(app: Flask, **settings: Any) -> Iterator[Flask]:
    """Another instance of the portal on the same database and Redis."""
    limits = dict(vars(limiter))  # it knows one app, the last one
    other = create_app(replace(app.extensions["settings"], **settings), {"TESTING": True})
    vars(limiter).update(limits)
    yield other
    with other.app_context():
        db.engine.dispose()
    for name in ("redis", "redis_for_workers", "redis_for_streams"):
        other.extensions[name].close()
