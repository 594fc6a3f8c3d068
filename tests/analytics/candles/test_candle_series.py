"""One interval's slots: what is kept, closed, corrected and summed, without the set of candles around them."""

from __future__ import annotations

from decimal import Decimal

from server.analytics.candles.candle import CandleState, Fill
from server.analytics.candles.candle_series import GAP_WITHIN, STARTED_WITHIN, CandleSeries, Slot
from server.analytics.candles.ohlcv_sum import OhlcvSum
from server.units import SECOND

from ..model import NOON, intervals, trade

MINUTE, FIVE = intervals("1m", "5m")
FIRST = MINUTE.number(NOON)


def series(keep: int = 10, started: float = 0) -> CandleSeries:
    return CandleSeries(MINUTE, keep, NOON + int(started * SECOND))


def sums(seconds: float, price: str, size: str = "1") -> OhlcvSum:
    """Of one trade."""
    each = trade(seconds, price, size)
    return OhlcvSum.of_trade(each.exchange_time, "a", each.trade_id, each.price, each.size)


def add(target: CandleSeries, seconds: float, price: str, size: str = "1") -> None:
    """A trade into the open slot of its time."""
    target.opened(target.interval.number(NOON + int(seconds * SECOND))).merge(sums(seconds, price, size))


def close(target: CandleSeries, seconds: float, lost: int | None = None) -> list[tuple[int, Slot]]:
    """What ends up to that second."""
    return list(target.close(NOON + int(seconds * SECOND), lost, lambda _time: None))


def closes(target: CandleSeries, fill: Fill, start: float = 0, end: float = 600, limit: int = 99) -> list[str]:
    """Of the candles that open in a range of seconds."""
    found = target.read(NOON + int(start * SECOND), NOON + int(end * SECOND), limit, fill, None)
    return [str(each.close) for each in found]


def test_intervals_without_trades_are_closed_too_and_share_a_slot() -> None:
    made = series()
    add(made, 70, "10")
    closed = close(made, 240)
    assert [number - FIRST for number, _ in closed] == [0, 1, 2, 3]
    assert closed[0][1] is closed[2][1] is closed[3][1]
    assert closed[0][1].shared
    assert made.due == NOON + 300 * SECOND
    own = made.own(FIRST + 2)
    assert own is not closed[2][1], "what is changed is a copy"
    assert not own.shared
    assert made.dirty == {FIRST + 2}


def test_the_interval_of_the_start_and_those_of_a_loss_say_so() -> None:
    made = series(started=30)
    lost = NOON + 130 * SECOND
    flags = [slot.flags for _, slot in close(made, 240, lost)]
    assert flags == [STARTED_WITHIN, 0, GAP_WITHIN, GAP_WITHIN]
    states = [made.candle(FIRST + number).state for number in range(3)]
    assert states == [CandleState.PARTIAL_START, CandleState.COMPLETE, CandleState.PARTIAL_GAP]


def test_what_is_more_than_is_kept_is_forgotten_but_its_last_price() -> None:
    made = series(keep=2)
    add(made, 10, "10")
    close(made, 60)
    assert made.last_traded() == (NOON, Decimal(10))
    close(made, 240)
    assert (made.first - FIRST, made.closed - FIRST, len(made.slots)) == (2, 4, 2)
    assert made.kept(FIRST) is None
    assert made.last_traded() == (0, Decimal(10))
    assert made.close_before(FIRST + 3) == Decimal(10)


def test_a_clock_that_jumps_costs_no_slot_per_interval() -> None:
    made = series(keep=3)
    add(made, 10, "10")
    closed = close(made, 10**6)
    assert [number - FIRST for number, _ in closed][:1] == [0], "one with trades is told though it is not kept"
    assert len(closed) == 1 + 3
    assert made.close_before(made.first) == Decimal(10)


def test_reading_fills_what_is_empty_and_stops_at_the_limit() -> None:
    made = series()
    add(made, 10, "10")
    add(made, 130, "12")
    close(made, 240)
    assert closes(made, Fill.NONE) == ["10", "12"]
    assert closes(made, Fill.NULL) == ["10", "None", "12", "None"]
    assert closes(made, Fill.PREVIOUS) == ["10", "10", "12", "12"]
    assert closes(made, Fill.PREVIOUS, start=60) == ["10", "12", "12"], "the price before the range fills it"
    assert closes(made, Fill.NULL, start=1, end=180, limit=1) == ["None"], "begins with what opens in the range"
    assert closes(made, Fill.NULL, start=60, end=120) == ["None"]


def test_open_slots_are_read_up_to_the_newest_time() -> None:
    made = series()
    add(made, 10, "10")
    found = made.read(NOON, NOON + 600 * SECOND, 9, Fill.NONE, NOON + 59 * SECOND)
    assert [(each.state, each.close) for each in found] == [(CandleState.OPEN, Decimal(10))]
    assert made.read(NOON, NOON + 600 * SECOND, 9, Fill.NONE, None) == []
    assert made.holds_trades
    close(made, 60)
    assert not made.holds_trades


def test_a_longer_interval_is_the_sum_of_closed_and_open_parts() -> None:
    made, five = series(), CandleSeries(FIVE, 10, NOON)
    five.source = made
    number = five.closed
    assert five.whole(number) is None, "no part of it is closed"
    add(made, 10, "10")
    for _, slot in close(made, 120):
        if slot.sums is not None:
            five.opened(number).merge(slot.sums)
    add(made, 130, "13", "2")
    gathered = five.gathered(number)
    assert gathered is not None
    assert (gathered.open, gathered.close, gathered.volume, gathered.trades) == (10, 13, 3, 2)
    whole = five.whole(number)
    assert whole is not None
    assert whole.sums is not None
    assert (whole.sums.close, whole.sums.trades) == (10, 1), "only what is closed"
    assert five.whole(number + 1) is None
    assert made.whole(FIRST) is None, "it is made of trades"


def test_parts_before_the_server_listened_make_a_partial_start() -> None:
    made, five = series(started=90), CandleSeries(FIVE, 10, NOON + 90 * SECOND)
    five.source = made
    close(made, 300)
    whole = five.whole(five.listening)
    assert whole is not None
    assert whole.flags == STARTED_WITHIN


def test_what_is_put_before_is_kept_within_the_bound() -> None:
    made = series(keep=3)
    close(made, 120)
    slots = [Slot(sums=sums(second, price)) for second, price in ((-120, "8"), (-60, "9"))]
    made.put_before(slots)
    assert (made.first - FIRST, len(made.slots)) == (-1, 3)
    assert made.candle(FIRST - 1).close == Decimal(9)
    assert made.close_before(FIRST - 1) == Decimal(8)


def test_a_changed_slot_is_to_be_compared_again() -> None:
    made = series()
    close(made, 240)
    made.asked = made.closed
    made.changed(FIRST + 1)
    assert made.asked == FIRST + 1
    made.changed(FIRST + 2)
    assert made.asked == FIRST + 1, "the earliest counts"
