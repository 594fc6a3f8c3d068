"""One base in several quote currencies, merged on request: rates from the server's own books, and their guards."""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import grpc
import pytest

from onebook.v1 import analytics_pb2 as pb
from onebook.v1 import market_data_pb2, types_pb2
from server.market import rates
from server.market.market import Market
from server.market.rates import rate_between
from server.model import Pair, VenueState
from tests.api.conftest import Failure, Rig
from tests.transport.servers import TRANSPORTS

USDC, RATE = Pair("BTC", "USDC"), Pair("USDC", "USDT")


@pytest.fixture(params=TRANSPORTS)
def several(request: pytest.FixtureRequest) -> Iterator[Rig]:
    rig = Rig(request.param, pairs=("BTC/USDT", "BTC/USDC", "USDC/USDT"))
    yield rig
    rig.close()


def fill_rate(rig: Rig, bid: str, ask: str) -> None:
    rig.fill("gamma", bid, ask, market=rig.markets[RATE], decimals=4, monotonic=time.monotonic_ns())


def book(rig: Rig) -> types_pb2.Book:
    request = market_data_pb2.GetBookRequest(market="BTC/USDT", quote_currencies=["USDC"])
    answer: types_pb2.Book = rig.stub.GetBook(request).book
    return answer


def levels(message: types_pb2.Book, side: Any) -> list[tuple[str, str, str]]:
    """Price, venue and quote currency."""
    return [
        (
            f"{Decimal(level.price).scaleb(message.price_exponent).normalize():f}",
            message.venues[level.venue].venue,
            message.venues[level.venue].quote_currency,
        )
        for level in side
    ]


def test_bids_are_converted_at_the_bid_and_asks_at_the_ask(several: Rig) -> None:
    several.fill("alpha", "100.00", "101.00")
    several.fill("alpha", "100.00", "101.00", market=several.markets[USDC])
    fill_rate(several, "1.0010", "1.0020")
    found = book(several)
    assert levels(found, found.bids) == [("100.1", "alpha", "USDC"), ("100", "alpha", "")]
    assert levels(found, found.asks) == [("101", "alpha", ""), ("101.202", "alpha", "USDC")]
    told = found.conversions[0]
    assert (told.quote_currency, told.rate_market, told.inverted) == ("USDC", "USDC/USDT", False)
    assert (told.bid, told.ask, told.suspended, told.detail) == ("1.001", "1.002", False, "")
    assert told.age_nanos < 10**10
    assert [(each.venue, each.quote_currency) for each in found.venues] == [
        *((name, "") for name in ("alpha", "beta", "gamma")),
        *((name, "USDC") for name in ("alpha", "beta", "gamma")),
    ]


def test_nothing_is_converted_silently(several: Rig) -> None:
    several.fill("alpha", "100.00", "101.00", market=several.markets[USDC])
    fill_rate(several, "1.0010", "1.0020")
    plain = several.stub.GetBook(market_data_pb2.GetBookRequest(market="BTC/USDT")).book
    assert not plain.bids
    assert not plain.conversions


@pytest.mark.parametrize(
    ("bid", "ask", "words"),
    [("0.9700", "0.9710", "off its peg"), ("0.9900", "1.0100", "wide"), ("", "1.0010", "no live book with two sides")],
)
def test_a_rate_that_cannot_be_right_takes_its_books_out(several: Rig, bid: str, ask: str, words: str) -> None:
    several.fill("alpha", "100.00", "101.00")
    several.fill("beta", "100.50", "100.90", market=several.markets[USDC])
    fill_rate(several, bid, ask)
    found = book(several)
    assert levels(found, found.bids) == [("100", "alpha", "")]
    assert found.conversions[0].suspended
    assert words in found.conversions[0].detail


def test_a_stream_follows_the_rate(several: Rig) -> None:
    several.fill("alpha", "100.00", "101.00", market=several.markets[USDC])
    fill_rate(several, "1.0010", "1.0020")
    request = market_data_pb2.StreamBookRequest(market="BTC/USDT", quote_currencies=["USDC"])
    stream = several.stub.StreamBook(request)
    first = next(stream).book
    assert levels(first, first.bids) == [("100.1", "alpha", "USDC")]
    fill_rate(several, "0.9990", "0.9995")
    second = next(stream).book
    assert levels(second, second.bids) == [("99.9", "alpha", "USDC")]
    several.markets[RATE].entries["gamma"].state = VenueState.STALE
    several.markets[RATE].changed()
    third = next(stream).book
    assert not third.bids
    assert third.conversions[0].suspended
    stream.cancel()


