"""The port of HTTP: one thread with one event loop, beside the port of gRPC."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence

from ...api.access import Access
from ...api.calls import Post, Service
from ...api.streams import Streams
from ...threads import Supervised
from ..addresses import addresses, listeners
from ..tls import Tls
from .health_pages import HealthPages
from .http_message import HttpAnswer
from .server_side import LocalSide, Page
from .serving import MOST_CONNECTIONS, Serving


class HttpServer:
    """One port with pages and calls. `port` is the bound port, even if 0 was requested."""

    process_cpu_seconds, process_ends = 0.0, 0
    """There is no process of its own."""

    def __init__(
        self,
        services: Sequence[Service],
        streams: Streams,
        access: Access,
        host: str,
        port: int,
        *,
        names: Sequence[str] = (),
        tls: Tls | None = None,
        metrics: Callable[[], HttpAnswer] | None = None,
        reason: Callable[[str], str] = lambda _market: "",
        troubles: Callable[[], Sequence[str]] = tuple,
        posts: Mapping[str, Post] | None = None,
        posts_per_second: float = 20.0,
        connections: int = MOST_CONNECTIONS,
    ) -> None:
        """`names`: what else clients call this server; `metrics` makes the page of metrics; `reason` and `troubles`:
        see HealthPages; `posts`: what answers posts, by path; `connections`: how many there may be.
        Raises ConfigError."""
        self._health = HealthPages(reason, troubles)
        side = LocalSide(access, streams.guard, self._health, posts_per_second, tls is not None)
        self._sockets, self.port = bound(host, port)
        pages = metrics_page(metrics)
        self._serving = Serving(
            services,
            streams,
            side,
            self._sockets,
            host,
            names=names,
            tls=tls,
            pages=pages,
            posts=posts,
            connections=connections,
        )
        self.counters = self._serving.counters
        self.connections = self._serving.connections
        """The open connections."""
        self.open_streams = self._serving.open_streams
        """How many streams of each protocol are open."""
        self.send_delays = self._serving.send_delays
        """From the publication of messages until their connections have taken them."""
        self.reload = self._serving.reload

    @property
    def threads(self) -> list[Supervised]:
        """The threads without which nothing is answered."""
        return [self._serving.thread]

    def start(self) -> None:
        """Starts serving."""
        self._serving.thread.start()

    def report(self, name: str, serving: bool | None) -> None:
        """Sets whether a market or the server is ready; None: it was removed."""
        self._health.report(name, serving)

    def stop(self, grace: float) -> None:
        """Nothing is ready; requests that are being answered have so many seconds; then the port closes."""
        self._health.close()
        self._serving.stop(grace)
        for each in self._sockets:
            each.close()
        self._serving.close()


def metrics_page(metrics: Callable[[], HttpAnswer] | None) -> dict[str, Page]:
    """The page of metrics by its path, if there is one."""
    return {} if metrics is None else {"/metrics": lambda _request: metrics()}


def bound(host: str, port: int) -> tuple[list[socket.socket], int]:
    """Sockets that listen on every address of the host, and their port. Raises ConfigError."""
    first, *others = addresses(host)
    sockets = listeners(first, port, 1)
    found: int = sockets[0].getsockname()[1]
    for other in others:
        sockets += listeners(other, found, 1)
    return sockets, found
