"""A sweep quote: what an order over the books of 2, 4 and 8 venues would get, after fees, lots and minimums.

    python -m benchmarks.bench_sweep [--quick] [--rounds N]

The peer does the same for a size with sorted lists of Decimal and heapq, without proofs and without leaving venues out.
"""

from __future__ import annotations

import argparse
import heapq
from collections.abc import Callable, Iterator
from decimal import ROUND_DOWN, Decimal
from functools import partial

from benchmarks import harness
from orderbook_ext import BookLock, BookStatus, ConsolidatedView, OrderBook, SweepTerms

TIMES = 500
LEVELS = 5000
SIZES = ("0.5", "25", "2500")  # base units; levels hold 2.5 each on average
Depth = list[tuple[Decimal, Decimal]]


def terms_of(venues: int) -> tuple[SweepTerms, ...]:
    """Fees from 2 to 10 basis points, lots of 0.00001 to 0.001, minimums that matter for the smallest size."""
    fees = [20_000, 50_000, 75_000, 100_000]
    lots = [Decimal("0.00001"), Decimal("0.0001"), Decimal("0.001")]
    return tuple(
        SweepTerms(fees[number % 4], lots[number % 3], Decimal("0.001"), Decimal(10)) for number in range(venues)
    )


def make_view(venues: int) -> tuple[ConsolidatedView, list[Depth]]:
    lock = BookLock()
    entries, depths = [], []
    for number in range(venues):
        bids, asks = harness.market_levels(LEVELS, seed=number)
        entry = BookStatus(f"venue{number}", lock)
        entry.book, entry.state = OrderBook(2, 5, tick="0.01", lock=lock), 3
        entry.book.load(bids, asks, whole=True)
        entries.append(entry)
        depths.append([(Decimal(price), Decimal(size)) for price, size in asks])
    return ConsolidatedView("BTC/USDT", entries, levels=10), depths


def peer(depths: list[Depth], terms: tuple[SweepTerms, ...], size: Decimal) -> dict[int, tuple[Decimal, Decimal]]:
    """Size and notional of each venue's part."""

    def after_fee(number: int) -> Iterator[tuple[Decimal, int, Decimal, Decimal]]:
        factor = 1 + Decimal(terms[number].fee).scaleb(-8)
        return ((price * factor, number, price, held) for price, held in depths[number])

    left, parts = size, dict.fromkeys(range(len(depths)), (Decimal(0), Decimal(0)))
    for _, number, price, held in heapq.merge(*map(after_fee, range(len(depths)))):
        taken = min(left, held).quantize(Decimal(terms[number].lot), ROUND_DOWN)
        parts[number] = parts[number][0] + taken, parts[number][1] + taken * price
        left -= taken
        if left < Decimal("0.00001"):
            break
    return parts


def candidates(venues: int) -> dict[str, Callable[[], Callable[[], object]]]:
    view, depths = make_view(venues)
    terms = terms_of(venues)
    result = {}
    for size in SIZES:
        sweep = view.sweep(1, size=size, terms=terms)
        found = sum((part[0] for part in peer(depths, terms, Decimal(size)).values()), Decimal(0))
        if sweep.size != found.scaleb(sweep.size_decimals):
            raise SystemExit("the peer found something else")
        label = f"buy {size} ({sweep.levels} of 2 venues' levels)"
        result[label] = harness.repeated(partial(view.sweep, 1, size=size, terms=terms), TIMES)
    notional = Decimal(1_500_000)
    result["buy for 1,500,000"] = harness.repeated(partial(view.sweep, 1, notional=notional, terms=terms), TIMES)
    result["Decimal and heapq, buy 25"] = harness.repeated(partial(peer, depths, terms, Decimal(25)), TIMES // 50)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--rounds", type=int, help="rounds; the best one counts (9)")
    options = parser.parse_args()
    rounds = options.rounds or (1 if options.quick else 9)
    harness.print_head(f"Sweep, books of {LEVELS} levels a side")
    columns = {}
    for venues in (2, 4, 8):
        seconds = harness.best_seconds(candidates(venues), rounds)
        columns[venues] = [
            (name, value / (TIMES // 50 if name.startswith("Decimal") else TIMES)) for name, value in seconds.items()
        ]
    harness.print_table(
        ("us", "2 venues", "4 venues", "8 venues"),
        [
            (name, *(f"{columns[venues][row][1] * 1e6:.2f}" for venues in columns))
            for row, (name, _) in enumerate(columns[2])
        ],
    )


if __name__ == "__main__":
    main()
