"""Every setting, read from the environment once, at start. `.env.example` lists them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from flask import current_app

_SITE = r"[a-z0-9][a-z0-9-]{0,30}"


class BadSetting(SystemExit):
    """Start-up stops with one sentence instead of failing later."""


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

    secret_key: str = field(repr=False)
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

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https:")

    @property
    def media_host(self) -> str:
        """The host name that serves files and nothing else; "" where the portal's own serves them (D16)."""
        own, portal = (urlsplit(url).hostname or "" for url in (self.media_url, self.public_url))
        return "" if own == portal else own


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check all settings.

    Raises BadSetting: with a sentence that names the setting and what to put there.
    """
    env = os.environ if environment is None else environment
    media, peers = _media(env), _peers(env)
    if peers and not media.is_named:
        raise BadSetting(
            "With PEER_REDIS_URLS every site must find the files of texts: set MEDIA_STORE to "
            "s3://bucket/prefix, or to file:///folder for a folder that all sites share."
        )
    data_dir = Path(env.get("DATA_DIR") or ".data").resolve()
    public_url = (env.get("PUBLIC_URL") or "http://127.0.0.1:8000").rstrip("/")
    keys = tuple(key for key in _required(env, "ENCRYPTION_KEYS").split(",") if key)
    for key in keys:
        try:
            Fernet(key)
        except ValueError:
            raise BadSetting("ENCRYPTION_KEYS must hold Fernet keys, separated by commas.") from None
    return Settings(
        secret_key=_required(env, "SECRET_KEY"),
        encryption_keys=keys,
        database_url=_database(env.get("DATABASE_URL") or f"sqlite:///{data_dir}/portal.db"),
        redis_url=_redis(env),
        site=env.get("SITE") or "",
        peer_redis_urls=peers,
        public_url=public_url,
        receiver_url=(env.get("RECEIVER_URL") or public_url).rstrip("/"),
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
        mail_sender=(env.get("MAIL_SENDER") or "CPaaS portal <portal@localhost>"),
        media=media,
        media_url=_media_url(env, public_url),
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
    )


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


def _pictures(env: Mapping[str, str]) -> PictureLimits:
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


def _database(url: str) -> str:
    """The names that hosting services use for PostgreSQL mean psycopg here."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _required(env: Mapping[str, str], name: str) -> str:
    if not env.get(name):
        raise BadSetting(f"{name} is not set. See .env.example for a safe local value.")
    return env[name]


def _integer(
    env: Mapping[str, str], name: str, default: int, *, least: int = 0, most: int | None = None
) -> int:
    try:
        value = int(env.get(name) or default)
    except ValueError:
        raise BadSetting(f"{name} must be a whole number.") from None
    if value < least:
        raise BadSetting(f"{name} must be at least {least}.")
    if most is not None and value > most:
        raise BadSetting(f"{name} must be at most {most}.")
    return value


def _switch(env: Mapping[str, str], name: str) -> bool:
    return env.get(name, "0").lower() in {"1", "true", "yes", "on"}
