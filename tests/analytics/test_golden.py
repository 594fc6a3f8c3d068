"""Recorded trades and books give the golden candles, VWAPs and prices to the last digit."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from orderbook_ext import BookLock, BookStatus, ConsolidatedView, OrderBook
from server.analytics.candles.candle import Candle, CandleState, Fill
from server.analytics.candles.candle_set import CandleSet
from server.analytics.candles.ohlcv_sum import OhlcvSum
from server.analytics.intervals import Interval
from server.analytics.vwap.compute import TradeWindow
from server.model import Trade
from server.units import SECOND
from tests.captures import capture_path, records

from .model import half_even
from .recorded import trades

pytestmark = pytest.mark.slow

CAPTURES = (
    "binance_spot/btcusdt_20240808-09",
    "binance_spot/multi10_20210417",
    "binance_spot/multi4_20211011",
    "binance_usdm/btcusdt_20240808",
    "bybit/v5_btc_sol_20260809",
    "coinbase_advanced/btc_eth_20260809_first520",
    "coinbase_exchange/derived_matches_btcusd",
    "coinbase_exchange/five_products_20210417",
    "ftx/multi10_20210722",
    "kraken/v1_multi10_20210417",
)
NAMES = ("1s", "5s", "15s", "30s", "1m", "5m", "15m", "1h", "4h", "1d", "1w", "1mo")


def golden(capture: str) -> dict[str, Any]:
    path = capture_path(f"golden/trades/{capture.replace('/', '__')}.json.gz")
    results: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return results


def test_every_golden_file_of_trades_is_compared() -> None:
    names = {path.name for path in capture_path("golden/trades").glob("*.json.gz")}
    assert names == {f"{capture.replace('/', '__')}.json.gz" for capture in CAPTURES}


@pytest.mark.parametrize("capture", CAPTURES)
def test_the_vwap_of_the_last_200_is_the_golden_one_after_every_trade(capture: str) -> None:
    recorded = trades(capture)
    for symbol, result in golden(capture).items():
        assert len(recorded[symbol]) == result["trades"]
        window = TradeWindow()
        values = []
        for each in recorded[symbol]:
            window.add(each)
            values.append(str(window.value().vwap))
        assert values == [str(Decimal(value)) for value in result["vwap200"]]


@pytest.mark.parametrize("capture", CAPTURES)
@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
def test_candles_are_the_golden_ones_in_any_order_of_arrival(capture: str, backwards: bool) -> None:
    recorded = trades(capture)
    for symbol, result in golden(capture).items():
        found = candles_of(recorded[symbol], backwards)
        for seconds, candles in result["candles"].items():
            mine = found[Interval.parse(f"{seconds}s").name]
            assert [brief(each) for each in mine] == [expected(each) for each in candles]
            # The first one contains the start, and the last one was not over when the recording ended.
            for ours, theirs in list(zip(mine, candles, strict=True))[1:-1]:
                assert ours.state is (CandleState.COMPLETE if theirs["complete"] else CandleState.PARTIAL_START)
            assert mine[0].state is not CandleState.COMPLETE or mine[0].open_time == result["first_us"] * 1000


def candles_of(recorded: list[Trade], backwards: bool) -> dict[str, list[Candle]]:
    started = min(each.exchange_time for each in recorded)
    candles = CandleSet([Interval.parse(name) for name in NAMES], started=started, keep=10_000)
    now = max(each.exchange_time for each in recorded)
    for each in recorded[::-1] if backwards else recorded:
        candles.trade(each)
        if each.trade_id:
            candles.trade(each)
        if not backwards:
            candles.advance(each.exchange_time)
        elif each is recorded[len(recorded) // 2]:
            # Half of the trades come when all is closed.
            candles.advance(now + 400 * SECOND)
    candles.advance(now + 2 * SECOND)
    assert (candles.too_late, candles.refused) == (0, 0)
    assert candles.duplicates == sum(1 for each in recorded if each.trade_id)
    return {
        interval.name: candles.candles(interval, 0, 2**62, 10**6, Fill.NONE, include_open=True)
        for interval in candles.intervals
    }


def brief(candle: Candle) -> tuple[Any, ...]:
    return (
        candle.open_time // SECOND,
        *(candle.open, candle.high, candle.low, candle.close, candle.volume),
        *(str(candle.vwap()), candle.trades),
    )


def expected(row: dict[str, Any]) -> tuple[Any, ...]:
    numbers = (Decimal(row[key]) for key in ("open", "high", "low", "close", "volume"))
    return (row["start"], *numbers, str(Decimal(row["vwap"])), row["trades"])


@pytest.mark.parametrize(
    "capture",
    [
        "binance_spot/multi4_20211011", "binance_spot/multi10_20210417", "binance_us/multi4_20211011",
        "binance_usdm/multi4_20210722",
    ],
)  # fmt: skip
def test_recorded_candles_of_the_venue_are_reproduced(capture: str) -> None:
    """No capture has a whole minute; so the venue's candle after so many trades plus the next ones is its next one."""
    told: list[dict[str, Any]] = []
    recorded: dict[str, list[dict[str, Any]]] = {}
    for record in records(f"{capture}.jsonl.gz"):
        data = json.loads(record["d"]).get("data", {}) if record["k"] == "recv" else {}
        if data.get("e") == "aggTrade":
            recorded.setdefault(data["s"], []).append(data)
        elif data.get("e") == "kline" and data["k"]["n"]:
            told.append(data["k"])
    before: dict[tuple[str, int], dict[str, Any]] = {}
    compared = 0
    for candle in told:
        known = before.get((candle["s"], candle["t"]))
        seen, last, first = (known["n"], candle["L"], known["L"] + 1) if known else (0, candle["L"], candle["f"])
        between = [each for each in recorded.get(candle["s"], ()) if first <= each["f"] and each["l"] <= last]
        # One recorded trade may be several that the venue counts; where it has all of them we can compare.
        if between and sum(each["l"] - each["f"] + 1 for each in between) == candle["n"] - seen:
            compared += 1
            assert after(known, between) == kline(candle)
        before[candle["s"], candle["t"]] = candle
    assert compared


