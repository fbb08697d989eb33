"""The host names by which a provider's people reach the portal: they pick the brand, and mails lead there."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

import idna
from sqlalchemy import ColumnElement
from sqlalchemy.exc import IntegrityError

from app.access.policy import Actor
from app.access.scope import EVERYTHING, Scope, branch, fetch, inherited, node_of, visible
from app.config import settings
from app.db import db, transactional
from app.errors import Conflict, Invalid
from app.models import ServerHostname
from app.services.audit.record import Action, record
from app.vocabulary import Level


class BadHostname(Invalid):
    def __init__(self, message: str = "Enter a host name, for example portal.example.com."):
        super().__init__(message, field="hostname")


class HostnameInUse(Conflict):
    """Whose it is stays unsaid."""

    def __init__(self) -> None:
        super().__init__("This host name is already in use in this cloud.", field="hostname")


def read(typed: str) -> str:
    """A host name as browsers send it: lower case, in ASCII. Raises BadHostname."""
    try:
        name = idna.encode(typed.strip().rstrip(".").lower(), uts46=True).decode().lower()
    except (idna.IDNAError, UnicodeError):
        raise BadHostname from None
    if "." not in name or len(name) > 253 or is_address(name):
        raise BadHostname
    ours = (settings().public_url, settings().receiver_url, settings().media_url)
    if name in {urlsplit(address).hostname for address in ours}:
        raise BadHostname("This is the portal's own host name. Enter one of your own.")
    return name


def spelled(hostname: str) -> str:
    """As people read it: `bücher.example` for `xn--bcher-kva.example`."""
    try:
        return idna.decode(hostname)
    except (idna.IDNAError, UnicodeError):
        return hostname


def counts(hostname: str) -> ColumnElement[bool]:
    """Which row makes a host name a provider's: the one place that says so."""
    return ServerHostname.hostname == hostname


def is_known(hostname: str) -> bool:
    """Whether a host name, as browsers send it, is some provider's."""
    query = visible(ServerHostname, EVERYTHING).where(counts(hostname)).limit(1)
    return bool(hostname) and db.session.scalar(query) is not None


def listed(scope: Scope) -> list[ServerHostname]:
    """The host names of a provider, the one that mails use first."""
    return list(db.session.scalars(visible(ServerHostname, scope).order_by(ServerHostname.id)))


def one(scope: Scope, hostname_id: int) -> ServerHostname:
    """Raises NotFound."""
    return fetch(ServerHostname, hostname_id, scope)


@transactional
def add(actor: Actor, scope: Scope, typed: str) -> ServerHostname:
    """Raises BadHostname, HostnameInUse."""
    row = ServerHostname(hostname=read(typed), **branch(node_of(scope)))
    db.session.add(row)
    try:
        db.session.flush()
    except IntegrityError as taken:
        raise HostnameInUse from taken
    record(actor, Action.HOSTNAME_ADDED, row)
    return row


@transactional
def delete(actor: Actor, scope: Scope, hostname_id: int) -> None:
    """Raises NotFound."""
    row = fetch(ServerHostname, hostname_id, scope, lock=True)
    record(actor, Action.HOSTNAME_DELETED, row)
    db.session.delete(row)


def portal_address(row: Any) -> str:
    """Where links in a mail to this person, or about this row, lead: the provider's first host name, else
    the portal's own address. Without a slash at the end.
    """
    own = settings().public_url
    if getattr(row, f"{Level.PROVIDER}_id", None) is None:
        return own
    first = db.session.scalar(inherited(ServerHostname, row).order_by(ServerHostname.id).limit(1))
    if first is None:
        return own
    parts = urlsplit(own)
    return f"{parts.scheme}://{first.hostname}{f':{parts.port}' if parts.port else ''}"


def is_address(name: str) -> bool:
    """Whether a host is called by its IP address, which no DNS entry can name."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
