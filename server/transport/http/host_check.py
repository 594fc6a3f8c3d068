"""Whether a request was meant for this server: its Host and its Origin. Pure.

A page in a browser can make its own name resolve to 127.0.0.1 (DNS rebinding) and then read a server of this machine
as if that server were its own. The browser sends the page's name as Host, so that names of others are refused. Pages of
other origins can send requests whose answers they may not read: they are refused, too.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from .http_message import Headers

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class HostCheck:
    """The rule of one port."""

    def __init__(self, host: str, names: Iterable[str] = ()) -> None:
        """`host`: where the port listens; `names`: what else the server is called, in any case."""
        own = {name.lower() for name in names}
        self._names = frozenset({*own, *LOOPBACK_NAMES, host.lower()})
        self._any_address = not _is_loopback(host)

    def refusal(self, headers: Headers) -> str:
        """Why a request with these headers is refused; empty if it is not."""
        hosts = _values(headers, b"host")
        if len(hosts) != 1:
            return "the header 'host' must stand there once"
        name = _name(f"//{hosts[0]}")
        if name is None or not self._known(name):
            return "this server is not called so: use its address, localhost, or a name of http_names"
        origins = _values(headers, b"origin")
        if origins and not all(self._same(origin, hosts[0]) for origin in origins):
            return "pages of other origins may not use this server"
        return ""

    def _known(self, name: str) -> bool:
        return name in self._names or (self._any_address and _is_address(name))

    @staticmethod
    def _same(origin: str, host: str) -> bool:
        scheme, _, place = origin.partition("://")
        return scheme in ("http", "https") and place.lower() == host.lower()


def _values(headers: Headers, name: bytes) -> list[str]:
    return [value.decode("latin-1").strip() for key, value in headers if key == name]


def _name(address: str) -> str | None:
    """The name of an address, without its port; None for text that is no address."""
    try:
        parts = urlsplit(address)
        _ = parts.port  # Raises for what is no number.
    except ValueError:
        return None
    if parts.path or parts.query or parts.fragment or parts.username is not None:
        return None
    return parts.hostname


def _is_address(name: str) -> bool:
    """No page can give itself an address for a name."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    try:
        return host in LOOPBACK_NAMES or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
