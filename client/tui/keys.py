"""The keyboard thread: single keys from a terminal, without waiting for Enter, and the terminal restored afterwards."""

from __future__ import annotations

import os
import select
import termios
import threading
import tty
from collections.abc import Callable
from types import TracebackType

_SEQUENCES = {b"\x1b[A": "+", b"\x1b[B": "-", b"\x1bOA": "+", b"\x1bOB": "-"}


class Keys:
    """Calls `on_key` with every key, from its own thread, while the context is open.

    The terminal leaves its line mode for that time; Ctrl-C still interrupts. A descriptor that is no terminal is left
    alone, and no key ever comes. POSIX only.
    """

    def __init__(self, fd: int, on_key: Callable[[str], None]) -> None:
        self._fd = fd
        self._on_key = on_key
        self._saved: list[object] | None = None
        self._stop_read, self._stop_write = -1, -1
        self._thread = threading.Thread(target=self._run, name="onebook-keys", daemon=True)

    def __enter__(self) -> Keys:
        if os.isatty(self._fd):
            self._saved = termios.tcgetattr(self._fd)
            self._stop_read, self._stop_write = os.pipe()
            tty.setcbreak(self._fd)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._saved is None:
            return
        termios.tcsetattr(self._fd, termios.TCSADRAIN, self._saved)  # type: ignore[arg-type]
        os.close(self._stop_write)
        self._thread.join()
        os.close(self._stop_read)

    def _run(self) -> None:
        while True:
            ready, _, _ = select.select([self._fd, self._stop_read], [], [])
            if self._stop_read in ready:
                return
            try:
                data = os.read(self._fd, 64)
            except OSError:
                return  # the terminal is gone; the hang-up signal ends the program
            if not data:
                return
            for key in split_keys(data):
                self._on_key(key)


def split_keys(data: bytes) -> list[str]:
    """The keys in what a terminal sent at once: arrows as + and -, other escape sequences dropped."""
    if data.startswith(b"\x1b"):
        return [_SEQUENCES[data]] if data in _SEQUENCES else []
    return list(data.decode("utf-8", "ignore"))
