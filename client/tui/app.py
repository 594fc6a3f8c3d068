"""The terminal view's loop: one thread reads the stream, one the keyboard, and this one draws."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console
from rich.live import Live

from ..messages import Book
from ..stream import Stream
from .keys import Keys
from .model import Model
from .render import render

OpenStream = Callable[[int, tuple[str, ...]], Stream[Book]]

_FRAME_SECONDS = 1 / 20
_TICK_SECONDS = 0.1  # a countdown moves without messages


class Reader:
    """The thread that reads the stream, and opens another when the user changes what is asked for."""

    def __init__(self, model: Model, open_stream: OpenStream) -> None:
        self._model, self._open_stream = model, open_stream
        self._lock = threading.Lock()  # guards _stream and _stopping together
        self._stream: Stream[Book] | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="onebook-reader", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def restart(self) -> None:
        """Ask again with the model's choice."""
        with self._lock:
            if self._stream is not None:
                self._stream.close()

    def stop(self) -> None:
        """End the thread."""
        with self._lock:
            self._stopping = True
        self.restart()
        self._thread.join()

    def _run(self) -> None:
        try:
            while (stream := self._next()) is not None:
                with stream:
                    for book in stream:
                        self._model.take(book, stream.missed)
                self._model.stream_ended(stream.missed)
        except Exception as error:
            self._model.fail(error)  # raised again by the drawing thread

    def _next(self) -> Stream[Book] | None:
        with self._lock:
            self._stream = None if self._stopping else self._open_stream(*self._model.choice())
            return self._stream


def run(console: Console, model: Model, open_stream: OpenStream, stdin_fd: int | None = None) -> None:
    """Show the book until the user quits. Raises what ended the stream for good; the terminal is restored first."""
    reader = Reader(model, open_stream)

    def on_key(key: str) -> None:
        if model.press(key):
            reader.restart()

    fd = sys.stdin.fileno() if stdin_fd is None else stdin_fd
    with _terminated_is_interrupted(), Keys(fd, on_key), Live(console=console, screen=True, auto_refresh=False) as live:
        reader.start()
        try:
            _draw(console, model, live)
        finally:
            reader.stop()
    if model.error is not None:
        raise model.error


def _draw(console: Console, model: Model, live: Live) -> None:
    while not model.quitting and model.error is None:
        began = time.monotonic()
        live.update(render(model.frame(), *console.size), refresh=True)
        model.drawn()
        # Slower screens than markets: what comes meanwhile is drawn once, the newest.
        time.sleep(max(0.0, _FRAME_SECONDS - (time.monotonic() - began)))
        model.wait(_TICK_SECONDS)


@contextmanager
def _terminated_is_interrupted() -> Iterator[None]:
    """SIGTERM and SIGHUP unwind like Ctrl-C, so that the terminal is restored."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
