"""The terminal view's loop: a thread reads each stream, one the keyboard, and this one draws."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console
from rich.live import Live

from .feeds import Connect, Readers, StreamOpener
from .keys import Keys
from .model import Model
from .render import levels_that_fit, render

_FRAME_SECONDS = 1 / 20
_TICK_SECONDS = 0.1  # a countdown moves without messages


def run(console: Console, model: Model, connect: Connect, opener: StreamOpener, stdin_fd: int | None = None) -> None:
    """Show the book until the user quits. Raises what ended it for good; the terminal is restored first."""
    readers = Readers(connect, opener, model)
    fd = sys.stdin.fileno() if stdin_fd is None else stdin_fd
    with (
        _terminated_is_interrupted(),
        Keys(fd, model.press),
        Live(console=console, screen=True, auto_refresh=False) as live,
    ):
        try:
            _draw(console, model, readers, live)
        finally:
            readers.stop()
    if model.error is not None:
        raise model.error


def _draw(console: Console, model: Model, readers: Readers, live: Live) -> None:
    while not model.quitting and model.error is None:
        began = time.monotonic()
        frame = model.frame()
        model.fit(*levels_that_fit(frame, *console.size))
        readers.follow(model.wanted())
        live.update(render(frame, *console.size), refresh=True)
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
