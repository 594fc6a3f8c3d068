"""Which proxy an address is reached through, and how an error says so."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from requests.utils import get_environ_proxies, select_proxy

from ..addresses import host_of, is_loopback

_HTTP_SCHEMES = {"ws": "http", "wss": "https"}


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy's address, credentials included, and who named it."""

    url: str
    source: str

    def __str__(self) -> str:
        return f"the proxy {host_of(self.url)} ({self.source})"


def proxy_for(url: str, configured: str) -> Proxy | None:
    """The proxy of an address (http, https, ws or wss): the configured one, else the environment's.

    The environment's http_proxy, https_proxy, all_proxy and no_proxy are read; they never count for loopback addresses.
    """
    if configured:
        return Proxy(configured, "as configured")
    if is_loopback(urlsplit(url).hostname):
        return None
    scheme, _, rest = url.partition("://")
    as_http = f"{_HTTP_SCHEMES.get(scheme, scheme)}://{rest}"
    found = select_proxy(as_http, get_environ_proxies(as_http, no_proxy=None))
    if not found:
        return None
    return Proxy(found if "://" in found else f"http://{found}", "of the environment's http_proxy and https_proxy")


def through(proxy: Proxy | None) -> str:
    """The words of an error that a proxy may be the reason of; empty without one."""
    return f" through {proxy}" if proxy else ""
