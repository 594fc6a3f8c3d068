"""Candles of the history come before those in memory, without a seam and by any page."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from server.analytics.candles.candle import Candle, CandleSource, CandleState, Fill
from server.analytics.candles.kept import KeptCandles
from server.analytics.candles.past_candles import PastCandles
from server.analytics.intervals import Interval
from server.history.candle_row import CandleRow
from server.history.folder import day_of, day_path
from server.history.markets import Market
from server.history.store import HistoryStore
from server.model import Pair
from server.request_errors import RequestError
from tests.history.samples import NOON, write

MINUTE = Interval.parse("1m")
PAIR = Pair("BTC", "USDT")
MARKET = Market("alpha", "BTC/USDT", "BTC", "USDT", -2, -8)
LENGTH = 60_000_000_000
EDGE = 20


def close(number: int) -> int | None:
    """Every fifth minute has no trades."""
    return None if number % 5 == 4 else 10_000 + number


def row(number: int) -> CandleRow:
    price = close(number)
    volume = Decimal(0) if price is None else Decimal(1)
    at = NOON + number * LENGTH
    return CandleRow(MARKET, "1m", at, at + LENGTH, price, price, price, price, volume, volume, 1, 2, 1, 0)


@dataclass
class Memory:
    """The candles that a server has in memory: from number EDGE on."""

    until: int = 30

    def candles(
        self, _venue: str, _interval: Interval, start: int, end: int, limit: int, fill: Fill, _open: bool
    ) -> list[Candle]:
        found, last = [], None
        for number in range(EDGE, self.until):
            mantissa = close(number)
            price = None if mantissa is None else Decimal(mantissa).scaleb(-2)
            last = last if price is None else price
            at = NOON + number * LENGTH
            made = Candle(
                MINUTE, at, at + LENGTH, price, price, price, price, Decimal(1), Decimal(1), 1,
                CandleState.COMPLETE, CandleSource.TRADES, 0,
            )  # fmt: skip
            made = made.filled(last) if fill is Fill.PREVIOUS else made
            if start <= at < end and (fill is Fill.NULL or not made.empty):
                found.append(made)
        return found[:limit]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    # Some that are in memory too, as after a restart with a backfill.
    write(tmp_path, [row(number) for number in range(EDGE + 4)])
    return tmp_path


def kept(folder: Path, memory: Any = Memory()) -> KeptCandles:  # noqa: B008 (it is never changed)
    return KeptCandles(PAIR, memory, PastCandles(HistoryStore(folder)))


def numbers(candles: list[Candle]) -> list[int]:
    return [(each.open_time - NOON) // LENGTH for each in candles]


@pytest.mark.parametrize("fill", Fill)
@pytest.mark.parametrize("limit", [1, 3, 7, 100])
def test_pages_over_the_edge(folder: Path, fill: Fill, limit: int) -> None:
    source, found, start = kept(folder), [], NOON
    while True:
        part = source.candles("alpha", MINUTE, start, NOON + 1000 * LENGTH, limit, fill, False)
        if not part:
            break
        assert len(part) <= limit
        found += part
        start = part[-1].open_time + 1
    expected = [number for number in range(30) if fill is not Fill.NONE or close(number) is not None]
    assert numbers(found) == expected
    if fill is Fill.PREVIOUS:
        assert [each.close for each in found if each.open_time == NOON + 4 * LENGTH] == [Decimal("100.03")]


def test_a_part_of_the_past(folder: Path) -> None:
    found = kept(folder).candles("alpha", MINUTE, NOON + 2 * LENGTH, NOON + 6 * LENGTH, 100, Fill.NONE, False)
    assert numbers(found) == [2, 3, 5]
    assert found[0].close == Decimal("100.02")
    assert found[0].state is CandleState.COMPLETE


def test_without_memory_all_comes_from_the_history(folder: Path) -> None:
    found = kept(folder, Memory(until=0)).candles("alpha", MINUTE, 0, NOON + 99 * LENGTH, 100, Fill.NULL, False)
    assert numbers(found) == list(range(EDGE + 4))


def test_without_a_history_all_comes_from_memory() -> None:
    source = KeptCandles(PAIR, Memory(), None)  # type: ignore[arg-type]
    assert numbers(source.candles("alpha", MINUTE, 0, NOON + 99 * LENGTH, 100, Fill.NULL, False))[0] == EDGE


def test_a_damaged_history_is_an_error(folder: Path) -> None:
    day_path(folder, day_of(NOON)).write_bytes(b"no database" * 1000)
    with pytest.raises(RequestError, match="history"):
        kept(folder).candles("alpha", MINUTE, NOON, NOON + 99 * LENGTH, 100, Fill.NONE, False)
