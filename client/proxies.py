"""Whether gRPC reaches a server through the environment's proxy: never on this machine, and errors say so elsewhere."""

from __future__ import annotations

import os
from ipaddress import ip_address
from urllib.parse import urlsplit

# The variables that gRPC reads, in its order.
_PROXIES = ("grpc_proxy", "https_proxy", "http_proxy")
_EXCEPTIONS = ("no_grpc_proxy", "no_proxy")


def host_of(target: str) -> str:
    """The host in a target of gRPC: HOST:PORT, dns:///HOST:PORT, ipv4:ADDRESS:PORT; empty for unix sockets."""
    if target.startswith(("unix:", "unix-abstract:", "vsock:")):
        return ""
    address = target.rpartition("/")[2].removeprefix("dns:").removeprefix("ipv4:").removeprefix("ipv6:")
    host, colon, _ = address.rpartition(":")
    return (host if colon and not address.endswith("]") else address).strip("[]")


def is_local(target: str) -> bool:
    """Whether a target is on this machine, by its spelling."""
    host = host_of(target).rstrip(".").lower()
    if not host or host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return bool(mapped.is_loopback or mapped.is_unspecified)


def proxy_of(target: str) -> str:
    """Host and port of the environment's proxy that a target is reached through; empty for none."""
    if is_local(target):
        return ""
    host = host_of(target).lower()
    excepted = ",".join(filter(None, map(os.environ.get, _EXCEPTIONS))).lower().split(",")
    if any(host.endswith(name.strip().lstrip(".")) for name in excepted if name.strip(" .")):
        return ""
    found = next(filter(None, map(os.environ.get, _PROXIES)), "")
    return urlsplit(found if "://" in found else f"//{found}").netloc.rpartition("@")[2]
