"""The engine's interface before several serving processes: what an engine of this process does, they do together."""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Iterable, Mapping
from functools import partial

from ....delays import Delays
from ...seat import Seat
from .. import _engine
from .._board import Board
from . import frames
from .frames import Told, frame
from .listening import assigned
from .remote_topic import RemoteTopic
from .serving_process import ServingProcess, Setup, mark_of

BOARD_BYTES, RING_BYTES = 1 << 30, 16 << 20
"""Of the address space for what is published, and of the events in it; memory is taken as it is used."""
LOOK = 0.25
"""Seconds between two looks at how the processes are."""
STOP_WITHIN = 2.0
NOW = ("connections", "half_open")
"""Counters that are numbers of now, and end with their process."""
SHARED = ("connections", "half_open")
"""Limits that are for all processes together: each has its part of them."""


class RemoteEngine:
    """Serves the connections of some listening sockets in other processes.

    run() is one thread's, and take() another's; all other methods are thread-safe.
    """

    def __init__(self, processes: int) -> None:
        self.processes = processes
        self.board = Board(BOARD_BYTES, RING_BYTES)
        self._limits: Mapping[str, float] = {}
        self._prefixes: list[str] = []
        self._listeners: list[int] = []
        self._addresses: list[list[int]] = []
        """The places of the listening sockets of each address."""
        self._secure = b""
        self._poll = select.epoll()
        self._lock = threading.Lock()
        self._starting = threading.Lock()
        """Held while the listening sockets are handed to a new process: they stay open for so long."""
        self._seats = [
            Seat(f"serving process {number + 1} of {processes}", partial(self._start, number))
            for number in range(processes)
        ]
        self._by_mark: dict[int, ServingProcess] = {}
        self._ended = _engine.Engine().counters()
        """Counters of the processes that have ended."""
        self._ended_delays = Delays()
        self._look_now = threading.Event()
        self._stopping = threading.Event()
        self._draining = threading.Event()

    # -- before run() --------------------------------------------------------------------------------------------

    def limit(self, **limits: float) -> None:
        """Sets the limits, which are those of Engine.limit(): for all processes together where they are not of one
        connection or call."""
        self._limits = {
            name: max(1, int(limit) // self.processes) if name in SHARED else limit for name, limit in limits.items()
        }

    def listen(self, fds: Iterable[int]) -> None:
        """Takes over the listening sockets of an address: one per process, or one for all."""
        first = len(self._listeners)
        self._listeners += fds
        self._addresses.append(list(range(first, len(self._listeners))))

    def expect_many(self, prefix: bytes) -> None:
        """Calls whose paths begin so have many requests."""
        self._prefixes.append(prefix.decode())

    def topic(self, events: bool, capacity: int = 0, dropped_fields: Mapping[int, int] | None = None) -> RemoteTopic:
        """A new topic of this engine."""
        return RemoteTopic(self, events, capacity, dropped_fields or {})

    # -- the processes -------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Starts the processes, and whichever ends anew, until stop(). They end with the thread that calls this."""
        while not self._stopping.is_set():
            now = time.monotonic()
            waits = [seat.look(now, LOOK) for seat in self._seats]
            self._look_now.wait(min(LOOK, *waits))
            self._look_now.clear()
        self._end()

    def _start(self, number: int, life: int) -> ServingProcess | None:
        with self._starting:
            if self._draining.is_set():
                return None
            process = ServingProcess(number, life, Setup(self._limits, self._prefixes, self._listeners), self.board)
        with self._lock:
            self._by_mark[process.mark] = process
            self._poll.register(process.socket, select.EPOLLIN)
            self.board.join(process.words)
            if self._secure:
                process.ask(self._secure, self._poll)
            if self._draining.is_set():
                process.ask(frame(frames.DRAIN), self._poll)
        return process

    def _assign(self) -> None:
        """Each listening socket to a process that serves."""
        serving = {process.number: process for process in self._by_mark.values() if process.ready}
        wanted = assigned(self._addresses, self.processes, serving)
        for kind in (frames.LISTEN, frames.UNLISTEN):  # In this order: no socket is without a process.
            for number, process in serving.items():
                new, old = wanted[number] - process.listens, process.listens - wanted[number]
                for listener in new if kind == frames.LISTEN else old:
                    process.ask(frame(kind, number=listener), self._poll)
        for number, process in serving.items():
            process.listens = wanted[number]

    def _lost(self, process: ServingProcess) -> list[Told]:
        """The process is dead: its calls are over, and whoever waits for a stream of it looks again."""
        with self._lock:
            self.board.leave(process.words)
            del self._by_mark[process.mark]
            process.close()  # The poll forgets its socket by that.
            for name, count in process.words.counters().items():
                self._ended[name] += 0 if name in NOW else count
            self._ended_delays.add_counted(*process.words.delays())
            if not self._draining.is_set():
                self._assign()
        self._look_now.set()
        over: list[Told] = [(_engine.OVER, call, b"", [], b"", b"", 0) for call in process.calls]
        return over + [(_engine.FREE, key, b"", [], b"", b"", 0) for key in self.board.topics()]

    def _end(self) -> None:
        self._say(frame(frames.STOP))
        until = time.monotonic() + STOP_WITHIN
        for seat in self._seats:
            if seat.process is not None:
                seat.process.wait(until - time.monotonic())
        self._close_listeners()
        while self._by_mark and time.monotonic() < until + 1.0:  # take() hears of it.
            time.sleep(0.01)

    def _close_listeners(self) -> None:
        with self._starting:
            listeners, self._listeners = self._listeners, []
        for listener in listeners:
            os.close(listener)

    # -- asking --------------------------------------------------------------------------------------------------

    def ask(self, call: int, said: bytes) -> None:
        """Says this to the process of the call, if that still lives."""
        process = self._by_mark.get(mark_of(call))
        if process is not None:
            process.ask(said, self._poll)

    def _say(self, said: bytes) -> None:
        with self._lock:
            for process in self._by_mark.values():
                process.ask(said, self._poll)

    def secure(self, chain: bytes, key: bytes, authority: bytes = b"") -> None:
        """New connections speak TLS with this chain and key, as Engine.secure() says. Raises ValueError."""
        _engine.Engine().secure(chain, key, authority)
        said = frame(frames.SECURE, parts=(chain, key, authority, b""))
        with self._lock:
            self._secure = said
        self._say(said)

    def send(self, call: int, payload: bytes, last: bool) -> None:
        """Sends a message of a call's own; `last`: it is the only one, and the status OK follows."""
        self.ask(call, frame(frames.SEND, call, last, parts=(b"", b"", b"", payload)))

    def end(self, call: int, status: int, message: bytes, details: bytes = b"") -> None:
        """Ends a call with a status of gRPC, its message in UTF-8, and details as google.rpc.Status."""
        self.ask(call, frame(frames.END, call, status, parts=(message, details, b"", b"")))

    def drain(self) -> None:
        """New calls and connections are refused; connections close when they have no call."""
        self._draining.set()
        self._close_listeners()
        self._say(frame(frames.DRAIN))

    def stop(self) -> None:
        """Closes all connections; run() returns."""
        self._stopping.set()
        self._look_now.set()

    # -- being told ----------------------------------------------------------------------------------------------

    def take(self, seconds: float) -> list[Told]:
        """What has happened, as Engine.take() returns it: waits so long for something."""
        found: list[Told] = []
        processes = {process.socket.fileno(): process for process in list(self._by_mark.values())}
        for descriptor, event in self._poll.poll(seconds):
            process = processes.get(descriptor)
            if process is not None:
                found += self._heard(process, event)
        return found

    def _heard(self, process: ServingProcess, event: int) -> list[Told]:
        if event & select.EPOLLOUT:
            process.flush(self._poll)
        if not event & ~select.EPOLLOUT:
            return []
        before, told = process.ready, process.hear()
        if told is None:
            return self._lost(process)
        if process.ready != before:
            with self._lock:
                self._assign()
        return told

    def counters(self) -> dict[str, int]:
        """What core/counters.h counts, of all processes together and since the start."""
        with self._lock:
            lives = [self._ended, *(process.words.counters() for process in self._by_mark.values())]
        return {name: sum(life[name] for life in lives) for name in self._ended}

    def delays(self) -> tuple[list[int], int]:
        """As Engine.delays(), of all processes together and since the start."""
        found = Delays()
        with self._lock:
            found.add_counted(self._ended_delays.counts, self._ended_delays.nanos)
            for process in self._by_mark.values():
                found.add_counted(*process.words.delays())
        return found.counts, found.nanos
