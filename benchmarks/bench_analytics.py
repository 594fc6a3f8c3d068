"""Analytics: what a trade costs in candles, trade VWAPs and averages, and what turning the intervals costs.

    python -m benchmarks.bench_analytics [--quick] [--rounds N]

The peers do the same in the plainest way with Decimal: every trade touches every interval, windows are added up anew.
"""

from __future__ import annotations

import argparse
import json
import random
import time
import tracemalloc
from collections import deque
from collections.abc import Callable
from decimal import Decimal

from benchmarks import harness
from server.analytics.averages.compute import PriceAverages
from server.analytics.candles.candle_set import CandleSet
from server.analytics.intervals import Interval
from server.analytics.vwap.compute import TradeWindow
from server.model import Side, Trade
from server.units import SECOND
from tests.captures import find_capture, read_records

TWELVE = ("1s", "5s", "15s", "1m", "5m", "15m", "30m", "1h", "4h", "1d", "1w", "1mo")
TICK = SECOND // 10
"""The server turns candles this often."""


def recorded_trades() -> tuple[str, list[Trade]]:
    """Trades of one busy pair: recorded where the captures are, else generated."""
    path = find_capture(harness.CAPTURE)
    if path is None:
        return "generated trades (no captures; set ONEBOOK_CAPTURES)", generated_trades(20_000)
    trades = []
    for record in read_records(path):
        if record["k"] == "recv" and '"e":"trade"' in record["d"]:
            data = json.loads(record["d"])["data"]
            trades.append(
                Trade("S", str(data["t"]), Decimal(data["p"]), Decimal(data["q"]), Side.BUY, data["T"] * 1_000_000)
            )
    return f"recorded {harness.CAPTURE}, {len(trades)} trades", trades


def generated_trades(count: int) -> list[Trade]:
    choice, now, trades = random.Random(1), 1_723_161_255 * SECOND, []
    for number in range(count):
        now += choice.choice((0, 0, 1, 3, 50, 120)) * 1_000_000
        price, size = Decimal(6_183_763 + choice.randint(-99, 99)).scaleb(-2), Decimal(choice.randint(1, 99_999))
        trades.append(Trade("S", str(number), price, size.scaleb(-5), Side.BUY, now))
    return trades


# -- candles


def candles(trades: list[Trade], names: tuple[str, ...], turn: bool) -> Callable[[], Callable[[], object]]:
    intervals = [Interval.parse(name) for name in names]

    def make() -> Callable[[], object]:
        made = CandleSet(intervals, started=trades[0].exchange_time)

        def body() -> None:
            due = made.started + TICK
            for trade in trades:
                made.trade(trade)
                if turn and trade.exchange_time >= due:
                    made.advance(trade.exchange_time)
                    due = trade.exchange_time + TICK

        return body

    return make


def naive_candles(trades: list[Trade], names: tuple[str, ...]) -> Callable[[], Callable[[], object]]:
    """A dict an interval: the plain way, without late trades, ties, duplicates, gaps or turning."""
    intervals = [Interval.parse(name) for name in names]

    def make() -> Callable[[], object]:
        tables: list[dict[int, list[Decimal]]] = [{} for _ in intervals]

        def body() -> None:
            for trade in trades:
                price, size = trade.price, trade.size
                for interval, table in zip(intervals, tables, strict=True):
                    row = table.get(interval.number(trade.exchange_time))
                    if row is None:
                        table[interval.number(trade.exchange_time)] = [price, price, price, price, size, price * size]
                        continue
                    row[1], row[2], row[3] = max(row[1], price), min(row[2], price), price
                    row[4] += size
                    row[5] += price * size

        return body

    return make


def turning() -> tuple[float, float]:
    """Microseconds of one call that closes all twelve intervals at once, and of one that closes 1 s alone."""
    begin = 1_719_792_000 * SECOND  # 2024-07-01: a minute, an hour, a day, a week and a month begin.
    best = [1.0, 1.0]
    for _ in range(50):
        made = CandleSet([Interval.parse(name) for name in TWELVE], started=begin - 5 * SECOND)
        for second in range(-5, 3):
            made.trade(Trade("S", "", Decimal("61837.63"), Decimal("0.02"), Side.BUY, begin + second * SECOND))
            # The watermark is two seconds behind.
            start = time.perf_counter()
            told = made.advance(begin + second * SECOND)
            spent = time.perf_counter() - start
            if len(told) in (1, len(TWELVE)):
                best[len(told) == 1] = min(best[len(told) == 1], spent)
    return best[0] * 1e6, best[1] * 1e6


