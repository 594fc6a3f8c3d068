"""Tells the operator once when messages are lost, and once when that is over."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..logs import about

if TYPE_CHECKING:
    from recording import Ring

log = logging.getLogger(__name__)

QUIET = 5.0
"""Seconds without a loss after which a loss is over."""


class LossReport:
    """Watches the counters of a ring."""

    def __init__(self, ring: Ring, clock: Callable[[], float] = time.monotonic) -> None:
        self._ring, self._clock = ring, clock
        self._seen = self._seen_bytes = 0
        """Lost messages and bytes that were reported as over."""
        self._last = 0
        self._since: float | None = None
        """When the last loss was seen; None while nothing is being lost."""

    def look(self) -> None:
        """To be called a few times per second."""
        counters = self._ring.counters
        if counters.lost > self._last:
            if self._since is None:
                words = "messages are lost for the recording: %d bytes wait for the recorder, more do not fit"
                log.error(words, counters.behind, extra=about("recording_lost"))
            self._last, self._since = counters.lost, self._clock()
        elif self._since is not None and self._clock() - self._since >= QUIET:
            words = "no message is lost any more; %d messages of %d bytes were, and the recording says where"
            lost, size = counters.lost - self._seen, counters.lost_bytes - self._seen_bytes
            log.warning(words, lost, size, extra=about("recording_lost_end"))
            self._seen, self._seen_bytes, self._since = counters.lost, counters.lost_bytes, None
