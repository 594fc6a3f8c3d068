"""What venues share: one budget of requests and one pace of connects for every host, however many venues live there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from ..protocol.venue import Limits
from .budget import WeightBudget


class ConnectPace:
    """Connects to one host, no faster than it allows. Thread-safe."""

    def __init__(self, per_minute: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._step = 60.0 / per_minute
        self._clock = clock
        self._next = 0.0
        self._lock = threading.Lock()

    def delay(self) -> float:
        """Seconds until a connect may be tried; 0 means that it was counted and happens now.

        Turns are not given out ahead: several that are late would come at once.
        """
        with self._lock:
            now = self._clock()
            if now < self._next:
                return self._next - now
            self._next = now + self._step
            return 0.0


class Hosts:
    """Budgets and paces by host and port. The limits of the first venue that asks count."""

    def __init__(self) -> None:
        self._budgets: dict[str, WeightBudget] = {}
        self._paces: dict[str, ConnectPace] = {}
        self._lock = threading.Lock()

    def budget(self, rest: str, limits: Limits) -> WeightBudget:
        """The request budget of a REST address."""
        with self._lock:
            return self._budgets.setdefault(
                urlsplit(rest).netloc, WeightBudget(limits.rest_weight, limits.rest_window)
            )  # fmt: skip

    def pace(self, ws: str, limits: Limits) -> ConnectPace:
        """The pace of connects to a websocket address."""
        with self._lock:
            return self._paces.setdefault(urlsplit(ws).netloc, ConnectPace(limits.connects_per_minute))