def memory() -> float:
    """KiB of one candle that is kept, of the busiest kind: nothing shared with another."""
    interval = Interval.parse("1s")
    tracemalloc.start()
    made = CandleSet([interval], started=0)
    for second in range(1000):
        for part in range(3):
            price = Decimal(6_183_763 + second + part).scaleb(-2)
            trade = Trade("S", f"{second}{part}", price, Decimal("0.00123"), Side.BUY, second * SECOND + part)
            made.trade(trade)
    made.advance(1010 * SECOND)
    made._seen.turn()  # noqa: SLF001 - as time would do
    made._seen.turn()  # noqa: SLF001 - as time would do
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return used / 1000 / 1024


# -- windows


def window(trades: list[Trade], read: bool, nanos: int | None = None) -> Callable[[], Callable[[], object]]:
    def make() -> Callable[[], object]:
        made = TradeWindow(nanos=nanos)

        def body() -> None:
            for trade in trades:
                made.add(trade)
                if read:
                    made.value()

        return body

    return make


def naive_window(trades: list[Trade]) -> Callable[[], Callable[[], object]]:
    """Adds up all 200 trades for every value, as code that keeps a list does."""

    def body() -> None:
        newest: deque[Trade] = deque(maxlen=200)
        for trade in trades:
            newest.append(trade)
            volume = sum(each.size for each in newest)
            if volume:
                sum(each.price * each.size for each in newest) / volume

    return lambda: body


def averages(trades: list[Trade], every: int) -> Callable[[], Callable[[], object]]:
    """A note of a price with 12 decimals for every trade; both windows are read after each `every` of them."""

    def make() -> Callable[[], object]:
        made = PriceAverages((30 * SECOND, 60 * SECOND))
        notes = [(trade.exchange_time, (int(trade.price.scaleb(12)), 12)) for trade in trades]

        def body() -> None:
            for number, (now, price) in enumerate(notes):
                made.note(now, price)
                if number % every == 0:
                    made.averages(now)

        return body

    return make


def naive_averages(trades: list[Trade], every: int) -> Callable[[], Callable[[], object]]:
    """Keeps all prices of a minute and weighs them anew for every read."""

    def body() -> None:
        steps: deque[tuple[int, Decimal]] = deque()
        for number, trade in enumerate(trades):
            now = trade.exchange_time
            steps.append((now, trade.price))
            while len(steps) > 1 and steps[1][0] <= now - 60 * SECOND:
                steps.popleft()
            for length in (30 * SECOND, 60 * SECOND) if number % every == 0 else ():
                start, area, covered = now - length, Decimal(0), 0
                for (begin, price), (end, _) in zip(steps, [*list(steps)[1:], (now, trade.price)], strict=True):
                    held = max(0, end - max(begin, start))
                    area += price * held
                    covered += held
                if covered:
                    area / covered

    return lambda: body


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--rounds", type=int, help="rounds; the best one counts (7)")
    options = parser.parse_args()
    rounds = options.rounds or (1 if options.quick else 7)
    harness.print_head("Candles, trade VWAPs and averages")
    name, trades = recorded_trades()
    few = trades[:2000]
    print(f"{name}\n")
    candidates = {
        "candles of 12 intervals, a trade alone": candles(trades, TWELVE, turn=False),
        "candles of 12 intervals, turned every 0.1 s": candles(trades, TWELVE, turn=True),
        "candles of 1 interval (1m), a trade alone": candles(trades, ("1m",), turn=False),
        "candles of 1 interval (1m), turned every 0.1 s": candles(trades, ("1m",), turn=True),
        "naive Decimal, 12 intervals": naive_candles(trades, TWELVE),
        "naive Decimal, 1 interval (1m)": naive_candles(trades, ("1m",)),
        "VWAP of 200 trades, a trade": window(trades, read=False),
        "VWAP of 200 trades, a trade and its value": window(trades, read=True),
        "VWAP of 30 s, a trade and its value": window(trades, read=True, nanos=30 * SECOND),
        "naive Decimal, 200 trades added up anew": naive_window(few),
        "averages of 30 and 60 s, a note": averages(trades, 10**9),
        "averages of 30 and 60 s, 10 notes and one read": averages(trades, 10),
        "naive Decimal, 10 notes and one read": naive_averages(few, 10),
    }
    seconds = harness.best_seconds(candidates, rounds)
    counts = {row: len(few) if row.startswith("naive Decimal, ") and "interval" not in row else len(trades)
              for row in seconds}  # fmt: skip
    harness.print_table(
        ("us a trade or note", ""), [(row, f"{seconds[row] / counts[row] * 1e6:.2f}") for row in seconds]
    )
    twelve, one = turning()
    print(f"turning 12 intervals at once: {twelve:.0f} us; 1 s alone: {one:.1f} us")
    print(f"a closed candle that is kept: {memory():.2f} KiB")


if __name__ == "__main__":
    main()
