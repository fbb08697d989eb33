"""Every setting, read from the environment once, at start. `.env.example` lists them."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from flask import current_app

from app import production
from app.vocabulary import Level, SecurityEventKind

T = TypeVar("T")
_FERNET_KEY = r"[A-Za-z0-9_-]{43}="  # 32 bytes in URL-safe base64
_SITE = r"[a-z0-9][a-z0-9-]{0,30}"


class BadSetting(SystemExit):
    """Start-up stops with one sentence for each setting instead of failing later."""


class _Reading(Mapping[str, str]):
    """An environment that is read once: it knows which names were asked for, and what is wrong with them."""

    def __init__(self, env: Mapping[str, str]):
        self._env = env
        self.asked: set[str] = set()
        self.problems: list[str] = []

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self._env[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._env)

    def __len__(self) -> int:
        return len(self._env)

    def refuse(self, sentence: str) -> None:
        """Say it at the end, together with the others."""
        if sentence and sentence not in self.problems:
            self.problems.append(sentence)

    def tried(self, read: Callable[[], T], otherwise: T) -> T:
        """What `read` finds; `otherwise` where it raises BadSetting, which is said at the end."""
        try:
            return read()
        except BadSetting as bad:
            self.refuse(str(bad))
            return otherwise


@dataclass(frozen=True)
class MediaSettings:
    """Where the files of texts are: in a bucket, in the folder that is named, else in the data folder."""

    bucket: str
    prefix: str
    endpoint: str
    region: str
    key: str
    secret: str = field(repr=False)
    folder: str = ""

    @property
    def is_named(self) -> bool:
        return bool(self.bucket or self.folder)


@dataclass(frozen=True)
class PictureLimits:
    """What decoding strangers' pictures may cost, and the defaults. `places` and `line` are of one process.

    `memory_bytes` beside what an idle decoder has; `seconds` by the clock for one picture, a third of it CPU.
    """

    most_pixels: int = 40_000_000
    most_frames: int = 2_000
    memory_bytes: int = 900_000_000
    seconds: int = 30
    places: int = 2
    line: int = 8
    wait_seconds: int = 40


@dataclass(frozen=True)
class Settings:
    """What the environment says. Secrets stay out of its repr."""

    is_local: bool
    secret_key: str = field(repr=False)
    secret_key_fallbacks: tuple[str, ...] = field(repr=False)  # they still unseal, and seal nothing new
    encryption_keys: tuple[str, ...] = field(repr=False)
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    site: str
    peer_redis_urls: Mapping[str, str] = field(repr=False)  # by the names of the other sites
    public_url: str
    receiver_url: str
    data_dir: Path
    inteliquent_services_url: str
    inteliquent_token_url: str
    inteliquent_broker_url: str
    mail_server: str
    mail_port: int
    mail_username: str
    mail_password: str = field(repr=False)
    mail_use_tls: bool
    mail_use_ssl: bool
    mail_ca_file: str
    mail_sender: str
    media: MediaSettings
    media_url: str
    link_days: int
    upload_most_bytes: int
    uploads_per_minute: int
    tenant_uploads_per_minute: int
    pictures: PictureLimits
    mms_most_bytes: int
    media_fetch_most_bytes: int
    media_fetch_seconds: int
    checks: bool
    sandbox_url: str
    trusted_proxies: int
    client_token_minutes: int
    client_refresh_days: int
    client_calls_per_minute: int
    client_sends_per_minute: int
    dns_resolvers: tuple[tuple[str, int], ...]  # addresses and ports; none: those of the machine
    second_factor_levels: frozenset[str]  # of the portal users who must have one
    security_events_days: int = 90
    security_alert_per_hour: Mapping[str, int] = field(default_factory=lambda: {"": 500})  # "": other kinds
    security_alert_quiet: dt.timedelta = dt.timedelta(minutes=60)

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https:")

    @property
    def media_host(self) -> str:
        """The host name that serves files and nothing else; "" where the portal's own serves them (D16)."""
        own, portal = (urlsplit(url).hostname or "" for url in (self.media_url, self.public_url))
        return "" if own == portal else own


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check all settings; production, which is every start without LOCAL_RUN=1, checks more of them.

    Raises BadSetting: with a sentence for each setting that says what to put there, all at once.
    """
    env = _Reading(os.environ if environment is None else environment)
    is_local = _switch(env, "LOCAL_RUN")
    nowhere = MediaSettings("", "", "", "", "", "")
    nobody: dict[str, str] = {}
    media, peers = env.tried(lambda: _media(env), nowhere), env.tried(lambda: _peers(env), nobody)
    if peers and not media.is_named:
        env.refuse(
            "With PEER_REDIS_URLS every site must find the files of texts: set MEDIA_STORE to "
            "s3://bucket/prefix, or to file:///folder for a folder that all sites share."
        )
    data_dir = Path(env.get("DATA_DIR") or ".data").resolve()
    public_url = (env.get("PUBLIC_URL") or "http://127.0.0.1:8000").rstrip("/")
    env.refuse(production.origin_fault("PUBLIC_URL", public_url))
    receiver_url = (env.get("RECEIVER_URL") or public_url).rstrip("/")
    if env.get("RECEIVER_URL"):
        env.refuse(production.origin_fault("RECEIVER_URL", receiver_url, path=True))
    database_url = _database(env.get("DATABASE_URL") or "")
    env.refuse(production.database_fault(database_url, is_local=is_local))
    read = Settings(
        is_local=is_local,
        secret_key=_required(env, "SECRET_KEY"),
        secret_key_fallbacks=_several(env.get("SECRET_KEY_FALLBACKS") or ""),
        encryption_keys=_encryption_keys(env),
        database_url=database_url,
        redis_url=_redis(env),
        site=env.get("SITE") or "",
        peer_redis_urls=peers,
        public_url=public_url,
        receiver_url=receiver_url,
        data_dir=data_dir,
        inteliquent_services_url=env.get("INTELIQUENT_SERVICES_URL")
        or "https://services.inteliquent.com/Services/2.0.0",
        inteliquent_token_url=env.get("INTELIQUENT_TOKEN_URL")
        or "https://services-token.inteliquent.com/oauth2/token",
        inteliquent_broker_url=env.get("INTELIQUENT_BROKER_URL")
        or "https://messagebroker.inteliquent.com/msgbroker/rest",
        mail_server=(env.get("MAIL_SERVER") or "127.0.0.1"),
        mail_port=_integer(env, "MAIL_PORT", 25),
        mail_username=env.get("MAIL_USERNAME", ""),
        mail_password=env.get("MAIL_PASSWORD", ""),
        mail_use_tls=_switch(env, "MAIL_USE_TLS"),
        mail_use_ssl=_switch(env, "MAIL_USE_SSL"),
        mail_ca_file=_mail_ca_file(env),
        mail_sender=(env.get("MAIL_SENDER") or "CPaaS portal <portal@localhost>"),
        media=media,
        media_url=env.tried(lambda: _media_url(env, public_url), public_url),
        link_days=_integer(env, "LINK_DAYS", 30, least=1, most=365),
        upload_most_bytes=_integer(env, "UPLOAD_MOST_BYTES", 25_000_000, least=1_000_000),
        uploads_per_minute=_integer(env, "UPLOADS_PER_MINUTE", 120, least=1),
        tenant_uploads_per_minute=_integer(env, "TENANT_UPLOADS_PER_MINUTE", 1200, least=1),
        pictures=_pictures(env),
        mms_most_bytes=_integer(env, "MMS_MOST_BYTES", 1_000_000, least=1),
        media_fetch_most_bytes=_integer(env, "MEDIA_FETCH_MOST_BYTES", 25_000_000, least=1),
        media_fetch_seconds=_integer(env, "MEDIA_FETCH_SECONDS", 60, least=1, most=240),
        checks=_switch(env, "CHECKS"),
        sandbox_url=env.get("SANDBOX_URL", ""),
        trusted_proxies=_integer(env, "TRUSTED_PROXIES", 0),
        client_token_minutes=_integer(env, "CLIENT_TOKEN_MINUTES", 60, least=1),
        client_refresh_days=_integer(env, "CLIENT_REFRESH_DAYS", 30, least=1),
        client_calls_per_minute=_integer(env, "CLIENT_CALLS_PER_MINUTE", 300, least=1),
        client_sends_per_minute=_integer(env, "CLIENT_SENDS_PER_MINUTE", 60, least=1),
        dns_resolvers=env.tried(lambda: _resolvers(env), ()),
        second_factor_levels=env.tried(lambda: _second_factor_levels(env), frozenset()),
        security_events_days=_integer(env, "SECURITY_EVENTS_DAYS", 90, least=1, most=3650),
        security_alert_per_hour=env.tried(
            lambda: _alert_limits(env.get("SECURITY_ALERT_PER_HOUR") or "500"), {"": 500}
        ),
        security_alert_quiet=dt.timedelta(
            minutes=_integer(env, "SECURITY_ALERT_QUIET_MINUTES", 60, least=1, most=10_080)
        ),
    )
    if not is_local:
        for sentence in production.complaints(env, frozenset(env.asked)):
            env.refuse(sentence)
    if env.problems:
        more = "" if is_local else "\n(On one's own machine, with made-up data: LOCAL_RUN=1.)"
        raise BadSetting("\n".join(env.problems) + more)
    return read


def settings() -> Settings:
    """The settings of the running app."""
    loaded: Settings = current_app.extensions["settings"]
    return loaded


def _media(env: Mapping[str, str]) -> MediaSettings:
    """MEDIA_STORE is empty, s3://bucket/prefix, or file:///folder."""
    address = env.get("MEDIA_STORE") or ""
    scheme, _, rest = address.partition("://")
    bucket, _, prefix = rest.partition("/")
    if address and not (scheme == "s3" and bucket) and not (scheme == "file" and rest.startswith("/")):
        raise BadSetting(
            "MEDIA_STORE must be s3://bucket or s3://bucket/prefix, file:///folder, or empty for DATA_DIR."
        )
    if scheme == "file":
        bucket = prefix = ""
    return MediaSettings(
        bucket,
        prefix.strip("/"),
        env.get("MEDIA_S3_ENDPOINT") or "",
        env.get("MEDIA_S3_REGION") or "us-east-1",
        env.get("MEDIA_S3_KEY") or "",
        env.get("MEDIA_S3_SECRET") or "",
        rest if scheme == "file" else "",
    )


