"""Our clock is fast, slow or set in the middle: a candle is told complete once, with all its trades."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.analytics.candles.aggregator import CandleAggregator
from server.analytics.candles.candle import Candle, CandleState
from server.analytics.candles.candle_set import CandleSet
from server.analytics.candles.resume import ALL
from server.analytics.settings import AnalyticsSettings
from server.model import Side, Trade
from server.units import SECOND
from tests.volume import examples

from ..model import NOON, intervals, model, numbers

TICK = SECOND // 4
MINUTE = 60 * SECOND
SPAN = 300 * SECOND


def run(
    candles: CandleSet, skew: float, step: float, rate: float, delay: float, seed: int, spare: float = 0.0
) -> tuple[list[Trade], dict[int, list[Candle]]]:
    """Trades and clock of five minutes; `step` is what our clock is put forward by after 130 s."""
    chance = random.Random(seed)
    trades: list[Trade] = []
    coming: list[tuple[int, Trade]] = []
    time = NOON
    while time < NOON + SPAN:
        time += int(chance.expovariate(rate) * SECOND)
        trades.append(Trade("S", str(len(trades)), Decimal(100 + len(trades) % 7), Decimal(1), Side.BUY, time))
        coming.append((time + int((spare + chance.random() * delay) * SECOND), trades[-1]))
    coming.sort(key=lambda each: each[0])
    told: dict[int, list[Candle]] = {}
    for true in range(NOON + TICK, NOON + SPAN + MINUTE, TICK):
        while coming and coming[0][0] <= true:
            candles.trade(coming.pop(0)[1])
        ours = true + int((skew + (step if true > NOON + 130 * SECOND else 0)) * SECOND)
        for each in candles.advance(ours):
            if each.interval.name == "1m":
                told.setdefault(each.open_time, []).append(each)
    return trades, told


def require_once(trades: list[Trade], told: dict[int, list[Candle]], interval: object) -> None:
    expected = model(trades, interval)  # type: ignore[arg-type]
    for open_time in range(NOON + MINUTE, NOON + SPAN, MINUTE):
        found = told[open_time]
        assert len(found) == 1, [(each.revision, each.trades) for each in found]
        assert found[0].state is CandleState.COMPLETE or found[0].state is CandleState.PARTIAL_START
        assert numbers(found[0]) == expected[open_time]


@pytest.mark.slow
@pytest.mark.parametrize("skew", [-120, -30, -2.5, 0, 1, 2.5, 5, 30, 120])
def test_candles_close_by_the_venues_time(skew: float) -> None:
    candles = CandleSet(intervals("1m", "5m"), started=NOON + int(skew * SECOND))
    trades, told = run(candles, skew, 0, 10, 0.2, 1)
    require_once(trades, told, candles.intervals[0])
    assert candles.too_late == 0, "trades of the start are not dropped"
    if skew <= 0:
        assert told[NOON + 2 * MINUTE][0].state is CandleState.COMPLETE


@pytest.mark.slow
@pytest.mark.parametrize("step", [-60, -5, -1, 1, 5, 30, 60])
@pytest.mark.parametrize("skew", [0, 30])
def test_a_clock_that_is_set_in_the_middle(skew: float, step: float) -> None:
    candles = CandleSet(intervals("1m"), started=NOON + int(skew * SECOND))
    require_once(*run(candles, skew, step, 10, 0.2, 1), candles.intervals[0])


@given(
    st.floats(-170, 170),
    st.sampled_from([0.0, 0.0, 3.0, 20.0, -20.0]),
    st.floats(3, 30),
    st.floats(0, 0.8),
    st.integers(0, 2**32),
)
@settings(max_examples=examples(30), deadline=None)
def test_any_skew_delay_and_rate(skew: float, step: float, rate: float, delay: float, seed: int) -> None:
    if abs(skew + step) > 170:
        step = 0
    candles = CandleSet(intervals("1m"), started=NOON + int(skew * SECOND))
    require_once(*run(candles, skew, step, rate, delay, seed, spare=delay / 2), candles.intervals[0])


def test_an_implausible_time_neither_closes_nor_holds_back() -> None:
    candles = CandleSet(intervals("1m"), started=NOON)
    told: list[Candle] = []
    for tick in range(4 * 130):
        now = NOON + tick * TICK
        candles.trade(Trade("S", str(tick), Decimal(100), Decimal(1), Side.BUY, now - (SECOND // 10 if tick else 0)))
        if tick == 100:
            candles.trade(Trade("S", "fast", Decimal(100), Decimal(1), Side.BUY, now + 50 * SECOND))
            candles.trade(Trade("S", "slow", Decimal(100), Decimal(1), Side.BUY, now - 3000 * SECOND))
        told += candles.advance(now)
        if tick == 4 * 61:
            assert told == [], "the fast one closes nothing"
    assert [(each.open_time, each.revision) for each in told] == [(NOON, 0), (NOON + MINUTE, 0)]


@pytest.mark.slow
@pytest.mark.parametrize("skews", [(0.0, 5.0), (-40.0, 30.0), (2.0, 3.0)])
def test_venues_of_different_clocks(skews: tuple[float, float]) -> None:
    """Our clock less each venue's; the candles of all close when the slowest venue's time is over."""
    minute = intervals("1m")
    ours = NOON + 200 * SECOND
    desk = CandleAggregator(("a", "b"), AnalyticsSettings(intervals=tuple(minute)), ours)
    for venue in ("a", "b"):
        desk.listening(venue, ours)
    told: dict[tuple[str, int], list[Candle]] = {}
    trades: dict[str, list[Trade]] = {"a": [], "b": []}
    for tick in range(4 * 300):
        now = ours + tick * TICK
        for venue, skew in zip(("a", "b"), skews, strict=True):
            time = now - int(skew * SECOND) - SECOND // 10
            trades[venue].append(Trade("S", f"{tick}", Decimal(100), Decimal(1), Side.BUY, time))
            desk.trade(venue, trades[venue][-1])
        for venue, candle in desk.advance(now):
            told.setdefault((venue, candle.open_time), []).append(candle)
    end = ours + 300 * SECOND - int((max(skews) + 4) * SECOND)
    begin = minute[0].floor(ours + int((max(0, -min(skews)) + 63) * SECOND)) + MINUTE
    for venue, expected in (("a", trades["a"]), ("b", trades["b"]), (ALL, [*trades["a"], *trades["b"]])):
        counts = {open_time: each.trades for open_time, each in model(expected, minute[0]).items()}
        for open_time in range(begin, end - MINUTE, MINUTE):
            found = told[venue, open_time]
            assert [(each.state, each.trades) for each in found] == [(CandleState.COMPLETE, counts[open_time])], venue


def test_one_venue_from_another_hour_holds_nobody_back() -> None:
    candles, told = CandleSet(intervals("1m"), started=NOON), []
    for tick in range(4 * 200):
        now = NOON + tick * TICK
        for venue, behind in (("a", 0), ("b", SECOND), ("old", 3600 * SECOND)):
            candles.trade(Trade("S", str(tick), Decimal(100), Decimal(1), Side.BUY, now - behind), venue)
        told += candles.advance(now)
    assert [each.revision for each in told if each.open_time >= NOON] == [0, 0, 0]
    assert candles.ahead("old") == 3600 * SECOND


def test_books_tell_the_clock_where_trades_are_rare() -> None:
    """Our clock is 30 s fast, and the first trade comes after minutes: it is in a candle that was not told before."""
    candles = CandleSet(intervals("1m"), started=NOON)
    told: list[Candle] = []
    for tick in range(4 * 200):
        now = NOON + tick * TICK
        candles.seen("", 30 * SECOND + SECOND // 10, now)
        if tick == 4 * 180:
            candles.trade(Trade("S", "1", Decimal(100), Decimal(1), Side.BUY, now - 30 * SECOND - SECOND // 10))
        told += candles.advance(now)
    assert [(each.trades, each.revision) for each in told] == [(0, 0), (0, 0)]
    assert candles.ahead("") == 30 * SECOND + SECOND // 10
