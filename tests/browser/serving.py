"""The app of a test behind a real server, for browsers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Any
from urllib.parse import urlsplit

import requests
from flask import Flask

from app.config import Settings
from app.lifeline import tied
from tests import make
from tests.processes import ROOT, eventually


class Served:
    """`with Served(app) as portal`: gunicorn on the app's database, Redis and public address."""

    def __init__(self, app: Flask):
        self._settings: Settings = app.extensions["settings"]
        self.url = self._settings.public_url
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Served:
        gunicorn = [sys.executable, "-m", "gunicorn", "-c", "python:scripts.launcher.web", "wsgi:app"]
        with (self._settings.data_dir / "served.log").open("ab") as log:
            self._process = subprocess.Popen(
                tied(gunicorn),
                cwd=ROOT,
                env=os.environ | _environment(self._settings) | {"PORT": str(urlsplit(self.url).port)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        eventually(lambda: requests.get(f"{self.url}/healthz", timeout=5).ok, 60)
        return self

    def __exit__(self, *trouble: object) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(15)

    def sign_in(self, email: str, password: str = make.PASSWORD) -> list[Any]:
        return sign_in(self.url, email, password)

    def client_cookies(self, app: Flask, token: str) -> list[Any]:
        """The cookie of a user in the web client."""
        browser = app.test_client()
        with browser.session_transaction("/unity/") as session:
            session["client_token"] = token
        cookie = browser.get_cookie("unity_session", path="/unity")
        assert cookie is not None
        return [{"name": "unity_session", "value": cookie.value, "url": f"{self.url}/unity"}]


def sign_in(url: str, email: str, password: str) -> list[Any]:
    """The cookies of somebody who has signed in with the form, as a browser takes them."""
    with requests.Session() as person:
        page = person.get(f"{url}/sign-in", timeout=10).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token, "the sign-in form has no CSRF token"
        typed = {"email": email, "password": password, "csrf_token": token[1]}
        answer = person.post(f"{url}/sign-in", data=typed, timeout=10, allow_redirects=False)
        assert answer.status_code == 303, answer.text[:500]
        return [{"name": one.name, "value": one.value, "url": url} for one in person.cookies]


def _environment(settings: Settings) -> dict[str, str]:
    """What config.py reads, written back."""
    return {
        "LOCAL_RUN": "1",
        "SECRET_KEY": settings.secret_key,
        "ENCRYPTION_KEYS": ",".join(settings.encryption_keys),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "PUBLIC_URL": settings.public_url,
        "DATA_DIR": str(settings.data_dir),
        "CHECKS": "1",
        "SECOND_FACTOR_REQUIRED": "none",
        "MAIL_PORT": str(settings.mail_port),
        "SANDBOX_URL": settings.sandbox_url,
        "INTELIQUENT_SERVICES_URL": settings.inteliquent_services_url,
        "INTELIQUENT_TOKEN_URL": settings.inteliquent_token_url,
        "INTELIQUENT_BROKER_URL": settings.inteliquent_broker_url,
    }
