"""A venue's thread that fails is visible, and goes on."""

from __future__ import annotations

import threading

from server.feed.feed_options import FeedOptions
from server.feed.venue_feed import VenueFeed
from server.market.feed_listener import FeedListener
from server.market.market import Market
from server.model import Pair, VenueState
from server.protocol.venue import Endpoint
from server.venues.binance import Binance

ENOUGH = 30.0


def test_a_venue_thread_that_fails_is_seen_and_goes_on() -> None:
    pair = Pair("BTC", "USDT")
    market = Market(pair, ("binance",), lambda _market: None)
    options = FeedOptions(Endpoint("ws://127.0.0.1:9", "http://127.0.0.1:9"))
    feed = VenueFeed(Binance(), options, {pair: market}, FeedListener())
    seen: list[str] = []
    went_on = threading.Event()

    def report(_venue: str, state: VenueState, detail: str) -> None:
        assert state is VenueState.DOWN
        seen.append(detail)

    def connect_listed() -> None:
        if feed.thread.failures < 2:
            raise OverflowError("timestamp too large to convert to C PyTime_t")
        went_on.set()

    market.report = report  # type: ignore[method-assign, assignment]
    feed._connect_listed = connect_listed  # type: ignore[method-assign]
    feed.start()
    feed.go()
    assert went_on.wait(ENOUGH)
    assert seen.count("internal error in venue-binance, see the log (OverflowError)") == 2
    assert "internal error" in feed.thread.trouble
    feed.stop()
    feed.join(ENOUGH)
    assert feed.thread.failures == 2
    assert not feed.thread.is_alive()
