"""The venue of posts as the registry uses it: tickers, markets that come and go, its thread."""

from __future__ import annotations

from decimal import Decimal

import pytest

from server.market.market import Market
from server.model import Pair, Reach, Receipt, VenueState
from server.push.push_feed import PushFeed
from server.push.push_request import BookPost
from server.push.pushed_book import PUSH
from server.request_errors import RequestError
from server.units import SECOND
from tests.waiting import eventually

PAIRS = Pair("BTC", "USDT"), Pair("ETH", "USD"), Pair("ETHU", "SD")


def made(stale_after: float = 60.0) -> tuple[PushFeed, dict[Pair, Market]]:
    markets = {pair: Market(pair, [PUSH], lambda _market: None) for pair in PAIRS}
    return PushFeed(markets, stale_after), markets


def post(feed: PushFeed, ticker: str, monotonic: int = SECOND) -> Market:
    book = BookPost(ticker, [(Decimal(1), Decimal(1))], [(Decimal(2), Decimal(1))], 0)
    return feed.post(book, Receipt(1_796_000_000_000_000_000, monotonic))


@pytest.mark.parametrize("ticker", ["BTC/USDT", "BTC-USDT", "btcusdt", "BtcUsdt"])
def test_tickers(ticker: str) -> None:
    feed, markets = made()
    assert post(feed, ticker) is markets[PAIRS[0]]


def test_tickers_that_name_no_market_or_two() -> None:
    feed, _ = made()
    with pytest.raises(RequestError, match="this server has no market 'BTC/USD'; did you mean BTC/USDT"):
        post(feed, "BTC/USD")
    with pytest.raises(RequestError, match="may be ETH/USD or ETHU/SD: write it so"):
        post(feed, "ETHUSD")
    assert post(feed, "ETH/USD").name == "ETH/USD"


def test_the_thread_withdraws_what_is_old() -> None:
    feed, markets = made(0.1)
    entry = markets[PAIRS[0]].entries[PUSH]
    feed.start()
    try:
        assert feed.discovered.is_set()
        assert entry.state == VenueState.CONNECTING
        post(feed, "BTCUSDT")  # A long time ago.
        eventually(lambda: entry.state == VenueState.STALE)
        assert [thread.trouble for thread in feed.threads] == [""]
    finally:
        feed.stop()
        feed.join(60)
    assert not feed.threads[0].is_alive()


def test_commands_and_markets_that_come_and_go() -> None:
    feed, markets = made()
    btc, eth, _ = PAIRS
    feed.go()
    assert {listing.reach for listing in feed.listings.values()} == {Reach.LISTED}
    assert not feed.resync(btc)
    post(feed, "BTCUSDT")
    assert feed.resync(btc)
    assert feed.reconnect(None) == feed.connections == 0
    feed.pause(None)
    assert {market.entries[PUSH].state for market in markets.values()} == {VenueState.HALTED}
    feed.resume(eth)
    assert markets[eth].entries[PUSH].state == VenueState.CONNECTING
    assert markets[btc].entries[PUSH].state == VenueState.HALTED
    new = Market(Pair("SOL", "USDT"), [PUSH], lambda _market: None)
    assert feed.add(new).reach is Reach.LISTED
    assert post(feed, "SOLUSDT") is new
    feed.remove(new.pair)
    assert new.pair not in feed.listings
    assert not feed.resync(new.pair)
    with pytest.raises(RequestError, match="has no market"):
        post(feed, "SOLUSDT")


def test_what_there_is_of_websockets() -> None:
    feed, _ = made()
    assert (feed.venue.NAME, feed.venue.TITLE) == (PUSH, "Push")
    assert feed.received == (0, 0)
    feed.look(0)
