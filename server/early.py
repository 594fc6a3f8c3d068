"""What comes before the slow imports: handlers of signals, and a place for warnings until there is a log.

Imports nothing that is slow. `server.py` and the command line import this module first and call install().
"""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from .signals import signals

_held: list[str] = []


def install() -> None:
    """Takes signals and warnings of this process over. Only on the main thread; installing twice is fine."""
    signals.install()
    warnings.showwarning = _hold


@contextmanager
def imports() -> Iterator[None]:
    """Around the slow imports: the garbage collector rests, and never looks through what has been imported.

    What a server has imported is some 55,000 objects, which a full collection of later would otherwise go through for
    12 ms, while no message is sent.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def take_warnings() -> list[str]:
    """Warnings of the imports, for the log."""
    taken = list(_held)
    _held.clear()
    return taken


def _hold(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,  # noqa: ARG001
    line: str | None = None,
) -> None:
    _held.append(warnings.formatwarning(message, category, filename, lineno, line))
