"""Frames to book: bytes of depth updates until the best bid and ask are known, against the usual stacks.

    python -m benchmarks.bench_book [--quick] [--frames N] [--rounds N]

Peers (pip install order-book orjson sortedcontainers pysimdjson): each parses the same frames and keeps the same book.
pysimdjson only parses and makes no Python object: it is the lower limit of anything that reads JSON.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from benchmarks import harness
from orderbook_ext import FrameDecoder, OrderBook

orjson = harness.peer_module("orjson", "orjson")
simdjson = harness.peer_module("simdjson", "pysimdjson")
order_book = harness.peer_module("order_book", "order-book")
sortedcontainers = harness.peer_module("sortedcontainers", "sortedcontainers")

Prepare = Callable[[], Callable[[], object]]
Snapshot = tuple[list[tuple[str, str]], list[tuple[str, str]]]


def ours(frames: list[bytes], warm_up: list[bytes]) -> Prepare:
    def prepare() -> Callable[[], object]:
        book, decoder = OrderBook(2, 5, tick="0.01"), FrameDecoder(harness.BINANCE)
        book.feed_batch(decoder, warm_up)

        def body() -> None:
            feed, best = book.feed, book.best
            for frame in frames:
                feed(decoder, frame)
                best()

        return body

    return prepare


def peer(frames: list[bytes], snapshot: Snapshot, number: Callable[[str], Any], make: Callable[[], Any]) -> Prepare:
    """A peer's sides behave like a dict of price to size; `make` returns both and how to read the best."""

    def prepare() -> Callable[[], object]:
        bids, asks, best = make()
        for side, levels in zip((bids, asks), snapshot, strict=True):
            for price, size in levels:
                side[number(price)] = number(size)

        def body() -> None:
            for frame in frames:
                data = orjson.loads(frame)["data"]
                for side, changes in ((bids, data["b"]), (asks, data["a"])):
                    for price, size in changes:
                        key, value = number(price), number(size)
                        if value:
                            side[key] = value
                        elif key in side:
                            del side[key]
                best()

        return body

    return prepare


def order_book_sides() -> tuple[Any, Any, Callable[[], object]]:
    book = order_book.OrderBook()
    return book.bids, book.asks, lambda: (book.bids.index(0), book.asks.index(0))


def sorted_dict_sides() -> tuple[Any, Any, Callable[[], object]]:
    bids, asks = sortedcontainers.SortedDict(), sortedcontainers.SortedDict()
    return bids, asks, lambda: (bids.peekitem(-1), asks.peekitem(0))


def parse_only(frames: list[bytes]) -> Prepare:
    parser = simdjson.Parser()

    def body() -> None:
        for frame in frames:
            parser.parse(frame)

    return lambda: body


def count_levels(frames: list[bytes]) -> int:
    decoder, levels = FrameDecoder(harness.BINANCE), 0
    for frame in frames:
        decoder.scan(frame)
        levels += decoder.bid_count + decoder.ask_count
    return levels


def warm_snapshot(frames: list[bytes]) -> Snapshot:
    """The book after the warm-up, as text for the peers to load."""
    book = OrderBook(2, 5)
    book.feed_batch(FrameDecoder(harness.BINANCE), frames)
    sides = [
        [(str(Decimal(price).scaleb(-book.price_decimals)), str(Decimal(size).scaleb(-book.size_decimals)))
         for price, size in side]
        for side in book.levels()
    ]  # fmt: skip
    return sides[0], sides[1]


