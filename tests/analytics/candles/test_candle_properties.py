"""Candles equal what is worked out from all trades at once, whatever happens on the way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from server.analytics.candles.candle import Candle, CandleSource, CandleState, Fill
from server.analytics.candles.candle_set import CandleSet
from server.analytics.intervals import Interval
from server.model import Side, Trade
from server.protocol.candle_source import Candle as VenueCandle
from server.units import SECOND
from tests.volume import examples

from ..model import NOON, intervals, model, numbers, venue_candles

NAMES = ["1s", "5s", "7s", "15s", "1m", "2m", "3m", "5m", "1h", "1d", "1w", "1mo"]
SPAN = 600
END = NOON + 40 * 86_400 * SECOND
LEVELS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=6, unique=True)
TRADE = st.builds(
    lambda time, price, size, trade_id: Trade(
        "S", str(trade_id), Decimal(price).scaleb(-2), Decimal(size).scaleb(-3), Side.BUY, NOON + time * SECOND // 10
    ),
    # Few times and prices, so that ties are common.
    st.integers(0, SPAN * 10 - 1),
    st.integers(1, 30),
    st.integers(0, 1000),
    st.integers(1, 400),
)
TRADES = st.lists(TRADE, max_size=60, unique_by=lambda each: each.trade_id)


@dataclass
class Follower:
    """A reader of everything that is told, as a database would keep it."""

    seen: dict[tuple[str, int], Candle]

    def take(self, told: list[Candle]) -> None:
        order = [(each.close_time, each.interval.longest) for each in told]
        assert order == sorted(order)
        for each in told:
            before = self.seen.get((each.interval.name, each.open_time))
            assert each.revision == (0 if before is None else before.revision + 1)
            assert each.state is not CandleState.OPEN
            self.seen[each.interval.name, each.open_time] = each

    def of(self, interval: Interval) -> dict[int, Candle]:
        return {open_time: each for (name, open_time), each in sorted(self.seen.items()) if name == interval.name}


def step(candles: CandleSet, follower: Follower, until: int) -> None:
    """The clock goes on, by less than what is kept of any interval at a time."""
    now = max(candles._clocks.now, NOON)  # noqa: SLF001 - no answer shows it
    while now < until:
        now = min(until, now + 900 * SECOND)
        follower.take(candles.advance(now))


def check_numbers(candles: CandleSet, follower: Follower, trades: list[Trade], interval: Interval) -> None:
    expected = model(trades, interval)
    told = follower.of(interval)
    assert {open_time: numbers(each) for open_time, each in told.items() if not each.empty} == expected
    kept = candles.candles(interval, 0, END * 2, 10**6)
    assert kept == [told[each.open_time] for each in kept]
    assert [each.open_time for each in kept] == [open_time for open_time in expected if told[open_time]]
    every = candles.candles(interval, 0, END * 2, 10**6, Fill.NULL)
    assert [each.close_time for each in every[:-1]] == [each.open_time for each in every[1:]], "no holes"


@given(
    LEVELS, TRADES, st.randoms(use_true_random=False), st.lists(st.integers(0, SPAN + 20), max_size=6), st.booleans()
)
@settings(max_examples=examples(200))
def test_any_order_of_arrival_with_duplicates_and_late_trades(
    names: list[str], trades: list[Trade], chance: object, clock: list[int], fast: bool
) -> None:
    arrivals: list[Trade | int] = [*trades, *trades[::3], *(NOON + second * SECOND for second in sorted(clock))]
    chance.shuffle(arrivals)  # type: ignore[attr-defined]
    candles = CandleSet(intervals(*names), started=NOON, keep=5000)
    follower = Follower({})
    for each in arrivals:
        if isinstance(each, int):
            # Our clock may be fast or slow by minutes.
            follower.take(candles.advance(each + (300 if fast else -300) * SECOND))
        else:
            candles.trade(each)
    step(candles, follower, NOON + 3602 * SECOND)
    for interval in candles.intervals:
        latest = candles.latest(interval)
        inside = [each for each in trades if interval.floor(each.exchange_time) == latest.open_time]
        assert latest.trades == len(inside)
    assert (candles.too_late, candles.too_early, candles.refused) == (0, 0, 0)
    assert candles.duplicates == len(trades[::3])
    for interval in candles.intervals:
        if interval.longest <= 3600 * SECOND:
            check_numbers(candles, follower, trades, interval)
            for open_time, candle in follower.of(interval).items():
                within = open_time < NOON  # Not every length begins at NOON.
                assert candle.state is (CandleState.PARTIAL_START if within else CandleState.COMPLETE)


@given(LEVELS, TRADES, st.lists(st.tuples(st.integers(0, SPAN), st.integers(0, 130), st.integers(0, SPAN)), max_size=4))
def test_gaps_mark_exactly_what_they_touch(
    names: list[str], trades: list[Trade], gaps: list[tuple[int, int, int]]
) -> None:
    """(begin, length, when it is noticed) in seconds."""
    candles = CandleSet(intervals(*names), started=NOON + 50 * SECOND, keep=5000)
    follower = Follower({})
    noticed = sorted(gaps, key=lambda gap: max(gap[0] + gap[1], gap[2]))
    for each in trades:
        candles.trade(each)
    for begin, length, when in noticed:
        follower.take(candles.advance(NOON + max(begin + length, when) * SECOND))
        candles.gap(NOON + begin * SECOND, NOON + (begin + length) * SECOND)
    step(candles, follower, NOON + 1200 * SECOND)
    for interval in candles.intervals:
        for open_time, candle in follower.of(interval).items():
            touched = any(
                NOON + begin * SECOND < candle.close_time
                and NOON + (begin + length) * SECOND >= max(open_time, candles._begin)  # noqa: SLF001 - no answer shows it
                for begin, length, _ in gaps
            )
            if touched:
                assert candle.state is CandleState.PARTIAL_GAP, (interval, open_time)
            elif open_time < NOON + 50 * SECOND:
                assert candle.state is CandleState.PARTIAL_START
            else:
                assert candle.state is CandleState.COMPLETE


@given(TRADES, st.integers(0, SPAN), st.integers(0, SPAN), st.integers(0, 100), st.randoms(use_true_random=False))
def test_after_a_start_in_the_middle_and_a_gap_the_venues_candles_heal_everything(
    trades: list[Trade], started: int, gap: int, length: int, chance: object
) -> None:
    """A restart: what was before is history, what was missed is replaced, and longer candles follow."""
    names = ["1m", "5m", "1h"]
    # A venue's candle does not tell whether a trade without a size is missing.
    trades = [replace(each, size=each.size + 1) for each in trades]
    start, missing = NOON + started * SECOND, (NOON + gap * SECOND, NOON + (gap + length) * SECOND)
    candles = CandleSet(intervals(*names), started=start, keep=5000)
    follower = Follower({})
    minute, five, hour = candles.intervals
    candles.load(minute, with_flat(trades, minute, NOON, minute.floor(start)))
    seen = [
        each for each in trades if each.exchange_time >= start and not missing[0] <= each.exchange_time <= missing[1]
    ]
    chance.shuffle(seen)  # type: ignore[attr-defined]
    for each in seen:
        candles.trade(each)
        if chance.random() < 0.2:  # type: ignore[attr-defined]
            follower.take(candles.advance(each.exchange_time))
    candles.gap(*missing)
    step(candles, follower, NOON + 1500 * SECOND)
    asked = candles.unreconciled(minute, NOON + 1500 * SECOND)
    assert asked is not None
    answer = with_flat(trades, minute, *asked)
    follower.take(candles.compare(minute, answer, NOON + 1500 * SECOND))
    assert candles.unreconciled(minute, NOON + 1500 * SECOND) is None
    step(candles, follower, NOON + 3700 * SECOND)
    for interval, least in ((minute, start), (five, start), (hour, NOON)):
        expected = model(trades, interval)
        for open_time, candle in follower.of(interval).items():
            if open_time < least - interval.longest:
                continue
            assert candle.state is CandleState.COMPLETE, (interval, open_time, candle)
            if candle.empty:
                assert open_time not in expected
            else:
                assert numbers(candle) == expected[open_time]
    for interval in (minute, five):
        kept = candles.candles(interval, NOON, NOON + SPAN * SECOND, 1000)
        known = {open_time: each for open_time, each in model(trades, interval).items() if open_time >= _oldest(kept)}
        assert {each.open_time: numbers(each) for each in kept} == known


def with_flat(trades: list[Trade], interval: Interval, start: int, end: int) -> list[VenueCandle]:
    """What a venue answers that writes empty intervals as flat candles."""
    known = {each.open_time: each for each in venue_candles(trades, interval)}
    flat = VenueCandle(0, Decimal(1), Decimal(1), Decimal(1), Decimal(1), Decimal(0), None, 0)
    return [
        known.get(open_time, replace(flat, open_time=open_time)) for open_time in range(start, end, interval.longest)
    ]


def _oldest(candles: list[Candle]) -> int:
    return candles[0].open_time if candles else END


@given(TRADES, TRADES)
def test_the_candles_of_all_venues_are_those_of_the_trades_of_all(one: list[Trade], other: list[Trade]) -> None:
    """Ids of two venues may be the same and are different trades."""
    both = CandleSet(intervals("1m"), started=NOON)
    for venue, trades in (("a", one), ("b", other)):
        for each in (*trades, *trades):
            both.trade(each, venue)
    both.advance(NOON + 1000 * SECOND)
    found = both.candles(both.intervals[0], 0, END, 1000)
    assert sum(each.trades or 0 for each in found) == len(one) + len(other)
    assert {each.source for each in found} <= {CandleSource.TRADES}
    volumes = {open_time: each.volume for open_time, each in model([*one, *other], both.intervals[0]).items()}
    assert {each.open_time: each.volume for each in found} == volumes
