"""Lists of markets and venues as messages: what each venue says, also while it comes or goes, and no password."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from onebook.v1 import types_pb2
from server.api.lists import listing_message, market_message, venue_message
from server.feed.feed_options import FeedOptions
from server.market.market import Market
from server.model import Instrument, Listing, Pair, Reach, VenueState
from server.protocol.venue import Endpoint
from server.registry import Feed

from .fake_feed import FakeFeed

BTC, ETH = Pair("BTC", "USDT"), Pair("ETH", "USDT")


def markets() -> dict[Pair, Market]:
    return {pair: Market(pair, ("alpha", "beta"), lambda _: None) for pair in (BTC, ETH)}


def feed(kept: Mapping[Pair, Market], *lists: Pair) -> FakeFeed:
    made = FakeFeed("alpha", kept, frozenset(lists))
    made.start()
    return made


def test_a_market_with_what_every_venue_says() -> None:
    kept = markets()
    feeds: dict[str, Feed] = {"alpha": feed(kept, BTC)}
    made = market_message(kept[BTC], feeds, True)
    assert (made.name, made.base, made.quote, made.default_market) == ("BTC/USDT", "BTC", "USDT", True)
    assert [(each.venue, each.listed, each.reachable) for each in made.listings] == [
        ("alpha", True, True),
        ("beta", False, False),
    ], "a venue whose feed is just coming is not known to list it"
    other = market_message(kept[ETH], feeds, False).listings[0]
    assert (other.listed, other.reachable, other.suggestion) == (False, True, "BTC/USDT")


def test_an_instrument_is_written_without_exponents() -> None:
    kept, made = markets(), feed(markets(), BTC)
    item = Instrument(BTC, "btc_usdt", Decimal("1E+1"), Decimal("0.00100"), "Trading", True)
    made.listings[BTC] = Listing("alpha", BTC, Reach.LISTED, item)
    kept[BTC].entries["alpha"].state = VenueState.LIVE
    message = listing_message(kept[BTC], "alpha", made)
    assert (message.symbol, message.tick_size, message.lot_size) == ("btc_usdt", "10", "0.001")
    assert (message.contract_size, message.inverse) == ("", False)
    assert (message.status, message.state) == ("Trading", types_pb2.VENUE_STATE_LIVE)


def test_what_a_unit_of_a_contract_is_stands_in_its_listing() -> None:
    kept, made = markets(), feed(markets(), BTC)
    item = Instrument(
        BTC, "X", Decimal(1), Decimal(1), "Trading", trading=True, contract=Decimal("0.0100"), inverse=True
    )  # fmt: skip
    made.listings[BTC] = Listing("alpha", BTC, Reach.LISTED, item)
    message = listing_message(kept[BTC], "alpha", made)
    assert (message.contract_size, message.inverse) == ("0.01", True)


def test_a_venue_that_could_not_be_asked_or_has_gone() -> None:
    kept, made = markets(), feed(markets(), BTC)
    made.listings[BTC] = Listing("alpha", BTC, Reach.UNREACHABLE, detail="no route")
    message = listing_message(kept[BTC], "alpha", made)
    assert (message.listed, message.reachable, message.symbol) == (False, False, "")
    kept[BTC].remove_venue("alpha")
    assert listing_message(kept[BTC], "alpha", made).state == types_pb2.VENUE_STATE_UNSPECIFIED
    assert listing_message(kept[BTC], "alpha", None).venue == "alpha"


def test_a_venue_and_where_it_is_live() -> None:
    kept = markets()
    made = feed(kept, BTC, ETH)
    made.options = FeedOptions(Endpoint("wss://me:secret@host/ws", "https://host/api?key=secret"))
    made.connections = 3
    kept[ETH].entries["alpha"].state = VenueState.LIVE
    message = venue_message("alpha", made, kept.values())
    assert (message.name, message.title, list(message.live_markets)) == ("alpha", "Alpha", ["ETH/USDT"])
    assert message.connections == 3
    assert "host" in message.websocket_url
    assert "secret" not in message.websocket_url
