"""Looking up TXT records (RFC 1035, 3.3.14), with a time limit. The only place that asks the DNS."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import dns.exception
import dns.nameserver
import dns.resolver

from app.config import settings

LONGEST_SECONDS = 5  # for one look-up, all servers and repetitions together
_ONE_SERVER_SECONDS = 2


class Lookup(enum.StrEnum):
    """How the DNS answered."""

    FOUND = "found"
    MISSING = "missing"  # the name, or a TXT record of it, does not exist
    NO_ANSWER = "no-answer"  # says nothing about the record


@dataclass(frozen=True)
class TxtAnswer:
    """`values` has one text for each record, its parts joined."""

    lookup: Lookup
    values: tuple[str, ...] = ()


def look_up(name: str) -> TxtAnswer:
    """The TXT records of a name, which is in ASCII and without a dot at its end.

    Asks the servers in DNS_RESOLVERS, else those of the machine. Takes up to `LONGEST_SECONDS`, so no
    transaction may be open. Raises nothing: whatever goes wrong is NO_ANSWER.
    """
    try:
        answer = _resolver().resolve(f"{name}.", "TXT", lifetime=LONGEST_SECONDS, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return TxtAnswer(Lookup.MISSING)
    except (dns.exception.DNSException, OSError, ValueError):
        return TxtAnswer(Lookup.NO_ANSWER)
    texts = (b"".join(record.strings).decode("utf-8", "replace").strip() for record in answer)
    return TxtAnswer(Lookup.FOUND, tuple(texts))


def _resolver() -> dns.resolver.Resolver:
    servers = settings().dns_resolvers
    if not servers:
        resolver = dns.resolver.Resolver()
    else:
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers = [dns.nameserver.Do53Nameserver(host, port) for host, port in servers]
    resolver.timeout = _ONE_SERVER_SECONDS
    resolver.cache = None  # Check now is pressed because something changed
    return resolver
