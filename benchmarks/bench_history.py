"""The history: rows and books per second, their bytes, and what a flush rate costs on the disk.

    python -m benchmarks.bench_history [--quick] [--rounds N]

One writer of one market per kind, or of 60 markets where markets matter; every batch is on the disk before the next.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from heapq import nlargest, nsmallest
from pathlib import Path

from benchmarks import harness, machine
from server.history.candle_row import CandleRow
from server.history.day_reader import Source
from server.history.intake import Row
from server.history.markets import Market
from server.history.rows import BookRow, MetricRow, TradeRow
from server.history.store import HistoryStore
from server.history.writer import HistoryWriter, Settings
from server.model import Side
from server.units import SECOND

MARKETS = [Market("sim", f"A{number}USDT", f"A{number}", "USDT", -2, -8) for number in range(60)]
NOON = 1_796_040_000_000_000_000
BATCH = 1000
DEPTH = 20


class Clock:
    """The writer's clocks, moved by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> int:
        return self.now

    def monotonic(self) -> float:
        return self.now / SECOND


# -- rows


def trade(number: int) -> Row:
    market = MARKETS[number * number % 60]
    moment = NOON + number * 1_000_000
    return TradeRow(market, moment, str(4_000_000_000 + number), Side.BUY, 6_000_000 + number % 977, number, moment)


def candle(number: int) -> CandleRow:
    moment, price = NOON + number // 60 * SECOND, 6_000_000 + number % 977
    volume = Decimal(number % 9_999_991).scaleb(-8)
    numbers = (price, price + 5, price - 7, price + 1, volume, volume * price)
    return CandleRow(MARKETS[number % 60], "1s", moment, moment + SECOND, *numbers, number % 50, 2, 1, 0)


def metric(number: int) -> Row:
    moment, price = NOON + number // 60 * SECOND, 6_000_000 + number % 977
    average = Decimal(price * 1_000 + number % 997).scaleb(-5)
    averages = (average, average, 1_000_000, average, 1_000_000)
    return MetricRow(MARKETS[number % 60], moment, price, number, price + 1, number, *averages)


def speed(rows: Sequence[Row], settings: Settings, rounds: int) -> tuple[float, float]:
    """Rows per second of the best round, and bytes per row of the closed file."""
    best, size = float("inf"), 0
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="onebook-bench-") as name:
            writer = HistoryWriter(Path(name), settings, Clock())
            began = time.perf_counter()
            for at in range(0, len(rows), BATCH):
                writer.add(rows[at : at + BATCH])
                writer.flush()
            best = min(best, time.perf_counter() - began)
            writer.close()
            size = sum(path.stat().st_size for path in Path(name).glob("*.db"))
    return len(rows) / best, size / len(rows)


def kinds(count: int, rounds: int) -> None:
    makers: dict[str, Callable[[int], Row]] = {"trade": trade, "1 s candle": candle, "metric": metric}
    table = []
    for name, make in makers.items():
        per_second, size = speed([make(number) for number in range(count)], Settings(), rounds)
        table.append((name, f"{per_second:,.0f}", f"{size:.0f}"))
    harness.print_table((f"kind, batches of {BATCH}", "rows/s", "bytes per row"), table)


# -- books


def books(frames: Sequence[bytes]) -> Iterator[BookRow]:
    """The best levels after each frame of changes."""
    bids: dict[int, int] = {}
    asks: dict[int, int] = {}
    market = MARKETS[0]
    for number, frame in enumerate(frames):
        data = json.loads(frame)["data"]
        for side, changes in ((bids, data["b"]), (asks, data["a"])):
            for price, size in changes:
                level = market.price(Decimal(price)), market.quantity(Decimal(size))
                if level[1]:
                    side[level[0]] = level[1]
                else:
                    side.pop(level[0], None)
        best_bids = tuple((price, bids[price]) for price in nlargest(DEPTH, bids))
        best_asks = tuple((price, asks[price]) for price in nsmallest(DEPTH, asks))
        yield BookRow(market, NOON + number * SECOND // 10, number, best_bids, best_asks)


def chunks(count: int, rounds: int) -> None:
    session = harness.session(count)
    rows = list(books([*session.warm_up, *session.replay]))[len(session.warm_up) :]
    table = []
    for most in (64, 128, 256):
        # No samples: a sample per ten seconds costs the same whatever a chunk holds.
        settings = Settings(chunk_books=most, sample_every=10**18)
        per_second, size = speed(rows, settings, rounds)
        table.append((f"{most} books", f"{per_second:,.0f}", f"{size:.0f}"))
    table.append(("read, of chunks of 64", f"{read_per_second(rows, rounds):,.0f}", ""))
    print(f"top {DEPTH} of {session.name}")
    harness.print_table(("chunk", "books/s", "bytes per book"), table)


def read_per_second(rows: Sequence[BookRow], rounds: int) -> float:
    best = float("inf")
    with tempfile.TemporaryDirectory(prefix="onebook-bench-") as name:
        writer = HistoryWriter(Path(name), clock=Clock())
        writer.add(rows)
        writer.close()
        store, source = HistoryStore(Path(name)), Source(MARKETS[0].venue, MARKETS[0].base, MARKETS[0].quote)
        for _ in range(rounds):
            began = time.perf_counter()
            found = store.books(source, limit=min(len(rows), 10_000)).rows
            best = min(best, time.perf_counter() - began)
    return len(found) / best


# -- flush rates


def written_bytes() -> int:
    """Bytes that this process has given to the system to write."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("wchar")))


def flush_rates(seconds: int) -> None:
    table = []
    for delay in (1.0, 10.0):
        with tempfile.TemporaryDirectory(prefix="onebook-bench-") as name:
            clock = Clock()
            writer = HistoryWriter(Path(name), Settings(second_delay=delay), clock, clock.monotonic)
            before = written_bytes()
            for second in range(seconds):
                writer.add(candle(second * 60 + number) for number in range(60))
                clock.now += SECOND
                writer.turn()
            writer.close()
            table.append((f"every {delay:.0f} s", f"{(written_bytes() - before) / (60 * seconds):,.0f}"))
    harness.print_table(("1 s candles of 60 markets, flushed", "bytes written per row"), table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one round of few rows")
    parser.add_argument("--rounds", type=int, help="(5)")
    options = parser.parse_args()
    rounds = options.rounds or (1 if options.quick else 5)
    machine.linux_only()
    machine.print_head("History", [])
    kinds(3_000 if options.quick else 60_000, rounds)
    chunks(300 if options.quick else 6_000, rounds)
    flush_rates(60 if options.quick else 1_800)


if __name__ == "__main__":
    main()
