"""Logging: one line per event, as JSON in production, with secrets masked.

One function masks, `mask_text`; it is asked for every line of ours and of gunicorn, tracebacks included.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable
from typing import Any

import structlog

MASK = "[masked]"
_SECRET_NAMES = re.compile(r"key|secret|token|password|authorization|cookie", re.IGNORECASE)
_END = r"[^\s\"'<>,;)}\]]+"  # of what stands in a log line without quotes
_QUERY = r"(?:[?&;]|%3F|%26)[\w.-]*(?:token|key|secret|password|code|sig|signature)(?:=|%3D)"
_HEADERS = r"(?:authorization|(?:set-)?cookie|x-[\w-]*(?:key|token)|[\w-]*csrf[\w-]*token|verificationtoken)"
_KNOWN = (
    (r"\b((?:Bearer|Basic)\s+)" + _END, r"\1"),
    (rf"(\b{_HEADERS}[\"']?\s*[:=]\s*[\"']?)[^\"'\r\n]+", r"\1"),
    (r"((?:__Host-)?\b(?:portal|unity)_\w+=)" + _END, r"\1"),
    (rf"({_QUERY})[^&\s\"'<>#]+", r"\1"),
    (r"(://[^/\s:@\"']*:)[^@\s/\"']+(?=@)", r"\1"),
)
_masks = [(re.compile(pattern, re.IGNORECASE), kept + MASK) for pattern, kept in _KNOWN]
_of_paths: dict[str, tuple[re.Pattern[str], str]] = {}


def hide_paths(prefixes: Iterable[str]) -> None:
    """From here on whatever follows these beginnings of addresses is masked, also where they are quoted.

    prefixes: regular expressions.
    """
    for prefix in prefixes:
        anywhere = prefix.replace("/", "(?:/|%2F)")
        pattern = re.compile(rf"({anywhere})(?!\[masked\])[^\s?&#\"'<>,;)}}\]]+", re.IGNORECASE)
        _of_paths[prefix] = (pattern, rf"\1{MASK}")


def mask_text(text: str) -> str:
    """The same text without tokens, keys, passwords, cookies and secret parts of addresses."""
    for pattern, instead in (*_of_paths.values(), *_masks):
        text = pattern.sub(instead, text)
    return text


class _Masking(logging.Filter):
    """For loggers with handlers of their own: what they are given is masked before."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = mask_text(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text, record.exc_info = mask_text(record.exc_text), None
        return True


_masking = _Masking()


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
    for name in ("gunicorn.access", "gunicorn.error"):
        logging.getLogger(name).addFilter(_masking)


def mask(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Hide what is a secret by its name or by its shape."""
    for name, value in event.items():
        event[name] = MASK if name != "event" and _is_secret(name, value) else _masked(value)
    return event


def _is_secret(name: str, value: Any) -> bool:
    return isinstance(value, str) and bool(_SECRET_NAMES.search(name))


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, dict):
        return {one: MASK if _is_secret(str(one), kept) else _masked(kept) for one, kept in value.items()}
    return [_masked(one) for one in value] if isinstance(value, list | tuple) else value
