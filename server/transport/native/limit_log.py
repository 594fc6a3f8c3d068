"""Limits that clients have reached, as the log tells of them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping

from ...logs import about

log = logging.getLogger(__name__)

EVERY = 60.0
WORDS = {
    "refused_full": "connections were refused, as there were too many",
    "refused_peer": "connections were refused, as their address had too many",
    "refused_descriptors": "times there was no descriptor for a connection",
    "gave_place": "connections without a call gave their place to new ones",
    "late_handshakes": "connections said nothing at their start",
    "dead_connections": "connections did not answer",
    "calmed": "connections were ended for frames that bring nothing",
    "refused_half_open": "calls were refused, as their connection had too many without a request",
    "crowded_half_open": "calls without a request ended, as there were too many",
    "late_requests": "requests did not come in time",
    "large_headers": "calls had too much metadata",
    "large_requests": "requests were too large",
    "unread_answers": "answers were not read",
    "many_answers": "calls ended with too many answers not read",
    "stalled": "streams ended, as nothing of them was read",
    "slow": "streams ended, as they did not keep up with their events",
}
"""Counters of the engine that say how often a limit was reached."""


class LimitLog:
    """One line per minute at most, and none where no limit was reached."""

    def __init__(self, counters: Callable[[], Mapping[str, int]], clock: Callable[[], float] = time.monotonic) -> None:
        self._counters = counters
        self._clock = clock
        self._seen: Mapping[str, int] = counters()
        self._next = clock() + EVERY

    def look(self) -> None:
        """Called now and then; logs what has been reached since the last line."""
        if self._clock() < self._next:
            return
        self._next = self._clock() + EVERY
        now = self._counters()
        reached = {name: now[name] - self._seen[name] for name in WORDS if now[name] != self._seen[name]}
        self._seen = now
        if reached:
            words = "; ".join(f"{count} {WORDS[name]}" for name, count in reached.items())
            log.warning("limits of the port were reached: %s", words, extra=about("limits_reached"))
