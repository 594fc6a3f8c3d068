"""Who calls: gRPC's name of the other end of a connection as the names that quotas count."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from functools import lru_cache
from urllib.parse import unquote

from ..api.access import Identity
from ..quotas import Peer


@lru_cache(maxsize=4096)
def peer(name: str) -> Peer:
    """Of names such as `ipv4:10.0.0.9:51234`, `ipv6:%5B::1%5D:51234`, `unix:`."""
    kind, _, place = unquote(name).partition(":")
    if kind not in ("ipv4", "ipv6"):
        return Peer(name)
    host = place.rpartition(":")[0].strip("[]").partition("%")[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return Peer(name)
    mapped = getattr(address, "ipv4_mapped", None) or address
    return Peer(name, "" if mapped.is_loopback else _counted(mapped))


def client(name: str, identity: Identity) -> Peer:
    """The peer of this name, under the identity with which it was admitted."""
    limits = {"streams": identity.limits.streams, "topics": identity.limits.topics}
    return replace(
        peer(name),
        token=identity.token_id,
        limits={key: limit for key, limit in limits.items() if limit is not None},
    )


def _counted(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """One customer of an IPv6 network has all addresses of a /64."""
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False))
