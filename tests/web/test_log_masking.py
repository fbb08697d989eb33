"""No log holds what lets somebody in: ours, gunicorn's, and tracebacks in either."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from urllib.parse import quote

import pytest
import requests
import structlog
from sqlalchemy import make_url
from werkzeug.routing import UnicodeConverter

from app import logs
from app.web.secret_paths import Secret
from scripts.launcher.settings import ROOT
from tests.processes import eventually, free_port

TOKEN = "hush-Zk3_q9vT7wXy2LmN4pRs"
PLAIN = {  # parts of addresses that are neither ids nor secrets, each looked at
    "static": {"filename"},
    "brand_files.logo": {"digest"},
    "brand_files.sheet": {"colour"},
    "media_links.file": {"name"},  # after the secret one, which hides it as well
}


def written(message, *args, **more):
    """The line as it is written in production and for people."""
    logger = logging.getLogger("tests.masking")
    handler = next(
        one
        for one in logging.getLogger().handlers
        if isinstance(one.formatter, structlog.stdlib.ProcessorFormatter)
    )
    record = logger.makeRecord(
        logger.name, logging.ERROR, "x.py", 1, message, args, more.pop("exc_info", None)
    )
    vars(record).update(more)
    return handler.format(record)


def secret_addresses(app):
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        hidden = [name for name, one in rule._converters.items() if isinstance(one, Secret)]
        if hidden:
            values = {name: TOKEN if name in hidden else 7 for name in rule.arguments}
            method = next(iter(rule.methods - {"HEAD", "OPTIONS"}))
            yield adapter.build(rule.endpoint, values, method=method)


def test_every_part_of_an_address_says_what_it_is(app):
    """A new address with a token is declared, or this fails: nothing is a plain word unnoticed."""
    for rule in app.url_map.iter_rules():
        words = {name for name, one in rule._converters.items() if isinstance(one, UnicodeConverter)}
        undeclared = {name for name in words if not isinstance(rule._converters[name], Secret)}
        assert undeclared - {"filename"} <= PLAIN.get(rule.endpoint, set()), f"declare {rule} as <secret:...>"


def test_addresses_with_secrets_are_masked_wherever_they_stand(app, record_property):
    addresses = set(secret_addresses(app))
    assert len(addresses) >= 6
    ways = [
        "GET {} 200",
        '127.0.0.1 - - [28/Nov/2026] "GET {}?a=b HTTP/1.1" 200 12 "https://portal.example.com{}" "Mozilla"',
        "led to https://portal.example.com:8443{}",
        "sign in first: /sign-in?next={quoted}&a=1",
        "{{'url': '{}', 'next': None}}",
        "File \"x.py\": NotFound('{}')",
        "<a href={}>link</a>",
        "HTTPS://PORTAL.EXAMPLE.COM{}",
    ]
    for address in addresses:
        for way in ways:
            line = way.format(address, address, quoted=quote(address, safe=""))
            assert TOKEN in line
            assert TOKEN not in logs.mask_text(line), line
            assert TOKEN not in written("%s", line)
            assert TOKEN not in written("request", path=address, more={"url": [line]})
    record_property("tried", f"{len(addresses)} addresses in {len(ways)} ways")


@pytest.mark.parametrize(
    "line",
    [
        f"Authorization: Bearer {TOKEN}",
        f"headers={{'Authorization': 'Basic {TOKEN}'}}",
        f"bearer {TOKEN}",
        f"Cookie: a=b; portal_session={TOKEN}",
        f"Set-Cookie: __Host-portal_session={TOKEN}; Secure",
        f"{{'cookie': 'unity_session={TOKEN}'}}",
        f"__Host-unity_session={TOKEN}",
        f"X-Receiver-Key: {TOKEN}",
        f"verificationToken={TOKEN}",
        f"X-CSRFToken: {TOKEN}",
        f"csrf_token={TOKEN}",
        f"GET /x?token={TOKEN}&a=b",
        f"GET /x?a=b&api_key={TOKEN}",
        f"/sign-in?next=%2Fx%3Faccess_token%3D{TOKEN}",
        f"/x?code={TOKEN}",
        f"/files/x?X-Amz-Signature={TOKEN}",
        f"postgresql+psycopg://portal:{TOKEN}@db.example.com/portal",
        f"rediss://:{TOKEN}@redis.example.com:6379/0",
    ],
)
def test_what_lets_somebody_in_is_masked_by_its_shape(app, line):
    assert TOKEN not in logs.mask_text(line)
    assert TOKEN not in written(line)
    try:
        raise ValueError(line)
    except ValueError:
        assert TOKEN not in written("it broke", exc_info=sys.exc_info())


def test_what_is_called_a_secret_is_masked_at_any_depth(app):
    line = written("x", account_key=TOKEN, given={"password": TOKEN, "deep": [{"refresh_token": TOKEN}]})
    assert TOKEN not in line


def test_the_rest_of_a_line_stays(app):
    for line in ("GET /system/numbers/?page=2 200", "message 7 sent in 12 ms", "key rotation done", "a: b"):
        assert logs.mask_text(line) == line
    assert logs.mask_text(f"GET /welcome/{TOKEN}?a=b 200") == "GET /welcome/[masked]?a=b 200"


@pytest.mark.processes
def test_gunicorn_writes_no_secret_either(app, tmp_path):
    """A real one with an access log, on a database without tables, so that requests break with tracebacks."""
    port, log = free_port(), tmp_path / "log"
    empty = make_url(app.extensions["settings"].database_url).set(database="postgres")
    given = {
        "LOCAL_RUN": "1",
        "DATABASE_URL": empty.render_as_string(hide_password=False),
        "SECRET_KEY": "x",
        "ENCRYPTION_KEYS": app.extensions["settings"].encryption_keys[0],
    }
    options = f"--bind 127.0.0.1:{port} --access-logfile - --error-logfile - --log-level debug --threads 2"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *options.split(), "--no-control-socket", "wsgi:app"],
            cwd=ROOT,
            env={**os.environ, **given, "DATA_DIR": str(tmp_path), "REDIS_URL": "redis://127.0.0.1:1/0"},
            stdout=output,
            stderr=output,
        )
        try:
            here = f"http://127.0.0.1:{port}"
            eventually(lambda: requests.get(f"{here}/healthz", timeout=5).ok, 30)
            paths = [*secret_addresses(app), f"/sign-in?token={TOKEN}", f"/nowhere?next=%2Fwelcome%2F{TOKEN}"]
            for path in paths:
                told = {"Authorization": f"Bearer {TOKEN}", "Referer": f"{here}/welcome/{TOKEN}"}
                for method in ("GET", "POST"):
                    requests.request(
                        method, f"{here}{path}", headers=told, cookies={"portal_session": TOKEN}, timeout=20
                    )
            eventually(lambda: log.read_text().count('"GET /m/[masked]') >= 1, 10)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)
    told = log.read_text()
    assert "Traceback" in told
    assert '"POST /receiver/inteliquent/[masked]' in told
    assert TOKEN not in told
