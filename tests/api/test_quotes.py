"""Quotes over the API: what an order costs over all venues."""

from __future__ import annotations

from decimal import Decimal

import grpc
import pytest

from onebook.v1 import analytics_pb2 as pb
from onebook.v1 import market_data_pb2
from server.model import Instrument, Pair
from tests.api.conftest import Failure, Rig


def test_a_quote_splits_over_venues_after_fees(rig: Rig) -> None:
    rig.fill("alpha", "99.00", "100.00", "1.000")
    rig.fill("beta", "98.00", "100.05", "1.000")
    quote = rig.prices.GetQuote(pb.GetQuoteRequest(side=pb.QUOTE_SIDE_BUY, size="1.5")).quote
    assert quote.filled
    names = [venue.venue for venue in quote.venues]
    parts = {names[part.venue]: (part.size, part.notional, part.fee, part.fee_rate) for part in quote.slices}
    # 100 and 0.1 % is dearer than 100.05 without a fee.
    assert parts == {"beta": ("1", "100.05", "0", 0), "alpha": ("0.5", "50", "0.05", 100_000)}
    assert (quote.size, quote.notional, quote.fees, quote.levels) == ("1.5", "150.05", "0.05", 2)
    unit = 10**quote.price_exponent
    assert quote.average_price * unit == pytest.approx(150.05 / 1.5)
    assert quote.effective_price * unit == pytest.approx(150.1 / 1.5)
    assert quote.worst_price * unit == pytest.approx(100.05)
    assert quote.mid * unit == pytest.approx(99.5)
    assert quote.slippage / 1e4 == pytest.approx((150.05 / 1.5 - 99.5) / 99.5 * 1e4, abs=1e-4)


def test_a_quote_that_cannot_be_filled_says_what_can(rig: Rig) -> None:
    rig.fill("alpha", "99.00", "100.00", "1.000")
    quote = rig.prices.GetQuote(pb.GetQuoteRequest(side=pb.QUOTE_SIDE_SELL, size="5")).quote
    assert not quote.filled
    assert quote.size == "1"
    assert "only 1 can be had in the bids" in quote.reason


def test_lots_and_minimums_are_the_venues(rig: Rig) -> None:
    rig.fill("alpha", "99.00", "100.00", "1.000")
    rig.instruments["alpha"] = Instrument(
        Pair("BTC", "USDT"), "X", Decimal("0.01"), Decimal("0.1"), "on", True, min_size=Decimal("0.2")
    )
    quote = rig.prices.GetQuote(pb.GetQuoteRequest(side=pb.QUOTE_SIDE_BUY, notional="55")).quote
    assert (quote.filled, quote.size, quote.notional) == (True, "0.5", "50")
    small = rig.prices.GetQuote(pb.GetQuoteRequest(side=pb.QUOTE_SIDE_BUY, size="0.1")).quote
    assert (small.filled, small.size) == (False, "0")


def test_a_quote_follows_the_books(rig: Rig) -> None:
    rig.fill("alpha", "99.00", "100.00")
    order = pb.GetQuoteRequest(side=pb.QUOTE_SIDE_BUY, size="1")
    stream = rig.prices.StreamQuote(pb.StreamQuoteRequest(order=order, min_interval_ms=10))
    assert next(stream).quote.notional == "100"
    rig.fill("alpha", "99.00", "101.00")
    assert next(stream).quote.notional == "101"
    stream.cancel()


@pytest.mark.parametrize("size", ["1.0000000000000000001", "9999999999999999999", "1234567890123.12345678"])
def test_an_amount_of_too_many_digits_is_the_requests_fault(rig: Rig, size: str) -> None:
    with pytest.raises(Failure) as caught:
        rig.prices.GetQuote(pb.GetQuoteRequest(side=pb.QUOTE_SIDE_BUY, size=size))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    with pytest.raises(Failure) as caught:
        rig.stub.GetBook(market_data_pb2.GetBookRequest(dust=size))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
