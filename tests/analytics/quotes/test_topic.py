"""Quotes whose numbers pass 64 bits: told with fewer digits, or left out, and never an error."""

from __future__ import annotations

from decimal import Decimal

from onebook.v1 import analytics_pb2 as pb
from orderbook_ext import OrderBook
from server.analytics.quotes.compute import Order, Terms
from server.analytics.quotes.topic import QuoteTopic
from server.market.market import Market
from server.model import Pair, VenueState
from server.publish.epoch import Epoch
from server.publish.topics import BookChoice


def quote(bid: tuple[str, str], *asks: tuple[str, str]) -> pb.Quote:
    """Of buying one."""
    market = Market(Pair("BTC", "USDT"), ("v",), lambda _: None)
    entry = market.entries["v"]
    entry.book, entry.state = OrderBook(lock=market.lock), VenueState.LIVE
    entry.book.load([bid], asks, whole=True)
    order = Order(True, Decimal(1), None)
    terms = Terms({"v": Decimal("0.5")}, lambda _name, _market: None)
    topic = QuoteTopic(market, Epoch.now(), 0.0, BookChoice(1, Decimal(0)), (), order, terms)
    return pb.StreamQuoteResponse.FromString(topic.encode_once()).quote


def test_a_price_after_fees_of_more_than_64_bits() -> None:
    made = quote(("3", "1"), ("9000000000000000000", "1"))
    assert (made.filled, made.price_exponent) == (True, 1)
    assert (made.worst_price, made.effective_price) == (9 * 10**17, 135 * 10**16)


def test_slippage_that_no_64_bits_hold_is_left_out() -> None:
    made = quote(("0.000001", "1"), ("0.000002", "0.5"), ("9000000000000", "0.5"))
    assert (made.filled, made.HasField("mid"), made.HasField("average_price")) == (True, True, True)
    assert not made.HasField("slippage")
    assert quote(("0.000001", "1"), ("0.000002", "0.5"), ("9000", "0.5")).slippage > 10**17


def test_sizes_of_trillions_are_exact() -> None:
    made = quote(("0.00001", "5950000000000"), ("0.00002", "5950000000000"))
    assert (made.filled, made.size, made.notional) == (True, "1", "0.00002")
