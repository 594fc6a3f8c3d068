"""Records of onebook's topics as plain dictionaries, for jobs of stream engines. Exact numbers are decimal text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from onebook.v1 import analytics_pb2, market_data_pb2


def decimal(mantissa: int, exponent: int) -> Decimal:
    """mantissa * 10**exponent, exactly."""
    return Decimal(mantissa).scaleb(exponent)


def trade(value: bytes) -> dict[str, Any] | None:
    """A record of md.trade.v1; None for a gap between trades."""
    message = market_data_pb2.StreamTradesResponse.FromString(value)
    if not message.HasField("trade"):
        return None
    made = message.trade
    return {
        "market": made.market,
        "venue": made.venue,
        "trade_id": made.trade_id,
        "time_ns": made.exchange_time_nanos or made.receive_time_nanos,
        "price": f"{decimal(made.price, made.price_exponent):f}",
        "size": f"{decimal(made.size, made.size_exponent):f}",
    }


def top_of_book(value: bytes) -> dict[str, Any]:
    """A record of md.book.v1: the best bid and ask of one venue, None where there is none."""
    book = market_data_pb2.StreamVenueBookResponse.FromString(value).book
    bid = f"{decimal(book.bids[0].price, book.price_exponent):f}" if book.bids else None
    ask = f"{decimal(book.asks[0].price, book.price_exponent):f}" if book.asks else None
    return {"market": book.market, "venue": book.venues[0].venue, "bid": bid, "ask": ask}


def candle(value: bytes) -> dict[str, Any]:
    """A record of md.candle.v1."""
    made = analytics_pb2.StreamCandlesResponse.FromString(value).candle
    prices = {
        name: f"{decimal(getattr(made, name), made.price_exponent):f}" if made.HasField(name) else None
        for name in ("open", "high", "low", "close")
    }
    return {
        "market": made.market,
        "venue": made.venue,
        "interval": made.interval,
        "open_time_ns": made.open_time_nanos,
        "close_time_ns": made.close_time_nanos,
        "revision": made.revision,
        "volume": made.volume,
        "quote_volume": made.quote_volume,
        "trades": made.trades,
        **prices,
    }
