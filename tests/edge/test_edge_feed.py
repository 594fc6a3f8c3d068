"""The feed of a venue at an edge: what it lists, whose records it takes, and that it obeys no command."""

from __future__ import annotations

import pytest

from server import clock
from server.edge.counters import EdgeCounters
from server.edge.edge_feed import EdgeFeed
from server.edge.known_markets import KnownMarkets
from server.errors import CommandError
from server.feed.feed_options import FeedOptions
from server.market.market import Market
from server.model import Pair, Reach, VenueState
from server.protocol.venue import Endpoint
from server.venues import VENUES

from .hearer import Hearer
from .records import MARKET, VENUE, reference, state, trade

BTC, ETH = Pair.parse(MARKET), Pair("ETH", "USDT")


def feed() -> tuple[EdgeFeed, dict[Pair, Market], KnownMarkets, Hearer]:
    known, heard = KnownMarkets(), Hearer()
    known.know(reference(), 0)
    known.know(reference("ETH/USDT", listed=False), 0)
    markets = {pair: Market(pair, (VENUE,), lambda _market: None) for pair in (BTC, ETH)}
    options = FeedOptions(Endpoint("ws://x", "http://x"))
    return EdgeFeed(VENUES[VENUE](), options, markets, heard, known.listing, EdgeCounters()), markets, known, heard


def test_listings_and_first_states_are_the_ingesters() -> None:
    made, markets, _, _ = feed()
    assert made.discovered.is_set()
    assert made.connections == 0
    assert made.listings[BTC].reach is Reach.LISTED
    assert made.listings[ETH].reach is Reach.UNLISTED
    assert markets[BTC].entries[VENUE].state == VenueState.CONNECTING
    assert markets[ETH].entries[VENUE].state == VenueState.UNSUPPORTED


def test_records_go_to_their_market_until_it_is_removed() -> None:
    made, markets, _, heard = feed()
    now = clock.monotonic_ns()
    made.book(BTC, state(published=clock.time_ns()), now)
    made.trade(BTC, trade(1), now)
    made.tick(now)
    assert markets[BTC].entries[VENUE].state == VenueState.LIVE
    assert made.sources == 1
    made.remove(BTC)
    made.trade(BTC, trade(2), now)
    assert len(heard.trades) == 1
    assert BTC not in made.listings


def test_a_venue_that_is_added_to_markets_after_its_feed_was_made_is_followed() -> None:
    known = KnownMarkets()
    known.know(reference(), 0)
    market = Market(BTC, ("kraken",), lambda _market: None)
    options = FeedOptions(Endpoint("ws://x", "http://x"))
    made = EdgeFeed(VENUES[VENUE](), options, {BTC: market}, Hearer(), known.listing, EdgeCounters())
    market.add_venue(VENUE)
    made.start()
    made.book(BTC, state(published=clock.time_ns()), clock.monotonic_ns())
    assert market.entries[VENUE].state == VenueState.LIVE


def test_a_new_listing_is_taken() -> None:
    made, _, known, _ = feed()
    known.know(reference(published=2_000, contract_size="0.01"), 1)
    made.relist(BTC)
    instrument = made.listings[BTC].instrument
    assert instrument is not None
    assert str(instrument.contract) == "0.01"


def test_it_has_no_threads_and_takes_no_commands() -> None:
    made, _, _, _ = feed()
    made.start()
    made.go()
    for command in (made.reconnect, made.pause, made.resume):
        with pytest.raises(CommandError, match="is an edge"):
            command(None)
    with pytest.raises(CommandError, match="is an edge"):
        made.resync(BTC)
    made.stop()
    made.join(0.0)
