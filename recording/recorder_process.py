"""The recorder as a process of its own: `python -m ...recorder_process`, started by a server.

Its standard input brings definitions, one line of JSON each, and an empty line. Then the pipe stays open as long as the
server lives: its end is the server's end, however the server ended. Signals from a terminal or a service manager are
for the server; the recorder ends with it.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from .end_of_pipe import EndOfPipe
from .recorder import Recorder
from .recorder_command import read_definitions
from .retention import Retention
from .ring import Ring

IGNORED = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGTSTP")


def main(argv: Sequence[str] | None = None) -> int:
    """Records until the server is gone; 1 if something could not be written."""
    for name in IGNORED:
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    parser = argparse.ArgumentParser()
    parser.add_argument("--ring", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--keep-days", type=float, required=True)
    parser.add_argument("--keep-gb", type=float, required=True)
    flags = parser.parse_args(argv)
    definitions = read_definitions(sys.stdin.buffer)
    recorder = Recorder(Ring(flags.ring), flags.folder, definitions, Retention(flags.keep_days, flags.keep_gb))
    return 0 if recorder.run(EndOfPipe(sys.stdin.fileno()).wait) else 1


if __name__ == "__main__":
    raise SystemExit(main())
