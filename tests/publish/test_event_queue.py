"""What waits for a thread: bounded, in order, and no loss is silent."""

from __future__ import annotations

import sys
import threading
from decimal import Decimal

from orderbook_ext import BookUpdate
from server.market.feed_listener import FeedListener, MarketListener
from server.market.market import Market
from server.model import Pair, Side, Trade, TradeGap
from server.protocol.candle_source import OpenInterest
from server.publish.event_queue import EventQueue, FeedEvent

MARKET = Market(Pair("BTC", "USDT"), ("alpha", "beta"), lambda _: None)


def trade(number: int, venue: str = "alpha") -> FeedEvent:
    made = Trade("X", str(number), Decimal(1), Decimal(1), Side.BUY, 1)
    return FeedEvent(FeedListener.trade, MARKET, (venue, made, number))


def gap(missing: int) -> FeedEvent:
    return FeedEvent(FeedListener.trade_gap, MARKET, ("alpha", TradeGap("1", "9", missing), 1))


def lost_of(events: list[FeedEvent]) -> list[tuple[str, TradeGap, int]]:
    assert all(each.method is FeedListener.trade_gap for each in events)
    return [each.arguments for each in events]


def test_what_fits_is_taken_in_order_and_once() -> None:
    pending = EventQueue(4)
    events = [trade(1), gap(3), trade(2, "beta")]
    for event in events:
        pending.put(event)
    assert pending.take() == (events, [])
    assert pending.take() == ([], [])


def test_how_many_wait() -> None:
    queue = EventQueue(2)
    assert len(queue) == 0
    for number in range(3):
        queue.put(trade(number))
    assert len(queue) == 2, "what did not fit does not wait"
    queue.take()
    assert len(queue) == 0


def test_what_does_not_fit_is_one_gap_a_venue() -> None:
    pending = EventQueue(1)
    for event in (trade(1), trade(2), trade(3, "beta"), trade(4), gap(5)):
        pending.put(event)
    events, lost = pending.take()
    assert events == [trade(1)]
    assert lost_of(lost) == [("alpha", TradeGap("", "", 7), 2), ("beta", TradeGap("", "", 1), 3)]
    pending.put(trade(6))
    assert pending.take() == ([trade(6)], []), "there is room again"


def test_coverage_and_what_comes_and_goes_is_never_lost() -> None:
    pending = EventQueue(1)
    heard = [FeedEvent(FeedListener.trade_coverage, MARKET, ("alpha", complete, 1)) for complete in (False, True)]
    gone = [
        FeedEvent(MarketListener.venue_removed, MARKET, ("beta",)),
        FeedEvent(MarketListener.market_removed, MARKET),
    ]
    for event in (trade(1), heard[0], trade(2), heard[1], *gone):
        pending.put(event)
    events, lost = pending.take()
    assert events == [trade(1), *heard, *gone]
    assert lost_of(lost) == [("alpha", TradeGap("", "", 1), 2)]


def test_of_open_interest_that_does_not_fit_the_newest_is_kept() -> None:
    pending = EventQueue(0)
    said = [
        FeedEvent(FeedListener.open_interest, MARKET, (venue, OpenInterest(Decimal(number), number), 0))
        for number, venue in enumerate(("alpha", "beta", "alpha"))
    ]
    for event in said:
        pending.put(event)
    assert pending.take() == ([], [said[2], said[1]])
    assert pending.take() == ([], [])


def test_of_book_updates_that_do_not_fit_the_count_is_left() -> None:
    pending, update = EventQueue(1), BookUpdate(0, 1, 2, 3, 0, 0, (), ())
    told = [
        FeedEvent(MarketListener.book_updates, MARKET, ("alpha", [update] * count, lost))
        for count, lost in ((1, 0), (2, 0), (3, 4))
    ]
    for event in told:
        pending.put(event)
    assert pending.take() == (told[:1], [FeedEvent(MarketListener.book_updates, MARKET, ("alpha", (), 9))])


def test_a_lost_gap_of_unknown_width_stays_unknown() -> None:
    pending = EventQueue(0)
    for event in (trade(1), gap(0), trade(2)):
        pending.put(event)
    assert lost_of(pending.take()[1]) == [("alpha", TradeGap("", "", 0), 1)]


def test_nothing_is_lost_or_moved_between_threads() -> None:
    """Each number put by a thread is either taken in its place, or counted by the gap that stands in its place."""
    pending, each = EventQueue(50), 3000
    venues = ("alpha", "beta")

    def put(venue: str) -> None:
        for number in range(each):
            pending.put(trade(number, venue))

    threads = [threading.Thread(target=put, args=(venue,)) for venue in venues]
    following: dict[str, int] = dict.fromkeys(venues, 0)

    def take() -> None:
        events, lost = pending.take()
        for one in (*events, *lost):
            venue, what, _ = one.arguments
            if isinstance(what, TradeGap):
                following[venue] += what.missing
            else:
                assert int(what.trade_id) == following[venue]
                following[venue] += 1

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
