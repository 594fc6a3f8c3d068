"""Steps of which one that fails must not cost the others theirs."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ..logs import about
from ..market.market import Market
from ..repeats import Repeats

log = logging.getLogger(__name__)


class Defects:
    """Logs what goes wrong, with the traceback; seldom where it goes wrong again and again. Thread-safe."""

    def __init__(self) -> None:
        self._repeats = Repeats()

    def spare(self, words: str, market: Market | None, step: Callable[..., object], *arguments: object) -> None:
        """Takes a step that may fail; when it does `words` and the market are logged."""
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
