"""Threads that do not end by accident, and waits that any number may be given to."""

from __future__ import annotations

import math
import threading

# Seconds. Longer waits are cut: nobody is served by one, and the platform's own bound raises.
LONGEST_WAIT = 86_400.0


def pause(event: threading.Event, seconds: float) -> bool:
    """Waits for the event at most so many seconds; any number counts, NaN as 0. Returns whether it is set."""
    if math.isnan(seconds):
        seconds = 0.0
    return event.wait(min(LONGEST_WAIT, max(0.0, seconds)))
