"""Candles of ingesters in the place of the server's own: which of them counts, and what is built of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from server.analytics.candles.candle import Candle, CandleSource, CandleState, Fill, Said
from server.analytics.candles.candle_set import CandleSet
from server.analytics.candles.published import PATIENCE
from server.analytics.intervals import Interval
from server.model import Side, Trade
from server.units import SECOND

START = 1_795_000_020 * SECOND
ONE, FIVE = Interval.parse("1s"), Interval.parse("5s")
COMPLETE, BEGAN, GAP = CandleState.COMPLETE, CandleState.PARTIAL_START, CandleState.PARTIAL_GAP


def candle(
    second: int, trades: int = 2, *, state: CandleState = COMPLETE, epoch: int = 1, revision: int = 0,
    interval: Interval = ONE,
) -> Candle:  # fmt: skip
    """With this number of trades at a price of 100 + second."""
    opened = START + second * SECOND
    price = Decimal(100 + second) if trades else None
    return Candle(
        interval, opened, interval.next(opened), price, price, price, price, Decimal(trades), Decimal(trades * 100),
        trades, state, CandleSource.TRADES, revision, said=Said(epoch, revision, ("a",), ()),
    )  # fmt: skip


def edge(reach: int = 5, *intervals: Interval) -> CandleSet:
    return CandleSet(intervals or (ONE, FIVE), started=START, keep=20, reach=reach * SECOND)


def trade(at: float, number: int = 1, price: int = 50) -> Trade:
    return Trade("S", str(number), Decimal(price), Decimal(1), Side.BUY, START + int(at * SECOND))


def told(candles: list[Candle]) -> list[tuple[str, int, int | None, int, CandleState]]:
    return [
        (each.interval.name, (each.open_time - START) // SECOND, each.trades, each.revision, each.state)
        for each in candles
    ]


def test_an_ingesters_candle_stands_in_place_of_the_trades_that_were_received() -> None:
    made = edge()
    made.trade(trade(0.5))
    made.trade(trade(1.5, 2))
    assert told(made.publish(candle(0, 7))[-1:]) == [("1s", 0, 7, 0, COMPLETE)]
    made.trade(trade(0.9, 3))
    assert made.advance(START + 2 * SECOND) == [], "the trade is in the ingester's candle"
    newest = made.latest(FIVE)
    assert (newest.trades, newest.open, newest.close) == (8, Decimal(100), Decimal(50))


def test_what_no_ingester_publishes_in_time_is_closed_here_and_corrected_when_it_comes() -> None:
    made = edge()
    made.trade(trade(10.5))
    made.publish(candle(9))
    assert not any(each.interval is ONE for each in made.advance(START + 10 * SECOND + PATIENCE))
    closed = made.advance(START + 13 * SECOND + PATIENCE)
    assert ("1s", 10, 1, 0, COMPLETE) in told(closed)
    late = made.publish(candle(10, 4, state=GAP))
    assert told(late) == [("1s", 10, 4, 1, GAP)], "its revision rises"
    corrected = made.advance(START + 14 * SECOND + PATIENCE)
    assert ("1s", 14, 0, 0, COMPLETE) in told(made.advance(START + 17 * SECOND + PATIENCE)), "nobody is waited for"
    assert all(each.interval is ONE for each in corrected)


def test_of_one_ingester_the_highest_revision_counts_and_of_several_the_first_complete_candle() -> None:
    made = edge()
    made.publish(candle(0, 1, state=GAP))
    assert made.publish(candle(0, 1, state=GAP)) == [], "it came before"
    assert told(made.publish(candle(0, 2, state=GAP, revision=1))) == [("1s", 0, 2, 1, GAP)]
    assert made.publish(candle(0, 9, state=GAP, epoch=2, revision=5)) == [], "no better than what is known"
    assert told(made.publish(candle(0, 3, epoch=2))) == [("1s", 0, 3, 2, COMPLETE)]
    assert made.publish(candle(0, 4, epoch=1, revision=2)) == []


def test_an_ingester_that_began_within_the_candle_does_not_replace_a_complete_one() -> None:
    made = edge()
    made.publish(candle(9))
    made.trade(trade(10.2))
    made.trade(trade(10.8, 2))
    assert told(made.publish(candle(10, 1, state=BEGAN, epoch=2))) == [("1s", 10, 2, 0, COMPLETE)]
    assert told(made.publish(candle(11, 1, state=BEGAN, epoch=2))) == [("1s", 11, 0, 0, COMPLETE)]


def test_intervals_that_the_ingester_left_out_are_closed_before_its_next_candle() -> None:
    made = edge()
    made.publish(candle(9))
    made.lost(START + 11 * SECOND)
    made.trade(trade(10.2))
    closed = told(made.publish(candle(13)))
    assert closed == [
        ("1s", 10, 1, 0, COMPLETE), ("1s", 11, 0, 0, GAP), ("1s", 12, 0, 0, GAP), ("1s", 13, 2, 0, COMPLETE),
    ]  # fmt: skip


def test_the_past_completes_candles_in_progress_and_what_is_missing_in_it_is_no_complete_candle() -> None:
    made = edge(1)
    made.load_published([candle(number) for number in (-8, -7, -5, -4, -3, -2)])
    found = made.candles(ONE, 0, 2**62, 100, Fill.NULL)
    assert told(found) == [
        ("1s", number, 0 if number == -6 else 2, 0, GAP if number == -6 else COMPLETE) for number in range(-8, -1)
    ]
    before = made.candles(FIVE, 0, 2**62, 100, Fill.NULL)
    assert before == [], "the candle is in progress"
    made.trade(trade(-0.5))
    assert made.candles(FIVE, START - 5 * SECOND, START, 1, include_open=True)[0].trades == 9


def test_a_long_candle_follows_a_correction_of_its_part_unless_it_is_published_too() -> None:
    made = edge()
    for number in range(-5, 6):
        made.publish(candle(number))
    made.publish(candle(-5, 10, interval=FIVE))
    made.publish(candle(0, 10, interval=FIVE))
    assert told(made.publish(candle(2, 5, revision=1))) == [("1s", 2, 5, 1, COMPLETE)]
    made.publish(candle(5, 6, revision=1))
    assert made.latest(FIVE).trades == 6
    assert made.candles(FIVE, START, START + SECOND, 1)[0].trades == 10, "the ingester will correct its own"


def test_intervals_that_nobody_publishes_are_built_of_those_that_are() -> None:
    made = edge()
    for number in range(-5, 6):
        made.publish(candle(number))
    closed: list[Candle] = []
    for tick in range(4 * 25):
        closed += made.advance(START + tick * SECOND // 4)
        if tick % 4 == 3:
            closed += made.publish(candle(6 + tick // 4))
    assert [each.trades for each in closed if each.interval is FIVE and each.open_time > START] == [10] * 3
    assert {each.state for each in closed if each.open_time > START} == {COMPLETE}


def test_candles_of_the_future_and_of_other_times_are_left_out() -> None:
    made = edge()
    assert made.publish(candle(3600)) == []
    odd = candle(0)
    assert made.publish(replace(odd, open_time=odd.open_time + 1)) == []
    assert made.publish(replace(odd, state=CandleState.OPEN)) == []
    assert made.publish(replace(odd, interval=Interval.parse("1m"))) == []
