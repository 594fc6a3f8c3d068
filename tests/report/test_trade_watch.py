"""TradeWatch: counts, latencies, gaps and complete time of the trades of one pair."""

from __future__ import annotations

from decimal import Decimal

from server.model import Side, Trade, TradeGap
from server.report.report_window import ReportWindow
from server.report.trade_watch import KEPT, TradeWatch


def trade(at: int) -> Trade:
    return Trade("S", "1", Decimal(1), Decimal(1), Side.BUY, at)


def watch(begin: int = 100, end: int = 200) -> TradeWatch:
    return TradeWatch(ReportWindow(begin, end))


def test_trades_of_the_window_count_with_their_latency() -> None:
    made = watch()
    made.trade(trade(80), 99)
    made.trade(trade(90), 110)
    made.trade(trade(0), 111)
    found = made.result()
    assert found.count == 2
    assert (found.latency.count, found.latency.p50_ns) == (1, 20)


def test_gaps_are_counted_and_the_first_are_named() -> None:
    made = watch()
    made.gap(TradeGap("1", "5", 3), 50)
    for number in range(KEPT + 5):
        made.gap(TradeGap("1", "5", 3 if number else 0), 110 + number)
    found = made.result()
    assert (found.gap_count, found.missing, len(found.gaps)) == (KEPT + 5, 3 * (KEPT + 4), KEPT)
    assert (found.gaps[0].time_ns, found.gaps[0].missing, found.gaps[0].after_id) == (110, 0, "1")


def test_complete_time_is_that_of_the_window() -> None:
    made = watch()
    made.coverage(True, 50)
    made.coverage(True, 60)
    made.coverage(False, 120)
    made.coverage(False, 130)
    made.coverage(True, 150)
    made.suspend(190)
    made.suspend(195)
    found = made.result()
    assert (found.covered_ns, found.interruptions) == (20 + 40, 1)


def test_an_interruption_before_the_window_is_none_of_it() -> None:
    made = watch()
    made.coverage(True, 10)
    made.coverage(False, 20)
    assert (made.result().covered_ns, made.result().interruptions) == (0, 0)
