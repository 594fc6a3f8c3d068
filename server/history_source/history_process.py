"""The process that writes a server's history: `python -m ...history_process`, started by the server.

Its standard input stays open as long as the server lives: its end is the server's end, however the server ended.
Signals from a terminal or a service manager are for the server; this process ends with it.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..history.retention import Retention
from ..history.writer import HistoryWriter, Settings
from ..neighbours import recording
from .row_drain import RowDrain, RowWriter

if TYPE_CHECKING:
    from recording import Ring

IGNORED = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGTSTP")


def command(ring: Ring, folder: Path, retention: Retention) -> list[str]:
    """The command line of the process, which inherits the ring's descriptor and the folder's lock."""
    return [
        sys.executable,
        "-m",
        __name__,
        *("--ring", str(ring.descriptor)),
        *("--folder", str(folder)),
        *("--keep-days", str(retention.days)),
        *("--keep-gb", str(retention.gigabytes)),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Writes until the server is gone; 1 if something could not be written."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--ring", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--keep-days", type=int, required=True)
    parser.add_argument("--keep-gb", type=float, required=True)
    flags = parser.parse_args(argv)
    settings = Settings(retention=Retention(flags.keep_days, flags.keep_gb))
    return drained(flags.ring, lambda: HistoryWriter(flags.folder, settings, locked=True))


def drained(ring: int, make_writer: Callable[[], RowWriter]) -> int:
    """Writes what comes out of the ring of this descriptor until the server is gone. Returns the exit status."""
    for name in IGNORED:
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    logging.disable()  # The ring says to the server what goes wrong, and the server has a log.
    drain = RowDrain(recording.Ring(ring), make_writer)
    return 0 if drain.run(recording.EndOfPipe(sys.stdin.fileno()).wait) else 1


if __name__ == "__main__":
    raise SystemExit(main())
