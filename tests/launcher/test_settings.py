"""Settings: what the person sets wins, secrets are made once, and .env.example lists all."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from scripts.launcher.settings import ROOT, child_environment, read_settings


def environment_of(folder: Path, **given: str) -> dict[str, str]:
    settings = read_settings({"DATA_DIR": str(folder), **given}, root=folder)
    return child_environment(settings, "postgresql+psycopg:///nowhere", "unix:///nowhere")


def test_secrets_are_made_once_and_are_nobody_elses_business(tmp_path):
    first, second = environment_of(tmp_path), environment_of(tmp_path)
    names = ("SECRET_KEY", "ENCRYPTION_KEYS", "DEMO_PASSWORD")
    assert [first[name] for name in names] == [second[name] for name in names]
    assert all(len(first[name]) >= 12 for name in names)
    assert stat.S_IMODE((tmp_path / "secrets.env").stat().st_mode) == 0o600


def test_a_password_that_is_given_wins_and_is_not_kept(tmp_path):
    assert environment_of(tmp_path, DEMO_PASSWORD="given")["DEMO_PASSWORD"] == "given"
    assert "given" not in (tmp_path / "secrets.env").read_text()


def test_the_environment_wins_over_the_file(tmp_path):
    (tmp_path / ".env").write_text('# a comment\nPORT=8201\nSANDBOX_PORT=8301\nMAIL_SENDER="Us <us@here>"\n')
    settings = read_settings({"PORT": "8202"}, root=tmp_path)
    assert (settings.port, settings.sandbox_port) == (8202, 8301)
    assert settings.given["MAIL_SENDER"] == "Us <us@here>"


def test_everything_points_at_this_run(tmp_path):
    variables = environment_of(tmp_path, PORT="8205", SANDBOX_PORT="8305")
    assert variables["PUBLIC_URL"] == variables["RECEIVER_URL"] == "http://127.0.0.1:8205"
    assert variables["INTELIQUENT_BROKER_URL"] == "http://127.0.0.1:8305/msgbroker/rest"
    assert variables["MAIL_PORT"] == variables["SANDBOX_SMTP_PORT"]


def test_the_mailbox_keeps_its_port(tmp_path):
    assert environment_of(tmp_path)["MAIL_PORT"] == environment_of(tmp_path)["MAIL_PORT"]


def test_a_receiver_behind_another_address_follows_only_when_told(tmp_path):
    variables = environment_of(tmp_path, PUBLIC_URL="https://portal.example")
    assert variables["RECEIVER_URL"] == "https://portal.example"
    variables = environment_of(tmp_path, RECEIVER_URL="https://in.example")
    assert variables["PUBLIC_URL"].startswith("http://127.0.0.1:")


def test_the_example_lists_every_setting_that_is_read():
    read = set()
    for name in ("app/config.py", "sandbox/settings.py"):
        read |= set(re.findall(r'"([A-Z][A-Z_]{3,})"', (ROOT / name).read_text()))
    listed = set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert read
    assert read <= listed
    assert {"PORT", "SANDBOX_PORT", "DATA_DIR", "DEMO_PASSWORD"} <= listed
