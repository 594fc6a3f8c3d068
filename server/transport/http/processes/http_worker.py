"""The process of HTTP: the very server of HTTP, over calls that it asks of the server. See http_process.py."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

from ....api.streams import Streams
from ....errors import ConfigError
from ....logs import about, catch_everything, configure
from ....run import SWITCH_INTERVAL
from ...tls import Tls
from ..serving import Serving
from .link_frames import COUNTS, END, FORGET, MESSAGE, OPENED, READY, RELOAD, STOP, TOPIC, Frame, frame
from .mirrors import Mirrors, overflow_of
from .remote_side import RemoteSide, metrics_of, remote_posts, remote_services
from .server_link import ServerLink

log = logging.getLogger(__name__)

EVERY = 0.5
"""Seconds between two reports to the server."""
NICENESS = 5
"""Where cores are few, feeds and streams of gRPC go before readers of HTTP."""
UNLIMITED = 1 << 60
"""Streams: the server has the quota."""


class Worker:
    """The process, from its introduction to its end."""

    def __init__(self, link: ServerLink, setup: dict[str, Any]) -> None:
        self._link = link
        self._mirrors = Mirrors(self._link.tell)
        self._stall_limit: float = setup["stall_limit"]
        side = RemoteSide(self._link, setup["open_paths"], setup["tokens"])
        self._serving = Serving(
            remote_services(self._link, setup["services"]),
            Streams(UNLIMITED),
            side,
            [socket.socket(fileno=each) for each in setup["sockets"]],
            setup["host"],
            names=setup["names"],
            tls=_tls(setup["tls"]),
            pages={"/metrics": metrics_of(self._link, self._tell_counts)} if setup["metrics"] else {},
            posts=remote_posts(self._link, setup["posts"]),
            connections=setup["connections"],
        )

    def run(self) -> None:
        """Serves until the server says that it stops, or has gone."""
        self._serving.thread.start()
        self._link.tell(frame(READY))
        others = {
            TOPIC: self._mirrors.topic,
            MESSAGE: self._mirrors.message,
            FORGET: self._mirrors.forget,
            END: self._mirrors.end,
            RELOAD: self._reload,
            STOP: self._stop,
        }
        self._link.run(self._opened, others, EVERY, self._look)

    def _opened(self, told: Frame) -> object:
        assert told.kind == OPENED
        return self._mirrors.opened(told), overflow_of(told)

    def _look(self) -> None:
        self._mirrors.look(self._stall_limit)
        self._tell_counts()

    def _tell_counts(self) -> None:
        serving = self._serving
        delays = serving.send_delays
        counted = {
            "turns": serving.turns,
            "cpu_nanos": time.process_time_ns(),
            "refused": serving.counters.refused,
            "bytes": serving.counters.bytes,
            "answers": dict(serving.counters.answers),
            "streams": serving.open_streams(),
            "connections": len(serving.connections),
            "delays": list(delays.counts),
            "delay_nanos": delays.nanos,
        }
        self._link.tell(frame(COUNTS, body=json.dumps(counted).encode()))

    def _reload(self, _told: Frame) -> None:
        try:
            self._serving.reload()
        except ConfigError as error:
            words = "the process of HTTP could not read the certificate again, the old one stays: %s"
            log.error(words, error, extra=about("reload_failed"))

    def _stop(self, told: Frame) -> None:
        """Streams and answers end while the server is still asked and heard."""

        def stop() -> None:
            self._serving.stop(told.first / 1000)
            self._look()
            self._link.end()

        threading.Thread(target=stop, name="stop", daemon=True).start()


def _tls(files: list[str | None] | None) -> Tls | None:
    if files is None:
        return None
    certificate, key, authority = (None if each is None else Path(each) for each in files)
    assert certificate is not None
    assert key is not None
    return Tls(certificate, key, authority)


def main(arguments: list[str]) -> None:
    """`arguments`: the descriptor of the socket to the server."""
    # They reach all processes of a terminal or service; the server says what is to be done.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.setswitchinterval(SWITCH_INTERVAL)
    os.nice(NICENESS)
    link = ServerLink(socket.socket(fileno=int(arguments[0])))
    setup = link.introduction()
    configure(setup["log_level"], setup["log_json"])
    catch_everything()
    Worker(link, setup).run()
    # Threads that wait for the server would wait for ever.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
