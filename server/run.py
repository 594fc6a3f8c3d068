"""Runs a server of a command line, from its settings to its orderly stop."""

from __future__ import annotations

import logging
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from .check_config import checked
from .config import Config
from .descriptors import raise_limit
from .errors import OnebookError
from .logs import about, catch_everything, configure
from .options import given, refuse, wants_json
from .raw_stderr import RawStderr
from .signals import signals

if TYPE_CHECKING:
    from .app import App

log = logging.getLogger(__name__)

# A thread that burns CPU hands the interpreter on after this long instead of 5 ms: feeds and sends wait less.
SWITCH_INTERVAL = 0.0005


def run(
    argv: Sequence[str] | None,
    prog: str,
    make_parser: Callable[[str], ArgumentParser],
    make_app: Callable[[Config], App],
    started: Callable[[App], None],
) -> int:
    """Runs a server of this command line until a signal. `started` says that it runs. Returns the exit status."""
    signals.install()
    signals.attended()
    raw = RawStderr()
    raw.start()
    try:
        return _run(argv, prog, make_parser, make_app, started)
    finally:
        raw.stop()
        signals.close()


def _run(
    argv: Sequence[str] | None,
    prog: str,
    make_parser: Callable[[str], ArgumentParser],
    make_app: Callable[[Config], App],
    started: Callable[[App], None],
) -> int:
    # What goes wrong before the settings are known is logged as they are likely to say.
    configure("info", wants_json(argv))
    catch_everything()
    app = None
    try:
        config = checked(given(argv, prog, make_parser))
        if config.csv is not None:
            signals.catch_suspend()
        configure(config.log_level, config.log_json)
        sys.setswitchinterval(SWITCH_INTERVAL)
        raise_limit()
        app = make_app(config)
        app.start(signals)
    except OnebookError as error:
        if app is not None:
            app.stop()
        refuse(prog, str(error))
        return 2
    if not signals.is_set():
        started(app)
    while not signals.is_set():
        if signals.take_reload():
            app.reloads.run()
        if signals.take_suspend():
            app.write_candles()
            signals.suspend()
        signals.wait()
    log.info("stopping", extra=about("stopping"))
    app.stop()
    return 0
