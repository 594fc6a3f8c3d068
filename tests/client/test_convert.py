"""Every field of every message arrives, exact and named."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client import ProtocolError, Side, TradesState, VenueState, convert
from client.market_data.books import from_message as book_from
from client.market_data.markets import market_from_message, venue_from_message
from client.market_data.summaries import from_message as summary_from
from client.market_data.trades import from_message as trade_from
from client.market_data.venue_status import from_message as status_from
from client.numbers import Scales
from onebook.v1 import types_pb2 as pb
from tests.client.fake_server import make_book

DECIMAL: Scales[Decimal] = Scales("decimal")
FLOAT: Scales[float] = Scales("float")


def test_book_in_decimals() -> None:
    book = book_from(make_book(7, epoch=5), DECIMAL)
    assert book.market == "BTC/USDT"
    assert (book.header.sequence, book.header.epoch, book.header.heartbeat) == (7, 5, False)
    assert book.best_bid is not None
    assert book.best_ask is not None
    assert (book.best_bid.price, book.best_bid.size, book.best_bid.venue) == (
        Decimal("61837.63"),
        Decimal("0.12345678"),
        "binance",
    )
    assert (book.best_ask.price, book.best_ask.venue) == (Decimal("61837.66"), "bitstamp")
    assert (book.spread, book.mid) == (Decimal("0.03"), Decimal("61837.645"))
    assert book.mid == (book.best_bid.price + book.best_ask.price) / 2
    assert book.live_venues == ("binance", "bitstamp")
    assert not book.crossed


def test_book_in_floats() -> None:
    book = book_from(make_book(), FLOAT)
    assert book.best_bid is not None
    assert (book.best_bid.price, book.best_bid.size) == (61837.63, 0.12345678)
    assert (book.spread, book.mid) == (0.03, 61837.645)


def test_empty_sides_have_no_prices() -> None:
    book = book_from(pb.Book(market="BTC/USDT", price_exponent=-2), DECIMAL)
    assert (book.best_bid, book.best_ask, book.spread, book.mid, book.live_venues) == (None, None, None, None, ())


def test_zero_spread_is_not_an_absent_one() -> None:
    book = book_from(pb.Book(price_exponent=-2, spread=0, mid=0), DECIMAL)
    assert (book.spread, book.mid) == (Decimal("0.00"), Decimal("0.000"))


def test_crossed_book() -> None:
    assert book_from(pb.Book(price_exponent=-2, spread=-1), DECIMAL).crossed


def test_level_of_an_unknown_venue_is_an_error() -> None:
    message = make_book()
    message.bids[0].venue = 9
    with pytest.raises(ProtocolError, match="beyond the message's 2"):
        book_from(message, DECIMAL)


@given(
    st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1)), max_size=5),
    st.integers(-12, 4),
    st.integers(-12, 4),
)
def test_levels_are_exact(levels: list[tuple[int, int]], price_exponent: int, size_exponent: int) -> None:
    message = pb.Book(price_exponent=price_exponent, size_exponent=size_exponent)
    message.venues.add(venue="x")
    for price, size in levels:
        message.bids.add(price=price, size=size)
    read = book_from(message, DECIMAL).bids
    scaled = [(int(one.price.scaleb(-price_exponent)), int(one.size.scaleb(-size_exponent))) for one in read]
    assert scaled == levels


def test_quality_of_a_venue() -> None:
    message = make_book()
    message.venues[1].state = pb.VENUE_STATE_GAP
    message.venues[1].detail = "sequence 5 expected, 7 came"
    message.venues[1].resyncs = 2
    message.venues[1].unverified = True
    message.venues[1].audits, message.venues[1].ghost_levels, message.venues[1].missing_levels = 4, 5, 6
    message.venues[1].audit_bid_match_ppm, message.venues[1].audit_ask_match_ppm = 999_000, 998_000
    message.venues[1].trades_state = pb.TRADES_STATE_MUTE
    message.venues[1].clock_offset_nanos, message.venues[1].clock_uncertainty_nanos = -5, 2
    message.proved_bid_levels, message.proved_ask_levels = 3, 2
    book = book_from(message, DECIMAL)
    assert (book.proved_bid_levels, book.proved_ask_levels) == (3, 2)
    first, second = book.venues
    assert not first.unverified
    assert second.unverified
    assert (second.audits, second.ghost_levels, second.missing_levels) == (4, 5, 6)
    assert (first.trades_state, first.clock_offset_nanos) == (TradesState.UNSPECIFIED, 0)
    assert (second.trades_state, second.clock_offset_nanos) == (TradesState.MUTE, -5)
    assert second.clock_uncertainty_nanos == 2
    assert (second.audit_bid_match_ppm, second.audit_ask_match_ppm) == (999_000, 998_000)
    assert (first.live, first.age, first.lowest_complete_bid) == (True, 0.12, Decimal("61000.00"))
    assert first.highest_complete_ask is None
    assert (second.state, second.detail, second.resyncs) == (VenueState.GAP, "sequence 5 expected, 7 came", 2)


def test_a_state_from_the_future_is_unspecified() -> None:
    message = make_book()
    message.venues[0].state = 99  # type: ignore[assignment]
    assert book_from(message, DECIMAL).venues[0].state is VenueState.UNSPECIFIED
    assert VenueState(99) is VenueState.UNSPECIFIED
    assert TradesState(99) is TradesState.UNSPECIFIED
    assert Side(99) is Side.UNKNOWN


def test_every_state_of_the_contract_has_a_name() -> None:
    contract = {name.removeprefix("VENUE_STATE_"): number for name, number in pb.VenueState.items()}
    assert {state.name: int(state) for state in VenueState} == contract
    trades = {name.removeprefix("TRADES_STATE_"): number for name, number in pb.TradesState.items()}
    assert {state.name: int(state) for state in TradesState} == trades


def test_summary() -> None:
    message = pb.Summary(market="A/B", price_exponent=-1, size_exponent=-2, vwap_exponent=-4, spread=3, mid=1015)
    message.best_bid.price, message.best_bid.size = 100, 250
    message.venues.add(venue="x", state=pb.VENUE_STATE_LIVE)
    message.bid_vwap, message.vwap_price, message.vwap_levels, message.bid_levels_used = 99999, 101000, 20, 1
    summary = summary_from(message, DECIMAL)
    assert summary.best_bid is not None
    assert (summary.best_bid.price, summary.best_bid.size, summary.best_bid.venue) == (Decimal(10), Decimal("2.5"), "x")
    assert summary.best_ask is None
    assert (summary.spread, summary.mid) == (Decimal("0.3"), Decimal("10.15"))
    assert (summary.bid_vwap, summary.ask_vwap, summary.vwap_price) == (Decimal("9.9999"), None, Decimal("10.1000"))
    assert (summary.vwap_levels, summary.bid_levels_used, summary.live_venues) == (20, 1, ("x",))


def test_trade() -> None:
    message = pb.Trade(market="A/B", venue="x", trade_id="9", price_exponent=-2, size_exponent=-3, price=101, size=5)
    message.side, message.dropped = pb.AGGRESSOR_SIDE_SELL, 4
    trade = trade_from(message, DECIMAL)
    assert (trade.price, trade.size, trade.side) == (Decimal("1.01"), Decimal("0.005"), Side.SELL)
    assert (trade.venue, trade.trade_id, trade.dropped) == ("x", "9", 4)


def test_venue_status_market_and_venue() -> None:
    status = pb.VenueStatus(market="A/B")
    status.venues.add(venue="x", state=pb.VENUE_STATE_LIVE)
    assert status_from(status, DECIMAL).live_venues == ("x",)
    market = pb.Market(name="A/B", base="A", quote="B", default_market=True)
    market.listings.add(venue="x", listed=True, tick_size="0.01", state=pb.VENUE_STATE_HALTED)
    read = market_from_message(market)
    assert (read.name, read.default, read.listings[0].tick_size) == ("A/B", True, "0.01")
    assert read.listings[0].state is VenueState.HALTED
    assert venue_from_message(pb.Venue(name="x", live_markets=["A/B"], connections=2)).live_markets == ("A/B",)


@pytest.mark.parametrize("kind", [DECIMAL, FLOAT])
def test_messages_are_frozen_slotted_and_equal_by_value(kind: Scales[Any]) -> None:
    message = make_book()
    one, two = book_from(message, kind), book_from(message, kind)
    assert one == two
    assert hash(one) == hash(two)
    assert not hasattr(one, "__dict__")
    assert not hasattr(one.bids[0], "__dict__")
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.bids[0].price = 1  # type: ignore[misc]


EXACT: Any = Scales("decimal")


def test_a_venue_that_was_never_heard_has_no_age() -> None:
    message = pb.VenueStatus(market="A/B")
    message.venues.add(venue="x", state=pb.VENUE_STATE_DOWN)
    message.venues.add(venue="y", state=pb.VENUE_STATE_LIVE, receive_time_nanos=5)
    never, now = status_from(message, EXACT).venues
    assert (never.age, never.age_nanos) == (None, None)
    assert (now.age, now.age_nanos) == (0.0, 0), "no time is an age as well"


def test_a_rate_that_there_is_not_has_no_age() -> None:
    made = convert.conversion(pb.Conversion(quote_currency="USD", suspended=True), EXACT)
    assert (made.age, made.age_nanos) == (None, None)
    made = convert.conversion(pb.Conversion(quote_currency="USD", bid="1", ask="1.1"), EXACT)
    assert made.age == 0.0
