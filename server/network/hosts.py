"""What venues share: one budget of requests and one pace of connects for every host, however many venues live there."""

from __future__ import annotations

import threading
from urllib.parse import urlsplit

from ..protocol.venue import Limits
from .budget import Pace, WeightBudget


class Hosts:
    """Budgets and paces by host and port. The limits of the first venue that asks count."""

    def __init__(self) -> None:
        self._budgets: dict[str, WeightBudget] = {}
        self._paces: dict[str, Pace] = {}
        self._lock = threading.Lock()

    def budget(self, rest: str, limits: Limits) -> WeightBudget:
        """The request budget of a REST address."""
        with self._lock:
            return self._budgets.setdefault(
                urlsplit(rest).netloc, WeightBudget(limits.rest_weight, limits.rest_seconds)
            )  # fmt: skip

    def pace(self, ws: str, limits: Limits) -> Pace:
        """The pace of connects to a websocket address."""
        with self._lock:
            return self._paces.setdefault(urlsplit(ws).netloc, Pace(60.0 / limits.connects_per_minute))
