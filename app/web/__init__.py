"""Pages, the receiver and the client API. `register` is the only list of what is reachable."""

from __future__ import annotations

from flask import Flask
from flask_wtf import CSRFProtect
from htmx_flask import Htmx

from app.web import (
    brands,
    cookies,
    errors,
    figures,
    filters,
    languages,
    limits,
    login,
    navigation,
    secret_paths,
    tabs,
)
from app.web.account import pages as account
from app.web.account import second_factor as own_second_factor
from app.web.account import views as own_account
from app.web.auth import views as auth
from app.web.branding import files as brand_files
from app.web.client_api import attachments, checks, conversations, events, sessions
from app.web.client_api import pages as client_api_pages
from app.web.client_api import views as client_api
from app.web.client_api.api import API
from app.web.components import macros
from app.web.files import words as file_words
from app.web.health import views as health
from app.web.media_links import views as media_links
from app.web.receiver import views as receiver
from app.web.tab import TABS, NodeConverter, RowId
from app.web.unity import pages as unity
from app.web.unity.client import CLIENT, make_room

__all__ = [
    "attachments",
    "client_api",
    "client_api_pages",
    "conversations",
    "events",
    "own_account",
    "own_second_factor",
    "register",
    "sessions",
    "tabs",
    "unity",
]

csrf = CSRFProtect()


def register(app: Flask) -> None:
    """Put everything that answers to HTTP into the app."""
    cookies.register(app)
    app.url_map.converters.update(
        node=NodeConverter, int=RowId, secret=secret_paths.Secret, secret_path=secret_paths.SecretPath
    )
    app.before_request(make_room)
    csrf.init_app(app)
    Htmx(app)
    limits.limiter.init_app(app)
    login.register(app)
    languages.register(app)
    filters.register(app)
    figures.register(app)
    file_words.register(app)
    brands.register(app)
    macros.register(app)
    navigation.register(app)
    errors.register(app)
    open_to_all = (auth, account, receiver, health, brand_files, media_links)
    for blueprint in (*(one.blueprint for one in open_to_all), API, CLIENT, *TABS):
        app.register_blueprint(blueprint)
    # Callers without a browser: the carrier shows a signature, a client its token. Nothing else is exempt.
    csrf.exempt(receiver.blueprint)
    csrf.exempt(API)
    checks.register(app)
    secret_paths.register(app)
