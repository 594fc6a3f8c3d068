"""CSV files of trades: rows per second, their bytes, and what one trade alone costs.

    python -m benchmarks.bench_csv [--quick] [--rounds N]

Rows of 60 markets on one thread, as a server writes them; what comes together is written together.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from benchmarks import harness
from server.csv_files.trade_files import TradeFiles
from server.csv_files.trade_line import trade_line
from server.model import Pair, Side, Trade

VENUE = "sim"
PAIRS = [Pair(f"A{number}", "USDT") for number in range(60)]
NOON = 1_796_040_000_000_000_000
TOGETHER = (1, 10, 1000)
"""Trades between two turns of the writer."""


def trade(number: int) -> Trade:
    price, size = Decimal(6_000_000 + number % 977).scaleb(-2), Decimal(number % 9_999_991 + 1).scaleb(-8)
    return Trade("AUSDT", str(4_000_000_000 + number), price, size, Side.BUY, NOON + number * 1_000_000)


def speed(trades: Sequence[Trade], together: int, rounds: int) -> tuple[float, float]:
    """Rows per second of the best round, and bytes per row."""
    best, size = float("inf"), 0
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="onebook-bench-") as name:
            files = TradeFiles(Path(name))
            began = time.perf_counter()
            for number, each in enumerate(trades):
                pair = PAIRS[number * number % 60]
                files.put(VENUE, pair, trade_line(pair, VENUE, each, each.exchange_time + 1_000_000))
                if number % together == 0:
                    files.turn()
            files.close()
            best = min(best, time.perf_counter() - began)
            assert files.written == len(trades)
            size = sum(path.stat().st_size for path in Path(name).rglob("*.csv"))
    return len(trades) / best, size / len(trades)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one round of few rows")
    parser.add_argument("--rounds", type=int, help="(5)")
    options = parser.parse_args()
    rounds = options.rounds or (1 if options.quick else 5)
    harness.print_head("Trades into CSV files of 60 markets.")
    trades = [trade(number) for number in range(5_000 if options.quick else 100_000)]
    table = []
    for together in TOGETHER:
        per_second, size = speed(trades, together, rounds)
        table.append((together, f"{per_second:,.0f}", f"{1e6 / per_second:.1f}", f"{size:.0f}"))
    harness.print_table(("trades that come together", "rows/s", "µs per row", "bytes per row"), table)


if __name__ == "__main__":
    main()
