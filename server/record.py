"""`onebook record DIR`: the feeds and the recording of a server, without a port; with --kafka, the history out of
topics."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Sequence
from functools import partial
from typing import TextIO

from .app import App
from .logs import about
from .model import VenueState
from .options import recording_parser
from .run import run

log = logging.getLogger(__name__)

EVERY = 5.0
"""Seconds between two lines of status."""


def main(argv: Sequence[str] | None = None, prog: str = "onebook record") -> int:
    """Records until a signal; the exit status is 0 after an orderly stop, 2 for input that cannot work."""
    words = sys.argv[1:] if argv is None else argv
    if any(word.partition("=")[0] == "--kafka" for word in words):
        from .topic_history.group_command import main as record_topics

        return record_topics(words, prog)
    return run(argv, prog, recording_parser, partial(App, port=False), _started)


def _started(app: App) -> None:
    pairs = ", ".join(map(str, app.config.pairs))
    log.info("onebook records %s into %s", pairs, app.config.data, extra=about("recording_started"))
    if sys.stderr.isatty():
        threading.Thread(target=_show, args=(app, sys.stderr), name="status", daemon=True).start()


def _show(app: App, out: TextIO) -> None:
    """Prints a line of status every few seconds; ends with the process."""
    pause = threading.Event()
    while not pause.wait(EVERY):
        print(status(app), file=out, flush=True)


def status(app: App) -> str:
    """What was recorded so far, in one line."""
    assert app.recorder is not None
    counters = app.recorder.counters
    books = [entry for market in list(app.markets.values()) for entry in market.entries.values()]
    live = sum(entry.state == VenueState.LIVE for entry in books)
    parts = [
        f"{counters.records:,} records in {counters.bytes / 1e6:,.1f} MB",
        f"{live} of {len(books)} books live",
        f"{counters.behind / 1e6:,.1f} MB waiting",
        f"{counters.lost:,} lost",
    ]
    return "  ".join(parts)
