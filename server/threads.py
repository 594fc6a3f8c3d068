"""Threads that do not end by accident, and waits that any number may be given to."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable

from .backoff import Backoff
from .logs import about
from .printable import printable
from .repeats import Repeats

log = logging.getLogger(__name__)

# Seconds. Longer waits are cut: nobody is served by one, and the platform's own bound raises.
LONGEST_WAIT = 86_400.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
# Seconds. A loop that went on for so long after a failure is well again.
HEALTHY = 60.0


def pause(event: threading.Event, seconds: float) -> bool:
    """Waits for the event at most this number of seconds; any number is allowed, NaN counts as 0. Returns whether it is
    set."""
    if math.isnan(seconds):
        seconds = 0.0
    return event.wait(min(LONGEST_WAIT, max(0.0, seconds)))


class Supervised(threading.Thread):
    """A daemon thread that runs `loop` until it returns, and again after a pause whenever it raises.

    What escapes is logged (the same once, then with a count), counted in `failures`, and passed to `on_trouble` as
    words for people, on this thread. `stop` ends the pauses, and no loop is begun once it is set.
    """

    def __init__(
        self,
        name: str,
        loop: Callable[[], None],
        stop: threading.Event,
        on_trouble: Callable[[str], None] = lambda _words: None,
        first_pause: float = FIRST_PAUSE,
    ) -> None:
        super().__init__(name=name, daemon=True)
        self.failures = 0
        """How often the loop raised."""
        self._loop = loop
        self._stopping = stop
        self._on_trouble = on_trouble
        self._pauses = Backoff(first_pause, LONGEST_PAUSE)
        self._repeats = Repeats()
        self._trouble = ""
        self._failed_at = -math.inf
        self._done = False

    @property
    def trouble(self) -> str:
        """Why the loop does not do its work, for people; empty while it does."""
        if self.ident is not None and not self.is_alive() and not self._done:
            return f"{self.name} is dead"
        return self._trouble if time.monotonic() - self._failed_at < HEALTHY else ""

    def run(self) -> None:
        """The thread."""
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                self._loop()
                break
            except Exception as error:
                if time.monotonic() - began > HEALTHY:
                    self._pauses.reset()
                self._failed(error)
            pause(self._stopping, self._pauses.next())
        self._done = True

    def _failed(self, error: Exception) -> None:
        self.failures += 1
        self._failed_at = time.monotonic()
        self._trouble = f"internal error in {self.name}, see the log ({type(error).__name__})"
        left_out = self._repeats.admit(repr(type(error)))
        if left_out is not None:
            log.error(
                "%s failed %d times and goes on: %s",
                self.name,
                self.failures,
                printable(repr(error)),
                exc_info=error,
                extra=about("defect"),
            )
        try:
            self._on_trouble(self._trouble)
        except Exception:
            # Whoever wants to know must not end the thread either.
            log.exception("the trouble of %s could not be reported", self.name, extra=about("defect"))
