"""Runs steps that may fail, so that a failure does not stop the other steps."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ..logs import about
from ..market.market import Market
from ..repeats import Repeats

log = logging.getLogger(__name__)


class Defects:
    """Logs failures with their traceback; a failure that repeats is logged seldom. Thread-safe."""

    def __init__(self) -> None:
        self._repeats = Repeats()

    def spare(self, words: str, market: Market | None, step: Callable[..., object], *arguments: object) -> None:
        """Runs a step that may fail; a failure is logged with `words` and the market."""
        try:
            step(*arguments)
        except Exception as error:
            # Logged with the traceback, which names the defect.
            self.say(words if market is None else f"{market.name}: {words}", error)

    def say(self, words: str, error: Exception) -> None:
        """Logs a failure."""
        left_out = self._repeats.admit(f"{words}: {type(error).__name__}")
        if left_out is not None:
            log.error("%s (%d more lines were left out)", words, left_out, exc_info=error, extra=about("defect"))
