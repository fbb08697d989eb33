"""The host names of a provider. A verified one picks the brand, and links in mails lead there (D35)."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import idna
from publicsuffixlist import PublicSuffixList
from sqlalchemy import ColumnElement, Select, and_
from sqlalchemy.exc import IntegrityError

from app import queue
from app.access.policy import Actor
from app.access.scope import EVERYTHING, Scope, branch, fetch, inherited, node_of, visible
from app.config import settings
from app.db import db, transactional
from app.errors import Conflict, Invalid
from app.models import ServerHostname
from app.services.audit.record import Action, record
from app.vocabulary import Level

_LONGEST = 253 - len("_cpaas-portal.")  # its TXT record has to fit (RFC 1035, 2.3.4)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# Names that no public DNS answers for (RFC 6761, 6762, 7686, 8375, 9476; ICANN's .internal).
_NOT_PUBLIC = (
    "localhost",
    "local",
    "invalid",
    "internal",
    "onion",
    "arpa",
    "alt",
    "localdomain",
    "lan",
    "home",
)


class BadHostname(Invalid):
    def __init__(self, message: str = "Enter a host name, for example portal.example.com."):
        super().__init__(message, field="hostname")


class HostnameInUse(Conflict):
    """Whose it is stays unsaid."""

    def __init__(self) -> None:
        super().__init__("This host name is already in use in this cloud.", field="hostname")


def read(typed: str) -> str:
    """The one spelling of a host name: lower case, in ASCII (IDNA 2008, UTS 46), no dot at its end.

    Refused are what browsers take for an IP address (WHATWG URL, "ends in a number"), ports, wildcards, names
    without a dot, names that no public DNS knows, suffixes under which strangers register names, and the
    portal's own.

    Raises BadHostname: with what to enter instead.
    """
    name = spelling(typed)
    if name is None:
        if is_address(typed):
            raise BadHostname("Enter a host name, not an IP address, for example portal.example.com.")
        raise BadHostname
    if "." not in name or name.rpartition(".")[2] in _NOT_PUBLIC:
        raise BadHostname("Enter a full host name that is known on the internet, like portal.example.com.")
    if name in own_names():
        raise BadHostname("This is the portal's own host name. Enter one of your own.")
    if _suffixes().privatesuffix(name) is None:
        raise BadHostname("Others register their names under this one. Enter one of your own.")
    return name


def spelling(typed: str) -> str | None:
    """A host name as browsers send it; None for what is none, an IP address in any spelling included."""
    try:
        plain = unicodedata.normalize("NFKC", typed).strip().lower()
        name = idna.encode(plain, uts46=True).decode().lower().removesuffix(".")
    except (idna.IDNAError, UnicodeError):
        return None
    return None if len(name) > _LONGEST or is_address(name) else name


def own_names() -> set[str]:
    """The host names that belong to the portal itself: no provider can claim them."""
    ours = (settings().public_url, settings().receiver_url, settings().media_url)
    found = (spelling(urlsplit(address).hostname or "") for address in ours)
    return {name for name in found if name}


def spelled(hostname: str) -> str:
    """As people read it: `bücher.example` for `xn--bcher-kva.example`."""
    try:
        return idna.decode(hostname)
    except (idna.IDNAError, UnicodeError):
        return hostname


def counts(hostname: str) -> ColumnElement[bool]:
    """Which row makes a host name a provider's: the one place that says so. A verified one (D35)."""
    return and_(ServerHostname.hostname == hostname, ServerHostname.verified_at.is_not(None))


def is_known(hostname: str) -> bool:
    """Whether a host name, as browsers send it, is some provider's."""
    query = visible(ServerHostname, EVERYTHING).where(counts(hostname)).limit(1)
    return bool(hostname) and db.session.scalar(query) is not None


def listed(scope: Scope) -> list[ServerHostname]:
    """The host names of a provider, in the order in which they were added."""
    return list(db.session.scalars(visible(ServerHostname, scope).order_by(ServerHostname.id)))


def one(scope: Scope, hostname_id: int) -> ServerHostname:
    """Raises NotFound."""
    return fetch(ServerHostname, hostname_id, scope)


@transactional
def add(actor: Actor, scope: Scope, typed: str) -> ServerHostname:
    """Claim a host name: it counts for nothing until it was verified (D35).

    Raises BadHostname, HostnameInUse: this provider lists it already, or another one has verified it.
    """
    name = read(typed)
    if db.session.scalar(verified().where(ServerHostname.hostname == name)) is not None:
        raise HostnameInUse
    row = ServerHostname(hostname=name, **branch(node_of(scope)))
    db.session.add(row)
    try:
        db.session.flush()
    except IntegrityError as taken:
        raise HostnameInUse from taken
    record(actor, Action.HOSTNAME_ADDED, row)
    queue.later(queue.CHECK_HOSTNAMES)
    return row


@transactional
def delete(actor: Actor, scope: Scope, hostname_id: int) -> None:
    """Raises NotFound."""
    row = fetch(ServerHostname, hostname_id, scope, lock=True)
    record(actor, Action.HOSTNAME_DELETED, row)
    db.session.delete(row)


def verified() -> Select[ServerHostname]:
    """The host names that count, of all providers (D35). A name is in it once."""
    return visible(ServerHostname, EVERYTHING).where(ServerHostname.verified_at.is_not(None))


def portal_address(row: Any) -> str:
    """Where links in a mail to this person, or about this row, lead: the provider's first verified host name,
    else the portal's own address (D35). Without a slash at the end.
    """
    own = settings().public_url
    if getattr(row, f"{Level.PROVIDER}_id", None) is None:
        return own
    counting = inherited(ServerHostname, row).where(ServerHostname.verified_at.is_not(None))
    first = db.session.scalar(counting.order_by(ServerHostname.id).limit(1))
    if first is None:
        return own
    parts = urlsplit(own)
    return f"{parts.scheme}://{first.hostname}{f':{parts.port}' if parts.port else ''}"


def is_address(name: str) -> bool:
    """Whether a browser takes this for an IP address: `127.1`, `0x7f.1`, `2130706433`, `[::1]`."""
    try:
        ipaddress.ip_address(name.strip("[]").partition("%")[0])
    except ValueError:
        last = name.lower().removesuffix(".").rpartition(".")[2]
        return _NUMBER.fullmatch(last) is not None
    return True


@cache
def _suffixes() -> PublicSuffixList:
    """The list of publicsuffix.org that comes with the package."""
    return PublicSuffixList()
