"""In production what is missing, weak or meant for tests stops the start, with a sentence for each."""

from __future__ import annotations

import base64
import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from app.config import BadSetting, from_environment
from scripts.launcher.settings import ROOT

KEY = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
GOOD = {
    "SECRET_KEY": secrets.token_urlsafe(32),
    "ENCRYPTION_KEYS": KEY,
    "DATABASE_URL": "postgresql://portal:hush-hush@db.example.com/portal?sslmode=verify-full",
    "REDIS_URL": "rediss://web:hush-hush@redis.example.com:6379/0",
    "PUBLIC_URL": "https://portal.example.com",
    "MAIL_SERVER": "mail.example.com",
    "MAIL_USE_TLS": "1",
    "MAIL_SENDER": "Portal <portal@example.com>",
}
UNUSABLE = {
    "SECRET_KEY": [
        *("", "a", "for tests", "1234567890" * 4, "abc" * 20, "x" * 64, "change-me-" + "k8Zq2mW1" * 4),
        *("abcdefghijklmnopqrstuvwxyz0123456789", "deadbeef" * 8, secrets.token_hex(15)),
        *("our-secret-key-is-not-so-very-hard-to-guess", "passw0rd" + secrets.token_hex(16)),
    ],
    "SECRET_KEY_FALLBACKS": ["a", f"{secrets.token_urlsafe(32)},b"],
    "ENCRYPTION_KEYS": [
        *("", ",", "a", KEY[:-2], f"{KEY},x", f"{KEY},{KEY}", f"{KEY};{KEY[::-1]}"),
        base64.urlsafe_b64encode(b"thirty-two letters of a sentence").decode(),
        base64.urlsafe_b64encode(bytes(32)).decode(),
        base64.urlsafe_b64encode(bytes(range(32))).decode(),
    ],
    "DATABASE_URL": [
        *("", "sqlite:////srv/portal.db", "sqlite://", "mysql://a:hush-hush@db/portal", "portal", "db:5432"),
        *("'postgresql://a:hush-hush@db/portal'", "postgresql+psycopg2://a:hush-hush@db/portal"),
        *("postgresql://a:hush-hush@db:54x/portal", "postgresql://a:hush-hush@db", "postgresql:///portal"),
        # What a shell leaves of an address with fail-over when it is not in quotes.
        "postgresql://a:hush-hush@/portal?host=one,two",
        "postgresql://a:hush-hush@/portal?host=one&host=two",
    ],
    "REDIS_URL": [""],
    "PUBLIC_URL": [
        *("", "http://portal.example.com", "portal.our-cloud.net", "https://", "ftp://portal.example.com"),
        *("https://portal.example.com/portal", "https://a:hush-hush@portal.example.com", "https://a b"),
        *(
            "https://portal.example.com:port",
            "https://portal.example.com?a=b",
            "HTTP://our-cloud.net",
            "HTTPS://our-cloud.net",
        ),
    ],
    "RECEIVER_URL": ["http://in.example.com", "in.example.com", "https://in.example.com?a"],
    "MEDIA_URL": ["http://files.example.net", "https://files.example.net/m"],
    "CHECKS": ["1", "true", "on", "maybe"],
    "SANDBOX_URL": ["http://127.0.0.1:8100", "https://sandbox.example.com"],
    "INTELIQUENT_SERVICES_URL": ["http://127.0.0.1:8100/Services/2.0.0", "https://localhost:8100/Services"],
    "INTELIQUENT_TOKEN_URL": ["http://services-token.inteliquent.com/oauth2/token"],
    "INTELIQUENT_BROKER_URL": ["https://[::1]:8100/msgbroker/rest", "https://127.0.0.2/", "nonsense"],
    "MAIL_SERVER": [""],
    "MAIL_SENDER": [""],
    "MAIL_USE_TLS": ["", "0", "treu"],
    "MAIL_PORT": ["smtp"],
    "TRUSTED_PROXIES": ["one", "-1"],
    "LINK_DAYS": ["0"],
    "MEDIA_STORE": ["s3:/bucket"],
    "LOCAL_RUN": ["yes please"],
}


def sentences(**given: str) -> list[str]:
    with pytest.raises(BadSetting) as no:
        from_environment({**GOOD, **given})
    return str(no.value).splitlines()[:-1]  # the last one says how it is told that this is no production