def test_quotes_and_summaries_too(several: Rig) -> None:
    several.fill("alpha", "100.00", "101.00", market=several.markets[USDC])
    fill_rate(several, "1.0000", "1.0000")
    order = pb.GetQuoteRequest(market="BTC/USDT", side=pb.QUOTE_SIDE_BUY, size="1", quote_currencies=["usdc"])
    quote = several.prices.GetQuote(order).quote
    assert (quote.filled, quote.notional) == (True, "101")
    assert quote.conversions[0].rate_market == "USDC/USDT"
    request = market_data_pb2.GetSummaryRequest(market="BTC/USDT", quote_currencies=["USDC"])
    summary = several.stub.GetSummary(request).summary
    assert summary.conversions[0].bid == "1"
    assert not summary.averages, "they are of the market's own books"


def test_a_rate_that_is_not_kept_is_said(several: Rig) -> None:
    with pytest.raises(Failure) as caught:
        several.stub.GetBook(market_data_pb2.GetBookRequest(market="BTC/USDT", quote_currencies=["USD"]))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "no market BTC/USD; start it with that pair" in caught.value.details()


def test_a_stream_ends_when_a_market_that_it_needs_is_removed(several: Rig) -> None:
    several.fill("alpha", "100.00", "101.00", market=several.markets[USDC])
    fill_rate(several, "1.0010", "1.0020")
    request = market_data_pb2.StreamBookRequest(market="BTC/USDT", quote_currencies=["USDC"])
    stream = several.stub.StreamBook(request)
    next(stream)
    assert several.dispatcher.remove_market(several.markets[RATE]) == 1
    with pytest.raises(Failure) as caught:
        next(stream)
    assert (caught.value.code(), caught.value.details()) == (
        grpc.StatusCode.NOT_FOUND,
        "USDC/USDT was removed from this server",
    )


@pytest.mark.parametrize(("kept", "bid", "ask"), [("USDC/USDT", "1.25", "1.6"), ("USDT/USDC", "0.625", "0.8")])
def test_a_rate_may_be_kept_either_way_round(monkeypatch: pytest.MonkeyPatch, kept: str, bid: str, ask: str) -> None:
    monkeypatch.setattr(rates, "PEGGED", frozenset())
    monkeypatch.setattr(rates, "WIDEST", Decimal(1))
    rig = Rig("generator", pairs=("BTC/USDT", kept))
    try:
        market = rig.markets[Pair.parse(kept)]
        rig.fill("alpha", bid, ask, market=market, decimals=4)
        market.entries["alpha"].stamp(1, time.time_ns(), time.monotonic_ns(), 1)
        rate = rate_between(rig.markets, "USDC", "USDT")
        assert rate is not None
        now = rate.now()
        assert (now.bid, now.ask, now.trouble) == (Decimal("1.25"), Decimal("1.6"), "")
        assert now.inverted == (kept == "USDT/USDC")
    finally:
        rig.close()


def test_inverted_rates_are_rounded_away_from_a_gain() -> None:
    market = Market(Pair("USDT", "EUR"), ("alpha",), lambda _market: None)
    rig = Rig("generator")
    try:
        rig.fill("alpha", "0.9000", "0.9300", market=market, decimals=4)
        market.entries["alpha"].stamp(1, time.time_ns(), time.monotonic_ns(), 1)
        rate = rate_between({market.pair: market}, "EUR", "USDT")
        assert rate is not None
        now = rate.now()
        assert now.bid is not None
        assert now.ask is not None
        assert now.bid * Decimal("0.93") < 1 < now.ask * Decimal("0.9")
        market.entries["alpha"].stamp(1, 1, 1, 1)
        assert "s old" in rate.now().trouble
    finally:
        rig.close()


def test_no_rate() -> None:
    assert rate_between({}, "EUR", "USDT") is None
