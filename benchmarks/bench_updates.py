"""What hearing of every update of a book costs: a frame without a log and with one, and order flow from the updates.

    python -m benchmarks.bench_updates [--quick]

A frame is one change of the best bid of a book of 1,000 levels a side, and the stamp of its times: what the feed's
thread does. The log keeps ten levels a side. Taking it and computing order flow is the dispatcher's work.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from statistics import median

from benchmarks import harness
from orderbook_ext import BookLock, BookStatus, OrderBook, UpdateLog
from server.analytics.order_flow.compute import VenueFlow
from server.model import VenueState
from server.units import SECOND

LEVELS, FRAMES, REPETITIONS = 10, 500, 40


class Feed:
    """One live book whose best bid changes with every frame."""

    def __init__(self) -> None:
        lock = BookLock()
        self.entry = BookStatus("alpha", lock)
        self.book = self.entry.book = OrderBook(2, 3, lock=lock)
        self.book.load(
            [(f"{1000 - number}.00", "1") for number in range(1000)],
            [(f"{1001 + number}.00", "1") for number in range(1000)],
        )
        self.entry.state = VenueState.LIVE
        self._rows = [[("1000.00", f"{1 + number % 7}")] for number in range(FRAMES)]

    def frames(self) -> None:
        for number, rows in enumerate(self._rows):
            self.book.apply(rows, [])
            self.entry.stamp(number, number, number, number)


def cost(step: Callable[[], object]) -> float:
    """Microseconds of processor per frame."""
    began = time.process_time_ns()
    step()
    return (time.process_time_ns() - began) / FRAMES / 1_000


def measure(repetitions: int) -> dict[str, float]:
    """Of each step the median; the steps take turns."""
    quiet, logged = Feed(), Feed()
    log = UpdateLog(logged.entry, levels=LEVELS, capacity=FRAMES + 1)
    flow, found = VenueFlow(LEVELS, (30 * SECOND, 60 * SECOND)), {name: list[float]() for name in ROWS}
    at = 0
    for _ in range(repetitions):
        found[ROWS[0]].append(cost(quiet.frames))
        found[ROWS[1]].append(cost(logged.frames))
        began = time.process_time_ns()
        updates, lost = log.take()
        assert not lost
        found[ROWS[2]].append((time.process_time_ns() - began) / FRAMES / 1_000)
        began = time.process_time_ns()
        for update in updates:
            at += 1_000_000
            flow.book.update(update, at)
        found[ROWS[3]].append((time.process_time_ns() - began) / FRAMES / 1_000)
    return {name: median(costs) for name, costs in found.items()}


ROWS = ("a frame, no log", "a frame, a log of ten levels", "taking an update", "order flow of ten levels")


def main(argv: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(prog="bench_updates", description=__doc__)
    options.add_argument("--quick", action="store_true", help="two rounds, to see that it runs")
    asked = options.parse_args(argv)
    costs = measure(2 if asked.quick else REPETITIONS)
    harness.print_table(("step", "us"), [(name, f"{cost:.2f}") for name, cost in costs.items()])


if __name__ == "__main__":
    main()
