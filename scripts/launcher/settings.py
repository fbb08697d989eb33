"""The settings of one run: from the environment, else from `.env`, else kept in the data folder."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scripts.launcher.checks import free_port, is_free
from scripts.launcher.problems import Problem

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Settings:
    """Where a run keeps its data and listens. `given` is what the person set, environment before `.env`."""

    data_dir: Path
    port: int
    sandbox_port: int
    given: Mapping[str, str] = field(repr=False)

    @property
    def portal_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"


def read_settings(environment: Mapping[str, str] | None = None, root: Path = ROOT) -> Settings:
    """Read what the person has set.

    environment: the process's own unless told.  root: the folder that may hold a `.env`.
    Raises Problem: a port is not a number from 1 to 65535, or both are the same.
    """
    given = {**_read(root / ".env"), **(os.environ if environment is None else environment)}
    port, sandbox_port = _port(given, "PORT", 8000), _port(given, "SANDBOX_PORT", 8100)
    if port == sandbox_port:
        raise Problem(
            f"The portal and the sandbox cannot share port {port}.",
            f"Give them one each: make run PORT={port} SANDBOX_PORT={port + 100}",
        )
    data_dir = (root / Path(given.get("DATA_DIR") or ".data").expanduser()).resolve()
    return Settings(data_dir, port, sandbox_port, given)


def child_environment(
    settings: Settings, database_url: str, redis_url: str, beside_a_run: bool = False
) -> dict[str, str]:
    """What every process of a run finds in its environment.

    settings: of this run; its data folder must be there.  database_url, redis_url: of the servers in use.
    beside_a_run: the processes are up already, so their mailbox port is rightly taken.
    """
    given, sandbox = settings.given, settings.sandbox_url
    mail_port = given.get("SANDBOX_SMTP_PORT") or str(_mailbox_port(settings.data_dir, beside_a_run))
    public_url = given.get("PUBLIC_URL") or settings.portal_url
    ours = {
        **_secrets(settings.data_dir),
        "LOCAL_RUN": "1",
        "PUBLIC_URL": public_url,
        "RECEIVER_URL": public_url,
        "SANDBOX_URL": sandbox,
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": mail_port,
        "MAIL_USE_TLS": "0",
        "MAIL_USE_SSL": "0",
        "INTELIQUENT_SERVICES_URL": f"{sandbox}/Services/2.0.0",
        "INTELIQUENT_TOKEN_URL": f"{sandbox}/oauth2/token",
        "INTELIQUENT_BROKER_URL": f"{sandbox}/msgbroker/rest",
        "CHECKS": "1",
        # Its one web process has 128 threads, of which each who waits holds one; no proxy stands before it.
        "PICTURE_LINE": "96",
        "PICTURE_WAIT_SECONDS": "300",
        "SECOND_FACTOR_REQUIRED": "none",
    }
    chosen = {name: given.get(name) or value for name, value in ours.items()}
    return {
        **given,
        **chosen,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "DATA_DIR": str(settings.data_dir),
        "PORT": str(settings.port),
        "SANDBOX_PORT": str(settings.sandbox_port),
        "SANDBOX_SMTP_PORT": mail_port,
        "PYTHONUNBUFFERED": "1",
    }


def _port(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name) or str(default)
    if text.isascii() and text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise Problem(
        f"{name} is {text!r}, not a port number.", f"Choose one from 1024 to 65535: make run {name}={default}"
    )


def _secrets(folder: Path) -> dict[str, str]:
    """The secrets of this data folder, made at first use; nobody else on the machine may read them."""
    path = folder / "secrets.env"
    kept = _read(path)
    fresh = {
        "SECRET_KEY": secrets.token_urlsafe(32),
        "ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "DEMO_PASSWORD": secrets.token_urlsafe(9),
    }
    missing = {name: value for name, value in fresh.items() if not kept.get(name)}
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
        os.fchmod(file.fileno(), 0o600)
        file.writelines(f"{name}={value}\n" for name, value in missing.items())
    return {**kept, **missing}


def _mailbox_port(folder: Path, taken_by_us: bool) -> int:
    """The port of the local mailbox: the same at every start, so that a restarted process still finds it."""
    path = folder / "mailbox-port"
    kept = path.read_text().strip() if path.exists() else ""
    if kept.isdigit() and (taken_by_us or is_free(int(kept))):
        return int(kept)
    port = free_port()
    path.write_text(f"{port}\n")
    return port


def _read(path: Path) -> dict[str, str]:
    """`NAME=value` lines of a file; comments and empty lines are skipped, a missing file is empty."""
    if not path.is_file():
        return {}
    pairs = (line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
    return {name.strip(): value.strip().strip("\"'") for name, value in pairs if not name.startswith("#")}