def bench_frames(session: harness.Session, rounds: int) -> None:
    snapshot, frames = warm_snapshot(session.warm_up), session.replay
    levels = count_levels(frames)
    candidates = {"onebook feed + best": ours(frames, session.warm_up)}
    if simdjson:
        candidates["pysimdjson, parse alone"] = parse_only(frames)
    if orjson and order_book:
        candidates["orjson + order-book, float"] = peer(frames, snapshot, float, order_book_sides)
        candidates["orjson + order-book, Decimal"] = peer(frames, snapshot, Decimal, order_book_sides)
    if orjson and sortedcontainers:
        candidates["orjson + sortedcontainers, float"] = peer(frames, snapshot, float, sorted_dict_sides)
    seconds = harness.best_seconds(candidates, rounds)
    own = seconds["onebook feed + best"]
    print(f"{session.name}: {len(frames)} frames, {levels} level changes, book of {tuple(map(len, snapshot))} levels")
    harness.print_table(
        ("bytes to book and best", "ns/level", "us/frame", "times onebook"),
        [
            (name, f"{value / levels * 1e9:.1f}", f"{value / len(frames) * 1e6:.2f}", f"{value / own:.1f}")
            for name, value in seconds.items()
        ],
    )
    if simdjson:
        print(f"onebook / pysimdjson = {own / seconds['pysimdjson, parse alone']:.2f} (goal: at most 2)\n")


def bench_snapshot(rounds: int) -> None:
    sides = harness.market_levels(5000)
    frame = json.dumps({"lastUpdateId": 1, "bids": sides[0], "asks": sides[1]}, separators=(",", ":")).encode()
    book, decoder = OrderBook(2, 5, tick="0.01"), FrameDecoder(harness.BINANCE)

    def load_bytes() -> None:
        decoder.scan(frame)
        book.load_scanned(decoder)

    def order_book_floats() -> None:
        peer_book, data = order_book.OrderBook(), orjson.loads(frame)
        peer_book.bids = {float(price): float(size) for price, size in data["bids"]}
        peer_book.asks = {float(price): float(size) for price, size in data["asks"]}
        peer_book.bids.index(0), peer_book.asks.index(0)

    candidates = {
        "onebook, bytes": harness.repeated(load_bytes, 5),
        "onebook, parsed lists": harness.repeated(lambda: book.load(*sides), 5),
    }
    if orjson and order_book:
        candidates["orjson + order-book, float"] = harness.repeated(order_book_floats, 5)
    seconds = harness.best_seconds(candidates, rounds)
    rows = [(name, f"{value / 5 * 1e3:.3f}") for name, value in seconds.items()]
    harness.print_table(("snapshot of 2 x 5000 levels", "ms"), rows)


def peer_top(sides: Snapshot) -> Callable[[], object]:
    """Reads the best ten of both sides of order-book's book."""
    peer_book = order_book.OrderBook()
    for side, levels in zip((peer_book.bids, peer_book.asks), sides, strict=True):
        for price, size in levels:
            side[float(price)] = float(size)
    return lambda: [side.index(i) for side in (peer_book.bids, peer_book.asks) for i in range(10)]


def bench_reads(rounds: int) -> None:
    sides = harness.market_levels(5000)
    book = OrderBook(2, 5, tick="0.01")
    book.load(*sides)
    change = [(sides[0][50][0], "1")]

    def changed_top() -> None:
        book.apply(change, [])
        book.top(10)

    times = 2000
    candidates = {
        "best": harness.repeated(book.best, times),
        "top(10), unchanged book": harness.repeated(lambda: book.top(10), times),
        "apply one level + top(10)": harness.repeated(changed_top, times),
        "top_packed(10)": harness.repeated(lambda: book.top_packed(10), times),
        "vwap(20)": harness.repeated(lambda: book.vwap(20), times),
    }
    if order_book:
        candidates["order-book index(0..9), both sides"] = harness.repeated(peer_top(sides), times)
    seconds = harness.best_seconds(candidates, rounds)
    rows = [(name, f"{value / times * 1e6:.2f}") for name, value in seconds.items()]
    harness.print_table(("reads, 5000 levels a side", "us"), rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=1000, help="frames to replay")
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--rounds", type=int, help="rounds; the best one counts (7)")
    options = parser.parse_args()
    rounds = options.rounds or (1 if options.quick else 7)
    harness.print_head("Frames to book")
    bench_frames(harness.session(options.frames), rounds)
    bench_snapshot(rounds)
    bench_reads(rounds)


if __name__ == "__main__":
    main()
