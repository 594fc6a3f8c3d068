"""What waits for the dispatcher: bounded, in order, and no loss is silent."""

from __future__ import annotations

import sys
import threading
from decimal import Decimal

from server.market.market import Market
from server.model import Pair, Side, Trade, TradeCoverage, TradeGap
from server.publish.pending import PendingEvent, PendingTrades

MARKET = Market(Pair("BTC", "USDT"), ("alpha", "beta"), lambda _: None)


def trade(number: int, venue: str = "alpha") -> PendingEvent:
    return PendingEvent(MARKET, venue, Trade("X", str(number), Decimal(1), Decimal(1), Side.BUY, 1), number)


def gap(missing: int) -> PendingEvent:
    return PendingEvent(MARKET, "alpha", TradeGap("1", "9", missing), 1)


def test_what_fits_is_taken_in_order_and_once() -> None:
    pending = PendingTrades(4)
    events = [trade(1), gap(3), trade(2, "beta")]
    for event in events:
        pending.put(event)
    assert pending.take() == (events, [])
    assert pending.take() == ([], [])


def test_what_does_not_fit_is_one_gap_a_venue() -> None:
    pending = PendingTrades(1)
    for event in (trade(1), trade(2), trade(3, "beta"), trade(4), gap(5)):
        pending.put(event)
    events, lost = pending.take()
    assert events == [trade(1)]
    assert [(each.venue, each.event, each.receive_time) for each in lost] == [
        ("alpha", TradeGap("", "", 7), 2),
        ("beta", TradeGap("", "", 1), 3),
    ]
    pending.put(trade(6))
    assert pending.take() == ([trade(6)], []), "there is room again"


def test_whether_trades_are_heard_is_never_lost() -> None:
    pending = PendingTrades(1)
    heard = [PendingEvent(MARKET, "alpha", TradeCoverage(whole), 1) for whole in (False, True)]
    for event in (trade(1), heard[0], trade(2), heard[1]):
        pending.put(event)
    events, lost = pending.take()
    assert events == [trade(1), *heard]
    assert [each.event for each in lost] == [TradeGap("", "", 1)]


def test_a_lost_gap_of_unknown_width_stays_unknown() -> None:
    pending = PendingTrades(0)
    for event in (trade(1), gap(0), trade(2)):
        pending.put(event)
    assert [each.event for each in pending.take()[1]] == [TradeGap("", "", 0)]


def test_nothing_is_lost_or_moved_between_threads() -> None:
    """Each number put by a thread is either taken in its place, or counted by the gap that stands in its place."""
    pending, each = PendingTrades(50), 3000
    venues = ("alpha", "beta")

    def put(venue: str) -> None:
        for number in range(each):
            pending.put(trade(number, venue))

    threads = [threading.Thread(target=put, args=(venue,)) for venue in venues]
    following: dict[str, int] = dict.fromkeys(venues, 0)

    def take() -> None:
        events, lost = pending.take()
        for one in (*events, *lost):
            if isinstance(one.event, TradeGap):
                following[one.venue] += one.event.missing
            else:
                assert isinstance(one.event, Trade)
                assert int(one.event.trade_id) == following[one.venue]
                following[one.venue] += 1

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            take()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    take()
    assert following == dict.fromkeys(venues, each)
