"""The port of HTTP, served by a process of its own: what the thread of HttpServer does there, it does here."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ....api.access import Access
from ....api.calls import Post, Service
from ....api.streams import Streams
from ....delays import Delays
from ....descriptors import connection_limit
from ....threads import Supervised
from ...limits import AGE_GRACE
from ...seat import Seat
from ...tls import Tls
from ..health_pages import HealthPages
from ..http_counters import HttpCounters
from ..http_message import HttpAnswer
from ..http_server import bound
from ..server_side import LocalSide
from ..serving import MOST_CONNECTIONS
from .counts import AllCounts, Connections
from .http_process import HttpProcess
from .link_frames import RELOAD, STOP, frame
from .reading import Alarm, LinkWait
from .server_parts import ServerParts

LOOK = 0.25
"""Seconds between two looks at how the process is."""


class RemoteHttpServer:
    """One port with pages and calls. `port` is the bound port, even if 0 was requested.

    The listening sockets stay open here, so that connections wait while the process is started anew.
    """

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
        stall_limit: float = 120.0,
        log_json: bool = False,
    ) -> None:
        """As HttpServer; `stall_limit`: seconds for which a stream may read nothing of what there is; `log_json`: the
        log is JSON. Raises ConfigError."""
        self._health = HealthPages(reason, troubles)
        side = LocalSide(access, streams.guard, self._health, posts_per_second, tls is not None)
        self._parts = ServerParts(services, streams, side, metrics, posts or {})
        self._tls = tls
        self._sockets, self.port = bound(host, port)
        self._setup: dict[str, Any] = {
            **self._parts.described,
            "sockets": [each.fileno() for each in self._sockets],
            "host": host,
            "names": list(names),
            "tls": None if tls is None else [_text(each) for each in (tls.certificate, tls.key, tls.client_authority)],
            "connections": connections,
            "stall_limit": stall_limit,
            "log_level": logging.getLevelName(logging.getLogger().level).lower(),
            "log_json": log_json,
        }
        self.counts = AllCounts(min(connections, connection_limit()))
        self._alarm = Alarm()
        self._seat = Seat("the process of HTTP", self._started)
        self._stopping = threading.Event()
        self._draining = threading.Event()
        self._thread = Supervised("http", self._run, self._stopping)

    # -- what it counts ------------------------------------------------------------------------------------------

    @property
    def counters(self) -> HttpCounters:
        """The counts since the start, of all lives of the process."""
        return self.counts.counters

    @property
    def connections(self) -> Connections:
        """The open connections."""
        return self.counts.connections

    def open_streams(self) -> dict[str, int]:
        """How many streams of each protocol are open."""
        return self.counts.open_streams()

    @property
    def send_delays(self) -> Delays:
        """From the publication of messages until their connections have taken them."""
        return self.counts.delays()

    @property
    def process_cpu_seconds(self) -> float:
        """Processor time of all lives of the process."""
        return self.counts.cpu_seconds

    @property
    def process_ends(self) -> int:
        """Lives that have ended."""
        return self.counts.ends

    @property
    def threads(self) -> list[Supervised]:
        """The threads without which nothing is answered."""
        return [self._thread]

    @property
    def process(self) -> HttpProcess | None:
        """The life of now; None: it is dead, and the next one has not begun."""
        return self._seat.process

    # -- its life ------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Starts serving."""
        self._thread.start()

    def report(self, name: str, serving: bool | None) -> None:
        """Sets whether a market or the server is ready; None: it was removed."""
        self._health.report(name, serving)

    def reload(self) -> None:
        """Reads the certificate again, for future connections. Raises ConfigError, and then nothing changes."""
        if self._tls is not None:
            self._tls.check()
            process = self._seat.process
            if process is not None:
                process.say(frame(RELOAD))

    def stop(self, grace: float) -> None:
        """Nothing is ready; requests that are being answered have so many seconds; then the port closes. Once; more
        often does nothing."""
        if self._draining.is_set():
            return
        self._draining.set()
        self._health.close()
        process = self._seat.process
        if self._thread.is_alive() and process is not None and process.ready:
            process.say(frame(STOP, first=int(grace * 1000)))
            until = time.monotonic() + grace + AGE_GRACE
            while not process.lost and time.monotonic() < until:
                time.sleep(0.01)
        self._stopping.set()
        self._alarm.ring()
        if self._thread.is_alive():
            self._thread.join(5.0)
        process = self._seat.process
        if process is not None:
            process.wait(5.0 if process.lost else 0.0)
            if not process.lost:
                process.close()
        for each in self._sockets:
            each.close()
        self._parts.close()
        self._alarm.close()

    def _started(self, _life: int) -> HttpProcess | None:
        if self._draining.is_set():
            return None
        return HttpProcess(self._setup, self._parts, self.counts.take, self._alarm.ring)

    def _run(self) -> None:
        """The thread: hears the process, and starts it anew when it has ended."""
        wait = LinkWait(self._alarm)
        while not self._stopping.is_set():
            seconds = self._seat.look(time.monotonic(), LOOK)
            process = self._seat.process
            if process is None:
                wait.wait(None, None, seconds)
                continue
            if wait.wait(process.socket, process.outbox, seconds):
                process.hear()
            if process.lost:
                self.counts.life_ended()


def _text(path: object) -> str | None:
    return None if path is None else str(path)
