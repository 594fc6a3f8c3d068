"""Merging: one update on one of 2, 4 and 8 venues, then the merged top 10.

    python -m benchmarks.bench_merge [--quick] [--rounds N]

As tuples for Python, and as encoded or packed bytes for the wire. The peer merges order-book's sides with heapq.
"""

from __future__ import annotations

import argparse
import heapq
from collections.abc import Callable
from itertools import islice
from typing import Any

from benchmarks import harness
from orderbook_ext import BookLock, BookStatus, ConsolidatedView, OrderBook

order_book = harness.peer_module("order_book", "order-book")
TIMES = 1000


def make_view(venues: int) -> tuple[ConsolidatedView, list[OrderBook]]:
    lock = BookLock()
    entries = [BookStatus(f"venue{number}", lock) for number in range(venues)]
    books = []
    for number, entry in enumerate(entries):
        book = OrderBook(2, 5, tick="0.01", lock=lock)
        book.load(*harness.market_levels(5000, seed=number))
        entry.book, entry.state = book, 3
        books.append(book)
    return ConsolidatedView("BTC/USDT", entries, levels=10, vwap_levels=10), books


def candidates(venues: int) -> dict[str, Callable[[], Callable[[], object]]]:
    view, books = make_view(venues)
    touch = [("59999.99", "1.5")], [("60000.01", "0")]

    def tuples() -> None:
        books[0].apply(*touch)
        view.refresh()
        view.bids, view.asks  # noqa: B018

    def packed() -> None:
        view.refresh()
        view.pack()

    def encoded() -> None:
        view.refresh()
        view.encode_book(1, 2, 3, 4)

    found = {
        "update + merge + tuples": harness.repeated(tuples, TIMES),
        "merge": harness.repeated(view.refresh, TIMES),
        "merge + packed": harness.repeated(packed, TIMES),
        "merge + encode_book": harness.repeated(encoded, TIMES),
    }
    if order_book:
        found["order-book float, update + heapq tuples"] = peer(venues)
    return found


def peer(venues: int) -> Callable[[], Callable[[], object]]:
    books: list[Any] = []
    for number in range(venues):
        book = order_book.OrderBook()
        for side, levels in zip((book.bids, book.asks), harness.market_levels(5000, seed=number), strict=True):
            for price, size in levels:
                side[float(price)] = float(size)
        books.append(book)

    def heads(book: Any, number: int, bid: bool) -> list[tuple[float, float, int]]:
        side = book.bids if bid else book.asks
        return [(*side.index(i), number) for i in range(10)]

    def merged() -> None:
        books[0].bids[59999.99] = 1.5
        for bid in (True, False):
            sides = [heads(book, number, bid) for number, book in enumerate(books)]
            list(islice(heapq.merge(*sides, reverse=bid), 10))

    return harness.repeated(merged, TIMES // 10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--rounds", type=int, help="rounds; the best one counts (9)")
    options = parser.parse_args()
    rounds = options.rounds or (1 if options.quick else 9)
    harness.print_head("Merged top 10, books of 5000 levels a side")
    columns = {}
    for venues in (2, 4, 8):
        seconds = harness.best_seconds(candidates(venues), rounds)
        columns[venues] = {
            name: value / (TIMES // 10 if name.startswith("order-book") else TIMES) for name, value in seconds.items()
        }
    names = columns[2]
    harness.print_table(
        ("us", "2 venues", "4 venues", "8 venues"),
        [(name, *(f"{columns[venues][name] * 1e6:.2f}" for venues in columns)) for name in names],
    )
    print("goals for 8 venues: 5 us as tuples with the update, 1.5 us packed for the wire")


if __name__ == "__main__":
    main()
