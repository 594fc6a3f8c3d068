"""Encoded fields at the end of the one message of a response, whatever the lengths; and the entries of a market now."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebook.v1 import analytics_pb2 as api
from onebook.v1 import types_pb2
from orderbook_ext import BookError, OrderBook
from server.market.live_view import LiveView
from server.market.market import Market
from server.model import Pair, VenueState
from server.publish.qualities import MarketQuality, with_fields

FIELD = api.TradeVwap.VENUES_FIELD_NUMBER


@given(
    st.integers(0, 300) | st.sampled_from([127, 128, 16_383, 16_384, 100_000]),
    st.lists(st.text(max_size=200), max_size=9),
)
def test_fields_are_the_end_of_the_message(length: int, names: list[str]) -> None:
    body = api.TradeVwap(market="x" * length)
    entries = [types_pb2.VenueQuality(venue=name) for name in names]
    whole = api.TradeVwap(market=body.market, venues=entries)
    made = with_fields(
        api.StreamTradeVwapResponse(vwap=body).SerializeToString(), api.TradeVwap(venues=entries).SerializeToString()
    )
    assert made == api.StreamTradeVwapResponse(vwap=whole).SerializeToString()


def market() -> Market:
    """One venue with a book of two decimals, one without a book."""
    made = Market(Pair("BTC", "USDT"), ("a", "b"), lambda _: None)
    entry = made.entries["a"]
    entry.book, entry.state = OrderBook(lock=made.lock), VenueState.LIVE
    entry.book.load([("61837.25", "1")], [("61838.00", "2")])
    return made


@pytest.mark.parametrize(
    ("exponent", "bid"), [(None, 6183725), (-2, 6183725), (-12, 61837250000000000), (-1, 0), (3, 0)]
)
def test_entries_at_the_exponent_of_their_message(exponent: int | None, bid: int) -> None:
    quality = MarketQuality(market())
    told, fields = quality.encoded(FIELD, exponent)
    assert told == (-2 if exponent is None else exponent)
    one, other = api.TradeVwap.FromString(fields).venues
    assert (one.venue, one.state, one.bid_levels, one.lowest_complete_bid) == ("a", VenueState.LIVE, 1, bid)
    assert (other.venue, other.lowest_complete_bid, other.highest_complete_ask) == ("b", 0, 0)


def test_there_are_none_while_the_books_cannot_be_merged(monkeypatch: pytest.MonkeyPatch) -> None:
    def refreshed(_view: LiveView) -> None:
        raise BookError("no scale holds them all")

    monkeypatch.setattr(LiveView, "refreshed", refreshed)
    assert MarketQuality(market()).encoded(FIELD) == (0, b"")
    assert MarketQuality(market()).encoded(FIELD, -3) == (-3, b"")
