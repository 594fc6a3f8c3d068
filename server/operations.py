"""Reports in the log and to health while the server runs: which markets are ready, and whether exchanges can be
reached."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable

from .logs import about
from .market.market import Market
from .market.readiness import DEFAULT, LIVENESS, Readiness
from .model import VenueState
from .printable import printable
from .reachability import Reachability
from .registry import MarketRegistry
from .threads import Supervised, pause
from .venues import VENUES

log = logging.getLogger(__name__)

TICK = 0.25
"""Seconds between two looks; readiness is at most so old."""
_SHOWN = 6
"""Venues of a market whose state a line names."""


class Operations:
    """A thread that checks all markets and venues a few times per second, and reports changes. `report` takes a health
    name and whether it serves; None for a removed name."""

    def __init__(
        self,
        registry: MarketRegistry,
        report: Callable[[str, bool | None], None],
        threads: Iterable[Supervised] = (),
        *,
        reaches: bool = True,
    ) -> None:
        """`threads` are those without which no client is served: the process is alive while none of them fails.
        `reaches`: whether exchanges are asked at all, which a replay does not."""
        self._roster = registry
        self._report = report
        self._threads = tuple(threads)
        self._reaches = reaches
        self._readiness = Readiness()
        self._reachability = Reachability(other_endpoints)
        self._once_ready: set[str] = set()
        """Markets that were ready before: a new market that is not ready yet is not reported."""
        self._stop = threading.Event()
        self.thread = Supervised("operations", self._run, self._stop)

    def start(self) -> None:
        """Reports the present states, then every change."""
        self.look()
        self.thread.start()

    def stop(self) -> None:
        """Ends the thread; the server reports health itself from here on."""
        self._stop.set()
        if self.thread.is_alive():
            self.thread.join(1.0)

    def _run(self) -> None:
        while not pause(self._stop, TICK):
            self.look()

    def look(self) -> None:
        """One look."""
        self._report(LIVENESS, not any(thread.trouble for thread in self._threads))
        self.look_at_reach()
        markets = list(self._roster.markets.values())
        for name, ready in self._readiness.changes(markets, self._roster.default).items():
            self._report(name, ready)
            market = next((each for each in markets if each.name == name), None)
            if name != DEFAULT and market is not None and (ready or name in self._once_ready):
                self._once_ready.add(name)
                _say(market, bool(ready))
            elif ready is None:
                self._once_ready.discard(name)

    def look_at_reach(self) -> bool:
        """Reports when no exchange can be reached; returns whether no exchange can be reached."""
        if not self._reaches:
            return False
        # A venue that programs post to is asked nothing.
        feeds = [(name, feed) for name, feed in list(self._roster.feeds.items()) if feed.options.endpoint.rest]
        said = self._reachability.look({name: list(feed.listings.values()) for name, feed in feeds}, time.monotonic())
        if said is not None:
            level = logging.WARNING if said.warning else logging.INFO
            log.log(level, "%s", printable(said.text, 1000), extra=about("unreachable" if said.warning else "reached"))
        return self._reachability.none


def other_endpoints(venue: str) -> Iterable[str]:
    """Flags that choose other addresses of a venue."""
    return [f"--endpoint {venue}={other}" for other in list(VENUES[venue].ENDPOINTS)[1:]]


def _say(market: Market, ready: bool) -> None:
    if ready:
        log.info("%s is ready: %s", market.name, ", ".join(market.live_venues()), extra=about("ready", market.name))
        return
    states = [(name, VenueState(entry.state).name.lower()) for name, entry in list(market.entries.items())]
    shown = ", ".join(f"{name} {state.replace('_', ' ')}" for name, state in states[:_SHOWN])
    more = f" and {len(states) - _SHOWN} more" if len(states) > _SHOWN else ""
    log.warning("%s is not ready: %s%s", market.name, shown, more, extra=about("not_ready", market.name))