@pytest.mark.parametrize(
    ("name", "value"),
    # By number: some values are drawn at random, and every process must know a case by the same name.
    [
        pytest.param(name, one, id=f"{name}-{number}")
        for name, values in UNUSABLE.items()
        for number, one in enumerate(values)
    ],
)
def test_a_setting_that_cannot_be_stops_the_start_and_is_named(name, value):
    told = sentences(**{name: value})
    assert any(one.startswith(name) for one in told), told
    for secret in ("hush-hush", KEY, GOOD["SECRET_KEY"], *([value] if len(value) > 8 else [])):
        assert secret not in "\n".join(told)


def test_what_is_right_starts():
    read = from_environment(GOOD)
    assert not read.is_local
    assert read.is_https
    assert read.database_url.startswith("postgresql+psycopg://")
    assert from_environment({**GOOD, "MAIL_SERVER": "127.0.0.1", "MAIL_USE_TLS": "0"}).mail_server
    several = "postgresql://a:b@/portal?host=one,two&target_session_attrs=read-write"
    assert from_environment({**GOOD, "DATABASE_URL": several}).database_url.endswith("read-write")
    older = from_environment({**GOOD, "SECRET_KEY_FALLBACKS": f" {KEY[:-1]}x , "})
    assert older.secret_key_fallbacks == (f"{KEY[:-1]}x",)


def test_many_random_keys_are_never_called_weak():
    for _ in range(300):
        key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        from_environment({**GOOD, "SECRET_KEY": secrets.token_urlsafe(32), "ENCRYPTION_KEYS": key})
        from_environment({**GOOD, "SECRET_KEY": secrets.token_hex(32)})


def test_all_of_it_is_said_at_once():
    told = sentences(SECRET_KEY="a", PUBLIC_URL="", DATABASE_URL="", CHECKS="1", MAIL_PORT="x", LINK_DAYS="0")
    named = {re.match("[A-Z_]+", one)[0] for one in told}
    assert named == {"SECRET_KEY", "PUBLIC_URL", "DATABASE_URL", "CHECKS", "MAIL_PORT", "LINK_DAYS"}
    assert len(told) == len(named)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("TRUSTED_PROXY", "TRUSTED_PROXIES"),
        ("SECRETKEY", "SECRET_KEY"),
        ("ENCRYPTION_KEY", "ENCRYPTION_KEYS"),
        ("MAIL_USETLS", "MAIL_USE_TLS"),
        ("PUBLIC_URI", "PUBLIC_URL"),
        ("MEDIA_STORES", "MEDIA_STORE"),
        ("CLIENT_TOKEN_MINUTE", "CLIENT_TOKEN_MINUTES"),
    ],
)
def test_a_misspelled_name_is_not_ignored(name, meant):
    (told,) = sentences(**{name: "1"})
    assert told.startswith(f"{name} is not a setting: {meant} is.")


def test_names_of_other_programs_are_left_alone():
    others = ("PATH", "HOME", "MAIL", "USER", "SHELL", "LANG", "LOGNAME", "HOSTNAME", "PWD", "PYTHONPATH")
    others += (
        "INVOCATION_ID",
        "JOURNAL_STREAM",
        "WEB_CONCURRENCY",
        "TZ",
        "LC_ALL",
        "http_proxy",
        "secret_key",
    )
    others += ("REDIS_PORT", "REDIS_SERVICE_HOST", "MEDIA_SERVICE_PORT", "MAIL_SERVICE_HOST")
    assert from_environment({**GOOD, **dict.fromkeys(others, "x")})
    for beside in ("PORT", "DATA_DIR", "DEMO_PASSWORD"):
        assert from_environment({**GOOD, beside: "8000"})


def test_on_ones_own_machine_the_least_will_do():
    least = {"LOCAL_RUN": "1", "SECRET_KEY": "a", "ENCRYPTION_KEYS": KEY, "CHECKS": "1"}
    assert from_environment({**least, "DATABASE_URL": "postgresql:///portal"}).is_local
    for unusable in ("", "mysql://a/b", "sqlite:///portal.db", "no address"):
        with pytest.raises(BadSetting, match="DATABASE_URL"):
            from_environment({**least, "DATABASE_URL": unusable})


@pytest.mark.processes
@pytest.mark.parametrize(
    "command", [["-m", "flask", "--app", "wsgi", "db", "upgrade"], ["worker.py"], ["wsgi.py"]]
)
def test_a_process_stops_before_it_makes_a_file(tmp_path: Path, command: list[str]):
    """An address that a shell has cut leaves DATABASE_URL unset."""
    given = {name: value for name, value in GOOD.items() if name != "DATABASE_URL"}
    ended = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **given, "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode != 0
    assert "DATABASE_URL is not set" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not list(tmp_path.iterdir())
