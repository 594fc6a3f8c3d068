"""Records as ingesters write them, for tests of an edge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from onebook.v1 import market_data_pb2, reference_pb2, types_pb2
from orderbook_ext.digest import book_digest
from server.edge.decoder import decode
from server.edge.events import BookState, MarketKnown, TradeSeen
from server.kafka.record import key_of
from server.model import VenueState

MARKET, VENUE = "BTC/USDT", "binance"
BIDS = ((1050, 2000), (1049, 3000))
ASKS = ((1051, 1000), (1053, 4000))
Levels = Sequence[tuple[int, int]]


def book(
    *, epoch: int = 1, sequence: int = 1, published: int = 1_000, number: int = 7, state: int = VenueState.LIVE,
    bids: Levels = BIDS, asks: Levels = ASKS, trades: bool = True, venue: str = VENUE, **quality: Any,
) -> bytes:  # fmt: skip
    """A StreamVenueBookResponse with two decimals of prices and three of sizes."""
    if state != VenueState.LIVE:
        bids, asks = (), ()
    given: dict[str, Any] = {
        "whole_book": True, "bid_levels": len(bids), "ask_levels": len(asks), "receive_time_nanos": 900,
        "digest": book_digest((bids, asks), 2, 3) if state == VenueState.LIVE else 0,
    }  # fmt: skip
    header = types_pb2.Header(epoch=epoch, sequence=sequence, publish_time_nanos=published)
    quality = {"venue": venue, "venue_sequence": number, "trades_state": 2 if trades else 1, **given, **quality}
    made = types_pb2.Book(
        header=header, market=MARKET, price_exponent=-2, size_exponent=-3,
        bids=[types_pb2.Level(price=price, size=size) for price, size in bids],
        asks=[types_pb2.Level(price=price, size=size) for price, size in asks],
        venues=[types_pb2.VenueQuality(state=types_pb2.VenueState.ValueType(state), **quality)],
    )  # fmt: skip
    return market_data_pb2.StreamVenueBookResponse(book=made).SerializeToString()


def state(**given: Any) -> BookState:
    """The same as an event."""
    found = decode("book", key_of(MARKET, given.get("venue", VENUE)), book(**given))
    assert isinstance(found, BookState)
    return found


def trade(number: int | str, *, epoch: int = 1, received: int = 0, dropped: int = 0) -> TradeSeen:
    """A trade as an event."""
    made = types_pb2.Trade(
        header=types_pb2.Header(epoch=epoch), market=MARKET, venue=VENUE, trade_id=str(number), price=1050,
        price_exponent=-2, size=5, size_exponent=-1, side=types_pb2.AGGRESSOR_SIDE_BUY, exchange_time_nanos=500,
        receive_time_nanos=received or int(number), dropped=dropped,
    )  # fmt: skip
    return _seen(market_data_pb2.StreamTradesResponse(trade=made))


def gap(after: str, before: str, *, epoch: int = 1, received: int = 0, missing: int = 0) -> TradeSeen:
    """A gap as an event."""
    made = types_pb2.TradeGap(
        header=types_pb2.Header(epoch=epoch), market=MARKET, venue=VENUE, after_trade_id=after, before_trade_id=before,
        missing=missing, receive_time_nanos=received,
    )  # fmt: skip
    return _seen(market_data_pb2.StreamTradesResponse(gap=made))


def _seen(message: market_data_pb2.StreamTradesResponse) -> TradeSeen:
    found = decode("trade", key_of(MARKET, VENUE), message.SerializeToString())
    assert isinstance(found, TradeSeen)
    return found


def reference(
    market: str = MARKET, *, epoch: int = 1, published: int = 1_000, venues: Sequence[str] = (VENUE,),
    default: bool = False, interest: str = "", received: int = 1, **listing: Any,
) -> MarketKnown:  # fmt: skip
    """What an ingester says of a market, as an event."""
    given = {"listed": True, "reachable": True, "symbol": "BTCUSDT", "tick_size": "0.01", "lot_size": "0.001"}
    listings = [types_pb2.Listing(venue=venue, **{**given, **listing}) for venue in venues]
    base, quote = market.split("/")
    said = types_pb2.Market(name=market, base=base, quote=quote, default_market=default, listings=listings)
    made = reference_pb2.Reference(
        header=types_pb2.Header(epoch=epoch, publish_time_nanos=published), market=said
    )  # fmt: skip
    if interest:
        made.open_interest.market = market
        made.open_interest.venues.add(venue=venues[0], value=interest, receive_time_nanos=received)
    found = decode("ref", key_of(market, ""), made.SerializeToString())
    assert isinstance(found, MarketKnown)
    return found
