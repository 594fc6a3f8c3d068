"""Waits for the dispatcher: what a test has changed is published before it goes on."""

from __future__ import annotations

import time

from server.market.feed_listener import MarketListener
from server.publish.dispatcher import Dispatcher

PATIENCE = 20.0


class Passes(MarketListener):
    """A listener that counts the dispatcher's passes. Made before the dispatcher starts."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._begun = 0
        dispatcher.listen(self)

    def settle(self) -> None:
        """Everything that changed so far was published: streams that begin now begin with it, and only once."""
        deadline = time.monotonic() + PATIENCE
        while any(market.dirty for market in self._dispatcher.topics.markets()):
            _wait(deadline)
        # The pass that took the last mark may be under way; it is over when the next one begins.
        begun = self._begun
        while self._begun == begun:
            self._dispatcher._wake.set()  # noqa: SLF001 - a test does not wait for a heartbeat
            _wait(deadline)

    def tick(self) -> None:
        self._begun += 1


def _wait(deadline: float) -> None:
    assert time.monotonic() < deadline, "the dispatcher does not get on"
    time.sleep(0.0005)
