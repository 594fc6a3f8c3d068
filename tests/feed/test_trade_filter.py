"""Each trade once, whichever connection brings it."""

from __future__ import annotations

from server.feed.trade_filter import TradeFilter


def test_first_bringer_counts() -> None:
    trades = TradeFilter()
    assert [trades.first("a", number) for number in "1223"] == [True, True, False, True]
    assert trades.first("b", "1"), "ids are a stream's own"
    assert not trades.first("a", "1")


def test_memory_is_bounded() -> None:
    trades = TradeFilter(remembered=3)
    for number in range(10):
        assert trades.first("a", str(number))
    assert not trades.first("a", "7")
    assert trades.first("a", "6"), "long ago"
