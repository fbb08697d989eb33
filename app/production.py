"""What a setting must be where people's texts are real. Pure: from an environment to sentences.

Production is every start that does not say LOCAL_RUN=1: who forgets something is told so at start, and gets
no portal that half works. A sentence names its setting and what to put there, never a value: settings are
secrets.
"""

from __future__ import annotations

import base64
import binascii
import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from ipaddress import ip_address
from itertools import pairwise
from urllib.parse import SplitResult, urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

LEAST_SECRET = 32  # characters; the command in .env.example makes 43
_LEAST_DISTINCT = 10
_PLACEHOLDERS = re.compile(
    r"change.?me|secret|passw|example|your.?|long.random|default|qwert|letmein|for.tests|placeholder", re.I
)
_AS_FOR_US = 0.85  # how alike a name must be to one of ours to be meant as it
_BESIDE = {  # read by `make run` and the checks alone
    *("PORT", "SANDBOX_PORT", "SANDBOX_SMTP_PORT", "DATA_DIR", "DEMO_PASSWORD"),
    *("TEST_DATABASE_URL", "TEST_REDIS_URL", "BENCH_DATABASE_URL"),
}
_CARRIER = ("INTELIQUENT_SERVICES_URL", "INTELIQUENT_TOKEN_URL", "INTELIQUENT_BROKER_URL")
_ON = {"1", "true", "yes", "on"}


def complaints(env: Mapping[str, str], ours: Collection[str]) -> Iterator[str]:
    """One sentence for each setting with which no portal may be open to people.

    env: the environment.  ours: the names of all settings that are read.
    """
    yield from _about_secrets(env)
    yield from _about_addresses(env)
    yield from _about_servers(env)
    for name in ("CHECKS", "SANDBOX_URL"):
        if env.get(name, "0").lower() not in {"", "0", "false", "no", "off"}:
            yield f"{name} is for tests and `make run`: leave it out in production."
    yield from _about_names(env, ours)


def weakness(secret: str) -> str:
    """Why a secret could be guessed, as the end of a sentence; "" when it looks random."""
    if len(secret) < LEAST_SECRET:
        return f"is shorter than {LEAST_SECRET} characters"
    if _PLACEHOLDERS.search(secret):
        return "holds words of an example"
    steps = sum(abs(ord(one) - ord(two)) <= 1 for one, two in pairwise(secret))
    if len(set(secret)) < _LEAST_DISTINCT or secret in (secret + secret)[1:-1] or steps > len(secret) / 2:
        return "repeats itself"
    return ""


def database_fault(url: str, *, is_local: bool) -> str:
    """What is wrong with DATABASE_URL, as a sentence; "" when it can be used.

    is_local: whether a server without a name, on this machine, will do.
    """
    example = "postgresql://user:password@host/name, in quotes where a shell reads it"
    if not url:
        return f"DATABASE_URL is not set: it must be like {example}."
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        return f"DATABASE_URL cannot be read: it must be like {example}."
    if parts.drivername != "postgresql+psycopg":
        return f"DATABASE_URL must be a PostgreSQL address, like {example}."
    return "" if is_local else _fault_of_hosts(parts, example)


def _fault_of_hosts(parts: URL, example: str) -> str:
    hosts = parts.query.get("host", "")
    if not parts.database or not (parts.host or hosts):
        return f"DATABASE_URL lacks the host or the name of the database: it must be like {example}."
    several = "," in str(hosts) or (isinstance(hosts, tuple) and len(hosts) > 1)
    if several and parts.query.get("target_session_attrs") != "read-write":
        return (
            "DATABASE_URL names several hosts without target_session_attrs=read-write: "
            "a shell cuts it at the first & unless it is in quotes."
        )
    return ""


