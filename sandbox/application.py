"""The Flask application of the sandbox."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request

from sandbox import (
    accounts,
    broker,
    collecting,
    control,
    handset,
    logins,
    mailbox,
    media,
    pages,
    services_api,
)
from sandbox.cloud import Cloud
from sandbox.deliveries import Deliveries
from sandbox.faults import Faults
from sandbox.settings import Settings
from sandbox.store import Store

LARGEST_REQUEST = 8 * 1024 * 1024
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def create_app(settings: Settings) -> Flask:
    """Open the store, prepare the accounts and put the parts together; starts no threads."""
    settings.media.mkdir(parents=True, exist_ok=True)
    app = Flask(__name__)
    app.json.compact = False  # people read /control/state in a browser
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    store = Store(settings.database)
    accounts.prepare(store)
    faults = Faults(store)
    here = Cloud(settings, store, faults, Deliveries(store, faults))
    here.deliveries.collect = partial(collecting.collect, here)
    app.extensions["sandbox"] = here
    for module in (services_api, broker, logins, control, pages, handset, media, mailbox):
        app.register_blueprint(module.blueprint)
    app.before_request(_from_here)
    app.after_request(_careful)
    return app


def _from_here() -> None:
    """A page on another site must not text in this person's name."""
    origin = request.headers.get("Origin")
    if request.method != "GET" and origin and urlsplit(origin).netloc != request.host:
        abort(403)


def _careful(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    return response
