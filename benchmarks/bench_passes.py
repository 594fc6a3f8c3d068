"""A pass of the dispatcher with one changed topic: what it costs beside how many topics and markets there are.

    python -m benchmarks.bench_passes [--quick]

Processor time of the dispatcher's pass alone: the change is marked, one topic is merged, encoded and handed to one
subscriber that takes it at once. A pass should cost what changed, not what exists: the curve is to be flat.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from decimal import Decimal
from statistics import median

from benchmarks import harness
from orderbook_ext import OrderBook
from server.codes import Code
from server.market.market import Market
from server.model import Pair, VenueState
from server.publish.channel import ConflatedChannel, Overflow
from server.publish.dispatcher import Dispatcher
from server.publish.epoch import Epoch
from server.publish.topics import BookChoice, BookTopic

SIZES = ((1, 1), (10, 10), (100, 10), (1000, 10), (1, 100), (1, 200), (1000, 200))
"""Topics and markets."""
PASSES, REPETITIONS = 2_000, 7


class Reader:
    """Takes every message at once."""

    overflow = Overflow.DROP_OLDEST
    in_flight_since = 0.0

    def __init__(self, channel: ConflatedChannel) -> None:
        self.cursor = 0
        self._slot = channel

    def deliver(self, _payload: bytes) -> None:
        self._slot.next(self)

    def end(self, code: Code, reason: str) -> None: ...


class Passes:
    """A dispatcher whose thread is not started: the benchmark makes its passes."""

    def __init__(self, topics: int, markets: int) -> None:
        self._dispatcher = Dispatcher(Epoch.now(), heartbeat=3600.0)
        self._markets = [self._market(number) for number in range(markets)]
        # The first topic is the one that changes; all others are of other markets, or none is.
        others = self._markets[1:] or self._markets
        for number in range(topics):
            self._subscribe(others[number % len(others)] if number else self._markets[0], number)
        self.once()

    def _market(self, number: int) -> Market:
        market = Market(Pair(f"C{number}", "USDT"), ("alpha",), self._dispatcher.book_changed)
        self._dispatcher.add_market(market)
        entry = market.entries["alpha"]
        book = OrderBook(2, 3, lock=market.lock)
        book.load(
            [(f"{100 - level}.00", "1") for level in range(10)], [(f"{101 + level}.00", "1") for level in range(10)]
        )
        entry.book = book
        entry.stamp(1_000, 2_000, 3_000, 77)
        entry.state = VenueState.LIVE
        return market

    def _subscribe(self, market: Market, number: int) -> None:
        choice = BookChoice(10, Decimal(number) / 1_000_000)
        key = (BookTopic, market, choice)
        channel = self._dispatcher.topics.state(
            key, lambda: BookTopic(market, self._dispatcher.epoch, 0.0, choice)
        ).channel
        channel.join(Reader(channel))

    def once(self) -> None:
        """One change, one pass."""
        self._markets[0].changed()
        self._dispatcher.run_pass(time.monotonic_ns())

    def cost(self, passes: int) -> float:
        """Microseconds of processor per pass."""
        began = time.process_time_ns()
        for _ in range(passes):
            self.once()
        return (time.process_time_ns() - began) / passes / 1_000


def measure(sizes: Sequence[tuple[int, int]], passes: int, repetitions: int) -> list[float]:
    """Of each size the median over the repetitions, in which the sizes take turns."""
    rigs = [Passes(topics, markets) for topics, markets in sizes]
    rounds = [[rig.cost(passes) for rig in rigs] for _ in range(repetitions)]
    return [median(column) for column in zip(*rounds, strict=True)]


def main(argv: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="bench_passes", description=__doc__)
    options.add_argument("--quick", action="store_true", help="a few passes, to see that it runs")
    asked = options.parse_args(argv)
    costs = measure(SIZES, 20 if asked.quick else PASSES, 1 if asked.quick else REPETITIONS)
    rows = [
        (f"{topics:,}", f"{markets:,}", f"{cost:.1f}", f"{cost / costs[0]:.2f}")
        for (topics, markets), cost in zip(SIZES, costs, strict=True)
    ]
    harness.print_table(("topics", "markets", "us per pass", "times the first"), rows)


if __name__ == "__main__":
    main()
