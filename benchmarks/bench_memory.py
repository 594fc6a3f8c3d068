"""Memory: resident KiB of one book of 5000 levels a side.

    python -m benchmarks.bench_memory [--quick]

Every candidate loads its books in a process of its own; the growth of the resident set is divided by their number.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks import harness

BOOKS = 20


def resident_kib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024


def onebook(tick: str | None) -> Callable[[Any], object]:
    from orderbook_ext import OrderBook

    def make(sides: Any) -> object:
        book = OrderBook(2, 5, tick=tick)
        book.load(*sides)
        return book

    return make


def order_book(number: Callable[[str], Any]) -> Callable[[Any], object]:
    from order_book import OrderBook

    def make(sides: Any) -> object:
        book = OrderBook()
        for side, levels in zip((book.bids, book.asks), sides, strict=True):
            for price, size in levels:
                side[number(price)] = number(size)
        return book

    return make


def sorted_dicts(number: Callable[[str], Any]) -> Callable[[Any], object]:
    from sortedcontainers import SortedDict

    return lambda sides: [SortedDict({number(price): number(size) for price, size in side}) for side in sides]


CANDIDATES: dict[str, Callable[[], Callable[[Any], object]]] = {
    "onebook": lambda: onebook("0.01"),
    "order-book, float": lambda: order_book(float),
    "order-book, Decimal": lambda: order_book(Decimal),
    "sortedcontainers, float": lambda: sorted_dicts(float),
}


NEEDED = {"order-book": "order_book", "sortedcontainers": "sortedcontainers"}
"""Modules of the peers, by the names that the candidates begin with."""


def installed() -> list[str]:
    """The candidates that can run here; one line for each package that is missing."""
    missing = [package for package, module in NEEDED.items() if importlib.util.find_spec(module) is None]
    for package in missing:
        print(f"peer left out: {package} is not installed (pip install {package})")
    return [name for name in CANDIDATES if name.split(",")[0] not in missing]


def measure(name: str, spacing: int) -> float:
    make = CANDIDATES[name]()
    markets = [harness.market_levels(5000, seed=seed, spacing=spacing) for seed in range(BOOKS + 1)]
    kept = [make(markets[-1])]  # what the first book brings along is not the others'
    before = resident_kib()
    kept += [make(market) for market in markets[:BOOKS]]
    grown = resident_kib() - before
    assert len(kept) == BOOKS + 1
    return grown / BOOKS


def main() -> None:
    if len(sys.argv) == 3:  # One candidate, in its own process.
        print(measure(sys.argv[1], int(sys.argv[2])))
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one mean gap instead of three")
    gaps = {1: "1.5 ticks"} if parser.parse_args().quick else {1: "1.5 ticks", 2: "2.5 ticks", 4: "4.5 ticks"}
    harness.print_head("Resident memory of one book, 5000 levels a side")
    rows = []
    for name in installed():
        row = [name]
        for spacing in gaps:
            command = [sys.executable, "-m", "benchmarks.bench_memory", name, str(spacing)]
            row.append(f"{float(subprocess.run(command, capture_output=True, text=True, check=True).stdout):.0f}")
        rows.append(row)
    harness.print_table(("KiB by mean gap between levels", *gaps.values()), rows)
    print("goal: at most 520 KiB")


if __name__ == "__main__":
    main()
