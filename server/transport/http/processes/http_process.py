"""One life of the process of HTTP: how it is started, heard, and known to be dead."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from ....logs import about
from ...seat import end_of
from .counts import Counts, counts_of
from .link_frames import COUNTS, LONGEST, READY, SETUP, BrokenFrameError, Frame, FrameReader, frame, parted
from .outbox import Outbox
from .reading import PIECE
from .request_handler import RequestHandler
from .server_parts import ServerParts

log = logging.getLogger(__name__)

MODULE = f"{__package__}.http_worker"
MOST_UNSENT = 64 << 20
"""Bytes that the process has not taken, from which on it is given up."""


class HttpProcess:
    """A process from its start to its end. say() and kill() are thread-safe; all else is one thread's."""

    def __init__(
        self, setup: dict[str, Any], parts: ServerParts, take: Callable[[Counts], None], wake: Callable[[], None]
    ) -> None:
        """`setup`: what the process is told; `take` takes what it counts; `wake` wakes the thread that hears it. Raises
        OSError."""
        self.ready = self.lost = False
        self._take = take
        self._turns = 0
        self._moved = self._looked = time.monotonic()
        self._killed = False
        self._reader = FrameReader(LONGEST)
        self.socket, theirs = socket.socketpair()
        self.outbox = Outbox(self.socket, wake)
        self._handler = RequestHandler(parts, self.say)
        try:
            with theirs:
                self._popen = _started(theirs, setup["sockets"])
        except OSError:
            self.socket.close()
            raise
        self.socket.setblocking(False)
        self.say(frame(SETUP, body=parted(setup)))

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def streams(self) -> int:
        """Its open streams."""
        return self._handler.streams

    def say(self, said: bytes) -> None:
        """Says a frame. Never blocks: a process that takes too little is killed."""
        self.outbox.say(said)
        if self.outbox.unsent > MOST_UNSENT:
            self.kill("does not take what it is told")

    def hear(self) -> None:
        """Does what it asks; once it is gone, `lost` is True."""
        try:
            piece = self.socket.recv(PIECE)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self.close()
            return
        try:
            for told in self._reader.read(piece):
                self._hear(told)
        except BrokenFrameError as error:
            self.kill(f"talks nonsense ({error})")
            self.close()

    def _hear(self, told: Frame) -> None:
        if told.kind == READY:
            self.ready = True
        elif told.kind == COUNTS:
            counts = counts_of(told.body)
            if counts.turns != self._turns:
                self._turns, self._moved = counts.turns, time.monotonic()
            self._take(counts)
        else:
            self._handler.hear(told)

    def hangs_for(self, now: float, pause: float) -> float:
        """Seconds for which its event loop has not moved, as far as this process looked."""
        if not self.ready:
            self._moved = self._looked = now
        self._moved += max(0.0, now - self._looked - pause)
        self._looked = now
        return now - self._moved

    def kill(self, why: str) -> None:
        """Ends it at once, and says so once."""
        if not self._killed:
            self._killed = True
            log.error("the process of HTTP %s: it is killed", why, extra=about("process_killed"))
        self._popen.kill()

    def wait(self, seconds: float) -> int:
        """Waits for its end, and brings it about after so long. Its exit status, or minus the signal that ended it."""
        return end_of(self._popen, seconds)

    def close(self) -> None:
        """Nothing more is said to it or heard of it: its streams are over."""
        self.lost = True
        self._handler.close()
        self.outbox.close()
        self.socket.close()


def _started(link: socket.socket, sockets: list[int]) -> subprocess.Popen[bytes]:
    """A process with the other end of the link and the listening sockets, which sees the same modules as this one."""
    return subprocess.Popen(
        [sys.executable, "-m", MODULE, str(link.fileno())],
        pass_fds=[link.fileno(), *sockets],
        stdin=subprocess.DEVNULL,
        stderr=_log_descriptor(),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def _log_descriptor() -> int | None:
    """Where the log goes: descriptor 2 is read for what libraries write there (raw_stderr.py)."""
    try:
        return sys.stderr.fileno()
    except (OSError, ValueError, AttributeError):
        return None