def after(known: dict[str, Any] | None, between: list[dict[str, Any]]) -> tuple[Any, ...]:
    buckets = [
        OhlcvSum.of_trade(each["T"] * 1_000_000, "", str(each["a"]), Decimal(each["p"]), Decimal(each["q"]))
        for each in between
    ]
    if known is not None:
        begin = known["t"] * 1_000_000
        opened, high, low, close = (Decimal(known[key]) for key in "ohlc")
        sums = Decimal(known["v"]), Decimal(known["q"]), known["n"]
        buckets.append(OhlcvSum.of_sums((begin, begin + 1), (opened, high, low, close), *sums))
    whole = buckets.pop()
    for each in buckets:
        whole.merge(each)
    return whole.open, whole.high, whole.low, whole.close, whole.volume, whole.quote


def kline(candle: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(Decimal(candle[key]) for key in "ohlcvq")


def test_spread_vwaps_and_price_of_every_recorded_book() -> None:
    """The origin's numbers: best ask - best bid, VWAP over 20 levels a side, and the middle of the two."""
    path = capture_path("golden/depth20/derived_depth20_btcusdt.json.gz")
    results = json.loads(gzip.decompress(path.read_bytes()))
    rows = {row[0]: dict(zip(results["columns"], row, strict=True)) for row in results["rows"]}
    lock = BookLock()
    entry = BookStatus("one", lock)
    entry.book, entry.state = OrderBook(2, 8, lock=lock), 3
    view = ConsolidatedView("BTC/USDT", [entry], levels=20, vwap_levels=20)
    compared = 0
    for line, record in enumerate(records("binance_spot/derived_depth20_btcusdt.jsonl.gz")):
        data = json.loads(record["d"])["data"]
        entry.book.load(data["bids"], data["asks"])
        view.refresh()
        row = rows[line]
        decimals, *vwaps = view.vwap_prices()
        assert view.spread is not None
        assert Decimal(view.spread).scaleb(-view.price_decimals) == Decimal(row["spread"])
        keys = ("bid_vwap20", "ask_vwap20", "price=(bid_vwap+ask_vwap)/2")
        assert [Decimal(value or 0).scaleb(-decimals) for value in vwaps] == [Decimal(row[key]) for key in keys]
        exact = [Fraction(side.notional, side.size * 100) for side in (view.bid_vwap, view.ask_vwap)]
        assert half_even((exact[0] + exact[1]) / 2, decimals) == Decimal(row[keys[2]])
        compared += 1
    assert compared == len(rows)
