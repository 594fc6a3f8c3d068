"""Takes new connections one by one in turns of their addresses: who connects without pause waits for his own.

A new connection costs the event loop 0.1 to 0.5 ms, more than most messages. The loop takes a few at a time, and sends
to everybody else between them. Before anything of a connection is read, an address waits until it may have one more.
Where too many of its connections wait, one that says nothing is closed, or else the newest one.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Coroutine
from typing import Any

from ...api.call_rate import SharedRate
from ...descriptors import connection_limit
from ...logs import about
from ..peers import peer
from .connection_limits import peer_name
from .http_counters import HttpCounters
from .waiting_links import WaitingLinks

log = logging.getLogger(__name__)

PER_SECOND, BURST = 250.0, 128
"""New connections of one address, and so many at once; five times as many of all addresses."""
PER_TURN = 2
"""New connections between two looks at the others."""
ACCEPTED_AT_ONCE = 64
MOST_WAITING = 64
"""Accepted connections of one address that may wait for their turn."""
MOST_WAITING_IN_ALL = 1024
"""Of all addresses, and at most an eighth of the descriptors of clients: others wait with the system, where they take
no descriptor of this process."""
WITHOUT_DESCRIPTORS = 0.1
"""Seconds until the next try where the system has no descriptor left."""

Begin = Callable[[socket.socket], Coroutine[Any, Any, object]]


class FairListener:
    """The connections of one listening socket. All methods are called on the event loop."""

    def __init__(self, listener: socket.socket, rate: SharedRate, begin: Begin, counters: HttpCounters) -> None:
        """`rate` is shared with the other sockets of the port; `begin` serves a connection, whose socket it takes over.
        `counters` counts the connections that are turned away."""
        self._loop = asyncio.get_running_loop()
        self._listener = listener
        self._rate = rate
        self._begin = begin
        self._counters = counters
        self._waiting: dict[str, WaitingLinks] = {}
        """By address; the first address has the next turn."""
        self._room = min(MOST_WAITING_IN_ALL, max(1, connection_limit() // 8))
        self._held = 0
        """All of them."""
        self._tasks: set[asyncio.Task[object]] = set()
        self._turn: asyncio.Handle | None = None
        self._again: asyncio.TimerHandle | None = None
        self._listen()

    def close(self) -> None:
        """Takes no further connections, and lets go of those that wait."""
        self._loop.remove_reader(self._listener.fileno())
        for handle in (self._turn, self._again):
            if handle is not None:
                handle.cancel()
        for links in self._waiting.values():
            links.close()
        self._waiting.clear()
        self._held = 0

    async def wait_closed(self) -> None:
        """Waits for the connections that are just being begun."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _listen(self) -> None:
        self._again = None
        self._loop.add_reader(self._listener.fileno(), self._accept)

    def _rest(self, seconds: float) -> None:
        """What comes waits with the system for so long."""
        self._loop.remove_reader(self._listener.fileno())
        self._again = self._loop.call_later(seconds, self._listen)

    def _accept(self) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                link, client = self._listener.accept()
            except (BlockingIOError, ConnectionAbortedError, InterruptedError):
                break
            except OSError:
                self._rest(WITHOUT_DESCRIPTORS)
                break
            link.setblocking(False)
            self._take(link, _address(client))
            if self._held >= self._room:
                self._rest(MOST_WAITING / PER_SECOND)
                break
        if self._waiting and self._turn is None:
            self._turn = self._loop.call_soon(self._take_turns)

    def _take(self, link: socket.socket, address: str) -> None:
        """Puts a new connection behind those of its address. Connections of this machine, such as of a proxy whose
        clients are many, are not turned away."""
        links = self._waiting.get(address)
        if links is None:
            links = self._waiting[address] = WaitingLinks(self._gone)
        if address and len(links) >= MOST_WAITING:
            self._counters.refused += 1
            if not links.drop_silent():
                link.close()
                return
            self._held -= 1
        if links.add(link):
            self._held += 1

    def _gone(self) -> None:
        self._held -= 1

    def _take_turns(self) -> None:
        """Begins the next connections; comes back for the others in the loop's next turn, or when they may begin."""
        self._turn = None
        soonest, begun = 1.0, 0
        for address in list(self._waiting):
            if begun == PER_TURN:
                soonest = 0.0
                break
            if not len(self._waiting[address]):
                del self._waiting[address]  # All have left.
                continue
            delay = self._rate.delay(address)
            if delay:
                soonest = min(soonest, delay)
                continue
            soonest = 0.0
            links = self._waiting.pop(address)
            link = links.pop()
            if link is not None:
                begun += 1
                self._held -= 1
                self._serve(link)
            if len(links):
                self._waiting[address] = links  # Behind the others.
        if self._waiting:
            later = self._loop.call_later
            self._turn = later(soonest, self._take_turns) if soonest else self._loop.call_soon(self._take_turns)

    def _serve(self, link: socket.socket) -> None:
        task = self._loop.create_task(self._served(link))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _served(self, link: socket.socket) -> object:
        try:
            return await self._begin(link)
        except OSError:  # Of TLS, too.
            log.debug("a connection failed at its beginning", exc_info=True, extra=about("client_left"))
        except Exception:
            log.exception("a connection could not be begun", extra=about("defect"))
        return None


def _address(client: Any) -> str:
    """What counts as one client; empty for this machine."""
    return peer(peer_name(client[:2] if isinstance(client, tuple) else None)).address
