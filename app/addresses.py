"""Network addresses as they are counted: one subscriber is one, whichever of many addresses a device uses."""

from __future__ import annotations

import ipaddress

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 client behind a translator
_PREFIX = 64  # bits of an IPv6 address that name a network; the rest a device changes as it likes (RFC 8981)


def counted_as(address: str) -> str:
    """The address for IPv4, the /64 network for IPv6 (`2001:db8:1:2::/64`); "" for what is no address.

    An IPv4 address inside of IPv6 (`::ffff:192.0.2.1`, or translated as in RFC 6052) is that IPv4 address. A
    zone (`fe80::1%eth0`) is left out.
    """
    try:
        parsed = ipaddress.ip_address(address.strip().partition("%")[0])
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    if parsed in _NAT64:
        return str(ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF))
    return str(ipaddress.ip_network((parsed, _PREFIX), strict=False))
