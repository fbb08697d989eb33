"""Logging: one line per event, as JSON in production, with secrets masked."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

import structlog

_SECRET_NAMES = re.compile(r"key|secret|token|password|authorization|cookie", re.IGNORECASE)
_SECRET_TEXT = re.compile(
    r"(Bearer|Basic)\s+\S+|/(?:welcome|client-password|reset-password|new-address)/[\w-]+", re.IGNORECASE
)


def start(*, readable: bool) -> None:
    """Send everything that is logged to standard error; `readable` for people, else JSON."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        mask,
    ]
    last: Any = (
        structlog.dev.ConsoleRenderer(colors=False) if readable else structlog.processors.JSONRenderer()
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)


def mask(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Hide what looks like a secret, by its name or by its shape."""
    for name, value in event.items():
        if name == "event" or not isinstance(value, str):
            event[name] = _SECRET_TEXT.sub("[masked]", value) if isinstance(value, str) else value
        elif _SECRET_NAMES.search(name):
            event[name] = "[masked]"
        else:
            event[name] = _SECRET_TEXT.sub("[masked]", value)
    return event
