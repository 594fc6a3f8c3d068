"""Rows, clocks and histories for tests."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from server.history.candle_row import CandleRow, Comparison
from server.history.day_reader import Source
from server.history.folder import DAY, day_of, day_path
from server.history.intake import Row
from server.history.markets import Market
from server.history.pages import Page
from server.history.rows import BookRow, MetricRow, OpenInterestRow, StatusRow, TradeGapRow, TradeRow
from server.history.writer import HistoryWriter, Settings
from server.model import Side, VenueState
from server.units import SECOND

NOON = 1_796_040_000_000_000_000
"""Nanoseconds UTC: 2026-11-30 12:00:00."""
BTC = Market("venue_a", "BTCUSDT", "BTC", "USDT", -2, -8)
FINER = BTC._replace(price_exp=-6)
"""The same pair behind a change of its scale."""
PEPE = Market("", "PEPE/USDT", "PEPE", "USDT", -12, 0)


def source(market: Market) -> Source:
    return Source(market.venue, market.base, market.quote)


class Clock:
    """Both clocks of a writer, which tests set."""

    def __init__(self, now: int = NOON) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def monotonic(self) -> float:
        return self.now / SECOND

    def pass_seconds(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)


def writer(folder: Path, clock: Clock | None = None, settings: Settings = Settings()) -> HistoryWriter:  # noqa: B008
    clock = clock or Clock()
    return HistoryWriter(folder, settings, clock, clock.monotonic)


def write(folder: Path, rows: Iterable[Row]) -> None:
    """Writes rows, and ends."""
    made = writer(folder)
    made.add(rows)
    made.close()


def trade(number: int, market: Market = BTC, time: int = 0) -> TradeRow:
    return TradeRow(market, time or NOON + number * 1000, str(number), Side.BUY, 6_000_000 + number, 1_000, NOON)


def gap(number: int) -> TradeGapRow:
    return TradeGapRow(BTC, NOON + number, str(number), str(number + 3), 2)


def candle(revision: int = 0, state: int = 2, close: int = 6_000_000, interval: str = "1m") -> CandleRow:
    length = {"1s": 1, "1m": 60}[interval] * SECOND
    numbers = (6_000_000, 6_100_000, 5_900_000, close, Decimal("1.50000000"), Decimal("90000.123"), 7)
    return CandleRow(BTC, interval, NOON, NOON + length, *numbers, state, 1, revision)


def metric(number: int = 0) -> MetricRow:
    averages = (Decimal("60000.0512345"), Decimal("60000.1"), 1_000_000, None, 0)
    return MetricRow(BTC, NOON + number * SECOND, 6_000_000, 5, 6_000_010, 7, *averages)


def book(number: int, market: Market = BTC, step: int = SECOND // 10, levels: int = 20) -> BookRow:
    bids = tuple((6_000_000 - level, 1_000 + number) for level in range(levels))
    asks = tuple((6_000_001 + level, 2_000 + level) for level in range(levels))
    return BookRow(market, NOON + number * step, number, bids, asks)


def pages(call: Callable[..., Page[Any]], *arguments: Any, limit: int, **options: Any) -> list[Any]:
    """The rows of all pages."""
    rows: list[Any] = []
    page = call(*arguments, limit=limit, **options)
    while True:
        assert len(page.rows) <= limit
        rows += page.rows
        if not page.next:
            return rows
        page = call(*arguments, limit=limit, after=page.next, **options)


def query(folder: Path, statement: str, time: int = NOON) -> list[tuple[Any, ...]]:
    """What a user of sqlite3 sees in a day's file."""
    database = sqlite3.connect(day_path(folder, day_of(time)))
    try:
        return database.execute(statement).fetchall()
    finally:
        database.close()


# -- strategies: few times and ids, so that keys collide

MARKETS = st.sampled_from([BTC, FINER, PEPE])
TIMES = st.integers(-3, 3).flatmap(lambda part: st.integers(0, 3).map(lambda day: NOON + day * DAY // 2 - DAY + part))
INT64 = st.integers(-(2**63 - 1), 2**63 - 1)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**21), max_value=10**21)
IDS = st.one_of(st.integers(0, 5).map(str), st.sampled_from(["007", "a-1", "b-1", str(2**63), "9" * 30]))
trades = st.builds(TradeRow, MARKETS, TIMES, IDS, st.sampled_from(Side), INT64, INT64, INT64)
gaps = st.builds(TradeGapRow, MARKETS, TIMES, st.just("") | IDS, st.just("") | IDS, st.integers(0, 9))
metrics = st.builds(
    MetricRow,
    MARKETS,
    TIMES,
    *[st.none() | INT64] * 4,
    st.none() | DECIMALS,
    st.none() | DECIMALS,
    st.integers(0, 1_000_000),
    st.none() | DECIMALS,
    st.integers(0, 1_000_000),
)
interests = st.builds(OpenInterestRow, MARKETS, TIMES, DECIMALS, st.integers(0, 5))
statuses = st.builds(StatusRow, MARKETS, TIMES, st.sampled_from(VenueState), st.sampled_from(["", "gap", "späť"]))
comparisons = st.builds(Comparison, st.integers(1, 5), *[st.none() | DECIMALS] * 6, st.booleans())
candles = st.builds(
    CandleRow,
    MARKETS,
    st.sampled_from(["1s", "1m"]),
    TIMES,
    st.just(NOON + 60 * SECOND),
    *[st.none() | INT64] * 4,
    st.none() | DECIMALS,
    st.none() | DECIMALS,
    st.none() | st.integers(0, 10),
    st.integers(1, 4),
    st.integers(1, 2),
    st.integers(0, 3),
    st.none() | comparisons,
    st.none() | DECIMALS,
)
levels = st.lists(st.tuples(INT64, INT64), max_size=3).map(tuple)
books = st.builds(BookRow, MARKETS, TIMES, st.integers(0, 3), levels, levels)
