"""Tells the operator once when records do not fit into a ring, and once when that is over."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from .logs import about

if TYPE_CHECKING:
    from recording import Ring

log = logging.getLogger(__name__)

QUIET = 5.0
"""Seconds without a loss after which a loss is over."""


class LossWords(NamedTuple):
    """What the log says of a loss."""

    begin: str
    """A sentence with %d for the bytes that wait."""
    end: str
    """A sentence with %d for the records that were lost, and %d for their bytes."""
    event: str
    """Of `begin`; that of `end` has _end behind it."""


class LossReport:
    """Watches the counters of a ring."""

    def __init__(self, ring: Ring, words: LossWords, clock: Callable[[], float] = time.monotonic) -> None:
        self._ring, self._words, self._clock = ring, words, clock
        self._seen = self._seen_bytes = 0
        """Lost records and bytes that were reported as over."""
        self._last = 0
        self._since: float | None = None
        """When the last loss was seen; None while nothing is being lost."""

    def look(self) -> None:
        """To be called a few times per second."""
        counters = self._ring.counters
        if counters.lost > self._last:
            if self._since is None:
                log.error(self._words.begin, counters.behind, extra=about(self._words.event))
            self._last, self._since = counters.lost, self._clock()
        elif self._since is not None and self._clock() - self._since >= QUIET:
            lost, size = counters.lost - self._seen, counters.lost_bytes - self._seen_bytes
            log.warning(self._words.end, lost, size, extra=about(f"{self._words.event}_end"))
            self._seen, self._seen_bytes, self._since = counters.lost, counters.lost_bytes, None