def _mail_ca_file(env: _Reading) -> str:
    """Checks what is said about encryption of mail: a typo stops the start, not the first mail."""
    if _switch(env, "MAIL_USE_TLS") and _switch(env, "MAIL_USE_SSL"):
        env.refuse(
            "Set MAIL_USE_TLS for STARTTLS (port 25 or 587), or MAIL_USE_SSL for TLS from the start "
            "(port 465), not both."
        )
    path = env.get("MAIL_CA_FILE") or ""
    if path:
        try:
            ssl.create_default_context(cafile=path)
        except OSError:  # also ssl.SSLError
            env.refuse("MAIL_CA_FILE must name a readable file of certificates in PEM form.")
    return path


def _pictures(env: _Reading) -> PictureLimits:
    usual = PictureLimits()
    return PictureLimits(
        most_pixels=_integer(env, "PICTURE_MOST_PIXELS", usual.most_pixels, least=1_000_000),
        most_frames=_integer(env, "PICTURE_MOST_FRAMES", usual.most_frames, least=1),
        memory_bytes=1_000_000
        * _integer(env, "PICTURE_MEMORY_MB", usual.memory_bytes // 1_000_000, least=100),
        seconds=_integer(env, "PICTURE_SECONDS", usual.seconds, least=3, most=120),
        places=_integer(env, "PICTURE_PLACES", usual.places, least=1),
        line=_integer(env, "PICTURE_LINE", usual.line, least=1),
        wait_seconds=_integer(env, "PICTURE_WAIT_SECONDS", usual.wait_seconds, least=1, most=300),
    )


def _redis(env: Mapping[str, str]) -> str:
    return env.get("REDIS_URL") or "redis://127.0.0.1:6379/0"


def _peers(env: Mapping[str, str]) -> dict[str, str]:
    """PEER_REDIS_URLS is empty, or name=address of each other site's Redis, commas between."""
    given = [one.strip() for one in (env.get("PEER_REDIS_URLS") or "").split(",") if one.strip()]
    site = env.get("SITE") or ""
    if (given or site) and not re.fullmatch(_SITE, site):
        raise BadSetting(
            "SITE must name this site as the other sites' PEER_REDIS_URLS do: small letters, digits, hyphens."
        )
    peers: dict[str, str] = {}
    for name, _, url in (one.partition("=") for one in given):
        if not re.fullmatch(_SITE, name) or urlsplit(url).scheme not in {"redis", "rediss", "unix"}:
            raise BadSetting("PEER_REDIS_URLS must be like west=redis://host:6379/0, commas between sites.")
        if name == site or name in peers or url == _redis(env):
            raise BadSetting(f"PEER_REDIS_URLS must name every other site once; look at {name}.")
        peers[name] = url
    return peers


def _media_url(env: Mapping[str, str], public_url: str) -> str:
    """An origin: a path would be a part of the portal, and plain http beside https would be led away."""
    url = (env.get("MEDIA_URL") or public_url).rstrip("/")
    scheme, _, host = url.partition("://")
    wanted = {"https"} if public_url.startswith("https:") else {"http", "https"}
    if env.get("MEDIA_URL") and (scheme not in wanted or not re.fullmatch(r"[^/?#@\s]+", host)):
        raise BadSetting("MEDIA_URL must be https://host without a path, or empty to use PUBLIC_URL.")
    return url


def _alert_limits(given: str) -> dict[str, int]:
    """SECURITY_ALERT_PER_HOUR is a number for every kind; after commas `kind=number` for one. 0: no alert."""
    limits = {}
    for part in given.split(","):
        kind, _, number = part.strip().rpartition("=")
        known = not kind or kind in set(SecurityEventKind)
        if not known or not (number.isascii() and number.isdigit()) or len(number) > 9:
            raise BadSetting(
                "SECURITY_ALERT_PER_HOUR must be a number, or like 500,foreign-row=50,refused-call=0 "
                f"with kinds of security events; look at {part.strip()!r}."
            )
        limits[kind] = int(number)
    return limits


def _resolvers(env: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    """DNS_RESOLVERS is empty, or IP addresses of DNS servers with commas between: `192.0.2.53`,
    `127.0.0.1:5353`, `[2001:db8::53]:53`.
    """
    found = []
    for one in (part.strip() for part in (env.get("DNS_RESOLVERS") or "").split(",")):
        if not one:
            continue
        match = re.fullmatch(r"\[([^\]]+)\](?::(\d{1,5}))?|([^:]+)(?::(\d{1,5}))?", one)
        host, port = (match[1] or match[3], match[2] or match[4] or "53") if match else (one, "0")
        try:
            ipaddress.ip_address(host)
        except ValueError:
            port = "0"
        if not 0 < int(port) < 65536:
            raise BadSetting(
                f"DNS_RESOLVERS must be IP addresses like 192.0.2.53 or 127.0.0.1:5353, commas between; "
                f"look at {one}."
            )
        found.append((host, int(port)))
    return tuple(found)


def _second_factor_levels(env: Mapping[str, str]) -> frozenset[str]:
    """SECOND_FACTOR_REQUIRED names levels of portal users with commas between, or is `none`."""
    names = {
        "operators": Level.SYSTEM,
        "providers": Level.PROVIDER,
        "resellers": Level.RESELLER,
        "groups": Level.GROUP,
    }
    given = (env.get("SECOND_FACTOR_REQUIRED") or "operators").lower()
    chosen = {part.strip() for part in given.split(",")} - {""}
    if chosen == {"none"}:
        return frozenset()
    if not chosen or not chosen <= names.keys():
        raise BadSetting(
            f"SECOND_FACTOR_REQUIRED must name some of {', '.join(names)}, commas between, or be none."
        )
    return frozenset(names[name] for name in chosen)


def _database(url: str) -> str:
    """The names that hosting services use for PostgreSQL mean psycopg here."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _several(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


def _encryption_keys(env: _Reading) -> tuple[str, ...]:
    keys = _several(_required(env, "ENCRYPTION_KEYS"))
    # Fernet itself reads on over what is no base64, so two keys with a semicolon between are one for it.
    if not all(re.fullmatch(_FERNET_KEY, key) for key in keys):
        env.refuse("ENCRYPTION_KEYS must hold Fernet keys, separated by commas.")
    if len(set(keys)) < len(keys):
        env.refuse("ENCRYPTION_KEYS holds the same key twice.")
    if env.get("ENCRYPTION_KEYS") and not keys:
        env.refuse("ENCRYPTION_KEYS holds no key.")
    return keys


def _required(env: _Reading, name: str) -> str:
    if not env.get(name):
        env.refuse(f"{name} is not set. See .env.example for a safe local value.")
        return ""
    return env[name]


def _integer(env: _Reading, name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
    try:
        value = int(env.get(name) or default)
    except ValueError:
        env.refuse(f"{name} must be a whole number.")
        return default
    if value < least:
        env.refuse(f"{name} must be at least {least}.")
    if most is not None and value > most:
        env.refuse(f"{name} must be at most {most}.")
    return value


def _switch(env: _Reading, name: str) -> bool:
    """1 or 0, in the words that people use. Anything else is a mistake: `treu` must not mean no."""
    word = (env.get(name) or "0").strip().lower()
    if word not in {"1", "true", "yes", "on", "0", "false", "no", "off"}:
        env.refuse(f"{name} must be 1 or 0.")
    return word in {"1", "true", "yes", "on"}
