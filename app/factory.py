"""Builds the app: settings, extensions, blueprints, error pages."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

import redis
from flask import Flask
from flask_migrate import Migrate
from flask_talisman import Talisman
from werkzeug.middleware.proxy_fix import ProxyFix

from app import commands, logs, web
from app.config import Settings, from_environment
from app.db import db, let_go
from app.mail import mail
from app.services.accounts.portal_sessions import VALID_FOR
from app.web import caching
from app.web.files import headers
from app.web.machines import App

_KEEPALIVE = {socket.TCP_KEEPIDLE: 30, socket.TCP_KEEPINTVL: 10, socket.TCP_KEEPCNT: 3}
_NEVER = 2**31  # executions of one statement on one connection
_POLICY = {
    "default-src": "'self'",
    "script-src": "",  # only what carries this answer's nonce, not even every file of ours
    "style-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "form-action": "'self'",
}


def create_app(settings: Settings | None = None, overrides: Mapping[str, Any] | None = None) -> Flask:
    """The whole application.

    `settings` defaults to the environment's; `overrides` are Flask's own settings, for tests.
    """
    settings = settings or from_environment()
    logs.start(readable=settings.checks)
    app = App("app")
    app.is_https = settings.is_https
    app.config.update(_flask_settings(settings))
    app.config.update(overrides or {})
    app.extensions["settings"] = settings
    _connect_redis(app, settings.redis_url)
    app.extensions["redis_of_peers"] = {site: _peer(url) for site, url in settings.peer_redis_urls.items()}
    db.init_app(app)
    app.teardown_appcontext(let_go)
    Migrate(app, db)
    mail.init_app(app)
    caching.register(app)
    headers.register(app)
    talisman = Talisman(
        app,
        session_cookie_secure=settings.is_https,
        force_https=False,  # app.web.hosts does it, which believes no Host
        strict_transport_security=settings.is_https,
        content_security_policy=_POLICY,
        content_security_policy_nonce_in=["script-src"],
        referrer_policy="same-origin",
    )
    # A tab may refuse while the address is read, before Talisman would make the nonce of this answer.
    app.url_value_preprocessor(lambda _endpoint, _values: talisman._make_nonce())
    if proxies := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    web.register(app)
    commands.register(app)
    return app


def _flask_settings(settings: Settings) -> dict[str, Any]:
    return {
        "SECRET_KEY": settings.secret_key,
        # What was sealed before a rotation, or by a machine that is ahead of this one, is unsealed as well.
        "SECRET_KEY_FALLBACKS": list(settings.secret_key_fallbacks),
        "WTF_CSRF_SECRET_KEY": [*settings.secret_key_fallbacks, settings.secret_key],  # the last one seals
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(settings.database_url),
        "MAIL_SERVER": settings.mail_server,
        "MAIL_PORT": settings.mail_port,
        "MAIL_USERNAME": settings.mail_username or None,
        "MAIL_PASSWORD": settings.mail_password or None,
        "MAIL_USE_TLS": settings.mail_use_tls,
        "MAIL_USE_SSL": settings.mail_use_ssl,
        "MAIL_DEFAULT_SENDER": settings.mail_sender,
        "PERMANENT_SESSION_LIFETIME": VALID_FOR,
        "WTF_CSRF_TIME_LIMIT": None,  # a page may stay open all day; the token ends with the session
        "MAX_CONTENT_LENGTH": 2 * 1024 * 1024,
        "RATELIMIT_STORAGE_URI": settings.redis_url.replace("unix://", "redis+unix://", 1),
        "RATELIMIT_STORAGE_OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        "RATELIMIT_HEADERS_ENABLED": True,
    }


def _engine_options(url: str) -> dict[str, Any]:
    """A statement that fails is logged without its values: they are people's words and numbers."""
    return {
        "hide_parameters": True,
        "pool_size": 20,
        "max_overflow": 20,
        # Every statement is planned with its own values: a search for three letters is not one for ten.
        # Only what asks for it is prepared (db.PreparedStatement).
        "connect_args": {"connect_timeout": 5, "prepare_threshold": _NEVER},
    }


def _connect_redis(app: Flask, url: str) -> None:
    """Three connections: short-tempered for requests, patient for workers and for event streams."""
    app.extensions["redis"] = redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=2)
    app.extensions["redis_for_workers"] = redis.Redis.from_url(url, socket_connect_timeout=5)
    # Thousands of streams may look at the same moment: they share a few connections and wait for one.
    app.extensions["redis_for_streams"] = redis.Redis(
        connection_pool=redis.BlockingConnectionPool.from_url(
            url,
            max_connections=50,
            timeout=10,
            socket_connect_timeout=2,
            socket_timeout=15,
            decode_responses=True,
        )
    )


def _peer(url: str) -> redis.Redis:
    """Another site's Redis: as short-tempered as ours, and on a line that nobody on the way forgets."""
    kept_alive: dict[str, Any] = {"socket_keepalive": True, "socket_keepalive_options": _KEEPALIVE}
    more = {} if url.startswith("unix:") else kept_alive
    return redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1, **more)
