"""One life of one serving process: how it is started, asked, heard, and known to be dead."""

from __future__ import annotations

import json
import logging
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ....logs import about
from ...seat import end_of
from .. import _engine
from .._board import Board, Words, send
from . import frames
from .frames import BrokenFrameError, FrameReader, Told

log = logging.getLogger(__name__)

MODULE = f"{__package__}.worker"
PIECE = 1 << 18
"""Bytes that are read of one process at once."""
MOST_UNSENT = 64 << 20
"""Bytes that a process has not taken, from which on it is given up."""
CALL_BITS, NUMBER_BITS, LIFE_BITS = 48, 4, 12
"""Of the number of a call: the engine's own part, the process, and its life."""
OF_CALLS = (_engine.CALL, _engine.MESSAGE, _engine.HALF, _engine.OVER)


def mark_of(call: int) -> int:
    """The mark of the process and life that a call belongs to."""
    return call >> CALL_BITS


@dataclass(frozen=True)
class Setup:
    """What every serving process is told at its start."""

    limits: Mapping[str, float]
    prefixes: Sequence[str]
    listeners: Sequence[int]
    """Descriptors of all listening sockets."""


@dataclass
class _Watch:
    """Whether the thread of a process moves."""

    turns: int = 0
    since: float = field(default_factory=time.monotonic)
    looked: float = field(default_factory=time.monotonic)


class ServingProcess:
    """A process from its start to its end. All methods but hear() are thread-safe."""

    def __init__(self, number: int, life: int, setup: Setup, board: Board) -> None:
        """Starts it. Raises OSError. The process ends with the thread that calls this."""
        self.number = number
        self.mark = (life % (1 << LIFE_BITS)) << NUMBER_BITS | number
        self.words = Words()
        self.calls: set[int] = set()
        """Calls that it has told of and that are not over."""
        self.listens: set[int] = set()
        """The listening sockets of which it takes the connections, by their places in the setup."""
        self.ready = False
        """Whether it has said that it serves."""
        self.lost = False
        """Whether nothing more is heard of it."""
        self._reader = FrameReader()
        self._lock = threading.Lock()
        self._unsent = bytearray()
        self._full = False
        self._killed = False
        self._watch = _Watch()
        self.socket, theirs = socket.socketpair()
        try:
            with theirs:
                self._popen = _started(theirs)
            self._introduce(setup, board)
        except OSError:
            self.close()  # If it was started, it ends by that.
            raise

    def _introduce(self, setup: Setup, board: Board) -> None:
        words = {"limits": setup.limits, "prefixes": setup.prefixes, "mark": self.mark}
        told = json.dumps(words).encode()
        descriptors = [self.words.wake, board.fd, self.words.fd, *setup.listeners]
        socket.send_fds(self.socket, [len(told).to_bytes(4, "little") + told], descriptors)
        self.socket.setblocking(False)

    @property
    def pid(self) -> int:
        return self._popen.pid

    # -- asking --------------------------------------------------------------------------------------------------

    def ask(self, said: bytes, poll: select.epoll) -> None:
        """Sends a frame, now or as soon as the process takes it. A process that takes too little is killed."""
        with self._lock:
            self._unsent += said
            self._flush(poll)

    def flush(self, poll: select.epoll) -> None:
        """Sends what waits, as the process takes it."""
        with self._lock:
            self._flush(poll)

    def _flush(self, poll: select.epoll) -> None:
        if self.lost:
            self._unsent.clear()
            return
        try:
            while self._unsent and (sent := send(self.socket.fileno(), self._unsent)):
                del self._unsent[:sent]
        except OSError:
            self._unsent.clear()  # It has died: whoever hears it learns so.
        if len(self._unsent) > MOST_UNSENT:
            self.kill("does not take what it is asked")
        if bool(self._unsent) != self._full:
            self._full = bool(self._unsent)
            poll.modify(self.socket, select.EPOLLIN | (select.EPOLLOUT if self._full else 0))

    # -- hearing -------------------------------------------------------------------------------------------------

    def hear(self) -> list[Told] | None:
        """What it has told since; None: it is dead, or talks nonsense. One thread's."""
        try:
            piece = self.socket.recv(PIECE)
        except BlockingIOError:
            return []
        except OSError:
            return None
        try:
            told = self._reader.read(piece)
        except BrokenFrameError as error:
            self.kill(f"talks nonsense ({error})")
            return None
        if told:
            self.words.taken(len(told))
        for kind, call, *_ in told:
            if kind in OF_CALLS and mark_of(call) != self.mark:
                self.kill("talks of calls that are not its own")
                return None
            if kind == _engine.CALL:
                self.calls.add(call)
            elif kind == _engine.OVER:
                self.calls.discard(call)
            elif kind == frames.READY:
                self.ready = True
        return told if piece else None

    # -- its end -------------------------------------------------------------------------------------------------

    def hangs_for(self, now: float, pause: float) -> float:
        """Seconds for which its thread has not moved, as far as this process looked.

        Of the time between two looks no more than `pause` counts, as this process may have slept meanwhile."""
        watch = self._watch
        if self.words.turns != watch.turns or not self.ready:
            self._watch = _Watch(self.words.turns, now, now)
            return 0.0
        watch.since += max(0.0, now - watch.looked - pause)
        watch.looked = now
        return now - watch.since

    def kill(self, why: str) -> None:
        """Ends it at once, and says so once."""
        if not self._killed:
            self._killed = True
            log.error("serving process %d %s: it is killed", self.number + 1, why, extra=about("process_killed"))
        self._popen.kill()

    def wait(self, seconds: float) -> int:
        """Waits for its end, and brings it about after so long. Its exit status, or minus the signal that ended it."""
        return end_of(self._popen, seconds)

    def close(self) -> None:
        """Nothing more is said to it or heard of it."""
        with self._lock:
            self.lost = True
            self.socket.close()
            self.words.close()


def _started(link: socket.socket) -> subprocess.Popen[bytes]:
    """A process with the other end of the link, which sees the same modules as this one."""
    return subprocess.Popen(
        [sys.executable, "-m", MODULE, str(link.fileno()), str(os.getpid())],
        pass_fds=[link.fileno()],
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
