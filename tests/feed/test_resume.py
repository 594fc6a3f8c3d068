"""What a resumed pair's state is at once: what holds, never the pause that is over."""

from __future__ import annotations

from decimal import Decimal

import pytest

from server.feed.feed_options import FeedOptions
from server.feed.venue_feed import VenueFeed
from server.market.feed_listener import FeedListener
from server.market.market import Market
from server.model import Instrument, Listing, Pair, Reach, VenueState
from server.protocol.venue import Endpoint
from server.venues import VENUES

BTC, ETH = Pair("BTC", "USDT"), Pair("ETH", "USDT")
NAME = "kraken"


def instrument(pair: Pair, trading: bool) -> Instrument:
    return Instrument(pair, str(pair), Decimal("0.1"), Decimal("0.1"), "online" if trading else "closed", trading)


LISTINGS = {
    "listed": (Listing(NAME, BTC, Reach.LISTED, instrument(BTC, True)), VenueState.CONNECTING, "resumed by command"),
    "not asked": (Listing(NAME, BTC, Reach.UNKNOWN), VenueState.CONNECTING, "resumed by command"),
    "halted": (Listing(NAME, BTC, Reach.LISTED, instrument(BTC, False)), VenueState.HALTED, "says closed"),
    "unreachable": (Listing(NAME, BTC, Reach.UNREACHABLE, detail="no way"), VenueState.DOWN, "no way"),
    "unlisted": (Listing(NAME, BTC, Reach.UNLISTED), VenueState.UNSUPPORTED, "does not list"),
}


@pytest.mark.parametrize("kind", LISTINGS)
@pytest.mark.parametrize("named", [True, False])
def test_the_state_is_the_one_that_holds(kind: str, named: bool) -> None:
    listing, state, words = LISTINGS[kind]
    markets = {pair: Market(pair, (NAME,), lambda _market: None) for pair in (BTC, ETH)}
    options = FeedOptions(Endpoint("ws://127.0.0.1:1", "http://127.0.0.1:1"))
    feed = VenueFeed(VENUES[NAME](), options, markets, FeedListener())
    feed.listings[BTC] = listing
    entry, other = markets[BTC].entries[NAME], markets[ETH].entries[NAME]
    feed.pause(BTC)
    if kind != "unlisted":
        assert (entry.state, entry.detail) == (VenueState.HALTED, "paused by command")
    markets[ETH].report(NAME, VenueState.STALE, "untouched")
    feed.resume(BTC if named else None)
    assert entry.state == state
    assert words in entry.detail
    assert (other.state, other.detail) == (VenueState.STALE, "untouched")
    before = entry.detail
    feed.resume(BTC)
    assert (entry.state, entry.detail) == (state, before), "nothing was paused any more"
