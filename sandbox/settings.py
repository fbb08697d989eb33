"""Settings from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class BadSetting(ValueError):
    """A setting that cannot be used; the message is a sentence for the person at the terminal."""


@dataclass(frozen=True)
class Settings:
    """Where the sandbox listens and keeps its data. `smtp_port` 0 means no mail sink."""

    port: int
    data_dir: Path
    smtp_port: int

    @property
    def database(self) -> Path:
        return self.data_dir / "sandbox.db"

    @property
    def media(self) -> Path:
        return self.data_dir / "sandbox-media"


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Read SANDBOX_PORT (8100), DATA_DIR (.data) and SANDBOX_SMTP_PORT (none).

    Raises BadSetting when a port is not a number between 1 and 65535.
    """
    return Settings(
        port=_port(environment, "SANDBOX_PORT", "8100"),
        data_dir=Path(environment.get("DATA_DIR") or ".data").resolve(),
        smtp_port=_port(environment, "SANDBOX_SMTP_PORT", "0", lowest=0),
    )


def _port(environment: Mapping[str, str], name: str, default: str, lowest: int = 1) -> int:
    text = environment.get(name) or default
    if not text.isascii() or not text.isdigit() or not lowest <= int(text) <= 65535:
        raise BadSetting(f"{name} is {text!r}; it must be a port number, such as {name}={default}.")
    return int(text)
