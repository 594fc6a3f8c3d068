"""Addresses as they may be shown: without credentials; and which of them are this machine."""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

# User information of an address inside any text: up to the last @ before the path, as passwords may hold one.
_CREDENTIALS = re.compile(r"(?<=://)[^/?#\s]*@")
HIDDEN = "***@"


def redacted(text: str) -> str:
    """The text with `***` in place of user names and passwords in every address in it."""
    return _CREDENTIALS.sub(HIDDEN, text)


def host_of(url: str) -> str:
    """Host and port of an address as it has them, without credentials."""
    return urlsplit(url).netloc.rpartition("@")[2]


def is_loopback(host: str | None) -> bool:
    """Whether a host name or IP address is this machine, by its spelling: names are not looked up."""
    name = (host or "").strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    address = mapped or address
    return address.is_loopback or address.is_unspecified
