"""The keyboard thread: single keys from a terminal, without waiting for Enter, and the terminal restored afterwards."""

from __future__ import annotations

import os
import re
import select
import termios
import threading
import tty
from collections.abc import Callable
from types import TracebackType

ESCAPE = "\x1b"
_UP, _DOWN, _NEXT, _BEFORE = "+", "-", ">", "<"
# The last letter of what a terminal sends for an arrow, with or without modifiers; Z is shift and tab.
_ARROWS = {"A": _UP, "B": _DOWN, "C": _NEXT, "D": _BEFORE, "Z": _BEFORE}
_KEY = re.compile(r"\x1b[\[O][0-9;?]*(?P<sequence>[ -/]*[@-~])|\x1b(?P<alt>[^\x1b\[O])|(?P<key>.)", re.DOTALL)


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
    """The keys in what a terminal sent at once: arrows and tab as + - > <, other escape sequences dropped.

    An escape that nothing follows is the key of that name.
    """
    keys = []
    for found in _KEY.finditer(data.decode("utf-8", "ignore")):
        if found["key"] is not None:
            keys.append(_NEXT if found["key"] == "\t" else found["key"])
        elif found["sequence"] in _ARROWS:
            keys.append(_ARROWS[found["sequence"]])
    return keys
