"""The server, as its process of HTTP asks and hears it."""

from __future__ import annotations

import asyncio
import itertools
import math
import socket
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as LateError
from typing import Any

from ....codes import Code
from ....request_errors import RequestError
from ..deadline import deadline
from .link_frames import ANSWER, CLOSE, OPENED, REFUSED, SETUP, Frame, FrameReader, frame, parts
from .link_messages import error_of
from .outbox import Outbox
from .reading import PIECE, Alarm, LinkWait

Hear = Callable[[Frame], object]


class ServerLink:
    """The link to the server. run() is one thread's; all other methods are thread-safe."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._reader = FrameReader()
        self._early: list[Frame] = []
        """Frames that came with the introduction."""
        self._alarm = Alarm()
        self._outbox = Outbox(link, self._alarm.ring)
        self._numbers = itertools.count(1)
        self._asked: dict[int, Future[object]] = {}
        self._done = threading.Event()

    def introduction(self) -> dict[str, Any]:
        """What the server says first, before run(). Raises SystemExit: it has gone."""
        while not self._early:
            piece = self._link.recv(PIECE)
            if not piece:
                raise SystemExit(1)
            self._early = self._reader.read(piece)
        first = self._early.pop(0)
        assert first.kind == SETUP
        self._link.setblocking(False)
        return parts(first.body)[0]

    def tell(self, said: bytes) -> None:
        """Says a frame."""
        self._outbox.say(said)

    def ask(self, kind: int, body: bytes) -> object:
        """What the server answers: the bytes of an answer, or what hears an opened stream. Waits for as long as the
        answer of this thread is wanted. Raises RequestError."""
        limit = deadline.get()
        left = None if limit is None else limit.left
        number, future = self._begin(kind, body, left)
        try:
            return future.result(left)
        except LateError:
            if not self._forget(number):
                return future.result()  # It comes just now.
            assert limit is not None
            raise RequestError(Code.DEADLINE_EXCEEDED, limit.words) from None

    async def asked(self, kind: int, body: bytes) -> object:
        """As ask(), on an event loop. Raises RequestError."""
        number, future = self._begin(kind, body, None)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            self._forget(number)
            raise

    def _begin(self, kind: int, body: bytes, left: float | None) -> tuple[int, Future[object]]:
        number, future = next(self._numbers), Future[object]()
        self._asked[number] = future
        self.tell(frame(kind, number, 0 if left is None else max(1, math.ceil(left * 1e6)), 0, body))
        return number, future

    def _forget(self, number: int) -> bool:
        """Nobody waits for the answer any more; False: it has come."""
        if self._asked.pop(number, None) is None:
            return False
        self.tell(frame(CLOSE, number))
        return True

    def run(self, opened: Hear, others: Mapping[int, Hear], every: float, look: Callable[[], None]) -> None:
        """Hears the server until it has gone, or end() is called. `opened` makes of the frame of an opened stream what
        ask() returns; `others` hear frames by their kinds; `look` is called
        about every so many seconds."""
        wait, due = LinkWait(self._alarm), time.monotonic()
        early, self._early = self._early, []
        for told in early:
            self._hear(told, opened, others)
        while not self._done.is_set():
            if time.monotonic() >= due:
                due = time.monotonic() + every
                look()
            if not wait.wait(self._link, self._outbox, due - time.monotonic()):
                continue
            piece = self._read()
            if piece is None:
                return
            for told in self._reader.read(piece):
                self._hear(told, opened, others)

    def end(self) -> None:
        """Lets run() return."""
        self._done.set()
        self._alarm.ring()

    def close(self) -> None:
        """After run(): gives back what the system has of the link."""
        self._outbox.close()
        self._link.close()
        self._alarm.close()

    def _read(self) -> bytes | None:
        try:
            return self._link.recv(PIECE) or None
        except BlockingIOError:
            return b""
        except OSError:
            return None

    def _hear(self, told: Frame, opened: Hear, others: Mapping[int, Hear]) -> None:
        if told.kind in (ANSWER, REFUSED, OPENED):
            self._answered(told, opened)
        else:
            others[told.kind](told)

    def _answered(self, told: Frame, opened: Hear) -> None:
        future = self._asked.pop(told.number, None)
        if future is None:
            return  # The server has been told that nobody waits.
        if told.kind == REFUSED:
            future.set_exception(error_of(told.body))
        else:
            future.set_result(opened(told) if told.kind == OPENED else told.body)
