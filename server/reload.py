"""Files that are read again while the server runs, on SIGHUP."""

from __future__ import annotations

import logging
from collections.abc import Callable

from .errors import OnebookError
from .logs import about

log = logging.getLogger(__name__)

Reload = Callable[[], object]
"""Reads its files again and uses them, or raises and keeps the old content."""


class Reloads:
    """All files that can be read again, by their names in the log."""

    def __init__(self) -> None:
        self._all: list[tuple[str, Reload]] = []

    def add(self, what: str, reload: Reload) -> None:
        """`what` begins a sentence: "the TLS certificate". A reload that raises must leave all as it was."""
        self._all.append((what, reload))

    def run(self) -> None:
        """Reads all files again. A failure is one line in the log, keeps the old content, and does not affect the
        others."""
        if not self._all:
            log.info("SIGHUP: nothing was configured that could be read again", extra=about("reload_nothing"))
        for what, reload in self._all:
            _run(what, reload)


def _run(what: str, reload: Reload) -> None:
    try:
        reload()
    except (OnebookError, OSError, ValueError) as error:
        log.error("%s could not be read again, the old one stays: %s", what, error, extra=about("reload_failed"))
    except Exception:
        # A defect of ours: the traceback names it, and the others are read.
        log.exception("%s could not be read again, the old one stays", what, extra=about("reload_failed"))
    else:
        log.info("%s was read again", what, extra=about("reloaded"))