def _about_secrets(env: Mapping[str, str]) -> Iterator[str]:
    keys = [key for key in (env.get("ENCRYPTION_KEYS") or "").split(",") if key]
    if env.get("SECRET_KEY") and (why := weakness(env["SECRET_KEY"])):
        yield f"SECRET_KEY {why}: take what the command in .env.example prints."
    older = [key.strip() for key in (env.get("SECRET_KEY_FALLBACKS") or "").split(",") if key.strip()]
    if why := next((why for key in older if (why := weakness(key))), ""):
        yield f"SECRET_KEY_FALLBACKS {why}: a key in it counts as much as SECRET_KEY."
    if any(_is_weak_key(key.strip()) for key in keys):
        yield "ENCRYPTION_KEYS are not random: take what the command in .env.example prints."
    if env.get("SECRET_KEY") in keys:
        yield "SECRET_KEY must not be one of ENCRYPTION_KEYS: they protect different things."


def _is_weak_key(key: str) -> bool:
    """Whether a well-formed key was written by a person, not drawn: 32 random bytes never look so."""
    try:
        raw = base64.urlsafe_b64decode(key)
    except (binascii.Error, ValueError):
        return False  # malformed, which is another sentence
    steps = sum(abs(one - two) <= 1 for one, two in pairwise(raw))
    return len(set(raw)) < 16 or all(32 <= byte < 127 for byte in raw) or steps > len(raw) / 2


def _about_addresses(env: Mapping[str, str]) -> Iterator[str]:
    for name in ("PUBLIC_URL", "RECEIVER_URL", "MEDIA_URL"):
        if not env.get(name):
            if name == "PUBLIC_URL":
                yield "PUBLIC_URL is not set: it is where people are, like https://portal.example.com."
        elif _split(env[name]) is not None and env[name].startswith("http:"):
            yield f"{name} must be https: cookies, links and texts would cross the network in the open."
    for name in _CARRIER:
        if env.get(name) and (not _is_https(env[name]) or is_here(urlsplit(env[name]).hostname or "")):
            yield f"{name} leads to a stand-in for the carrier: leave it out in production."


def _about_servers(env: Mapping[str, str]) -> Iterator[str]:
    if not env.get("REDIS_URL"):
        yield "REDIS_URL is not set: it must be like redis://host:6379/0."
    for name, what in (("MAIL_SERVER", "mail.example.com"), ("MAIL_SENDER", "Portal <portal@example.com>")):
        if not env.get(name):
            yield f"{name} is not set: invitations and new passwords go by mail. It must be like {what}."
    is_open = not any((env.get(name) or "0").lower() in _ON for name in ("MAIL_USE_TLS", "MAIL_USE_SSL"))
    if env.get("MAIL_SERVER") and is_open and not is_here(env["MAIL_SERVER"]):
        yield (
            "MAIL_USE_TLS must be 1 with a mail server on another machine: "
            "mails hold links that let people in."
        )


def _about_names(env: Mapping[str, str], ours: Collection[str]) -> Iterator[str]:
    """A name that nearly is one of ours was meant to be it, and would be ignored without a word."""
    known = {*ours, *_BESIDE}
    for name in sorted(set(env) - known):
        meant = difflib.get_close_matches(name, known, n=1, cutoff=_AS_FOR_US)
        if meant and name.isupper():
            yield f"{name} is not a setting: {meant[0]} is. Rename it, or take it out of this environment."


def is_here(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost" or host.lower().endswith(".localhost")


def origin_fault(name: str, url: str, *, path: bool = False) -> str:
    """What is wrong with an address that links are built from, as a sentence; "" when nothing is.

    path: whether it may have one.
    """
    parts = _split(url)
    if (
        parts is None
        or not url.isprintable()
        or not re.match("https?://", url)
        or not parts.hostname
        or parts.username
    ):
        return f"{name} must be an address like https://portal.example.com."
    if (parts.path.strip("/") and not path) or parts.query or parts.fragment or re.search(r"\s", url):
        return f"{name} must be an address without a path, like https://portal.example.com."
    return ""


def _is_https(url: str) -> bool:
    parts = _split(url)
    return parts is not None and parts.scheme == "https" and bool(parts.hostname)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises for what is no port
    except ValueError:
        return None
    return parts
