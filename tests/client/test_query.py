"""Requests say what the caller meant, and refuse what the contract cannot carry."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from client import InvalidArgumentError
from client.market_data import books, markets, summaries, trades, venue_status
from client.numbers import Scales
from onebook.v1 import market_data_pb2 as api

SCALES: Scales[Decimal] = Scales("decimal")


def test_stream_book() -> None:
    query = books.stream_book_query(SCALES, "A/B", 5, venues=("x", "y"), dust=Decimal("1E-3"), min_interval=0.0101)
    assert query.request == api.StreamBookRequest(
        market="A/B", levels=5, venues=["x", "y"], dust="0.001", min_interval_ms=11
    )
    assert (query.method, query.label) == ("StreamBook", "book A/B")


def test_absent_dust_is_the_servers() -> None:
    assert not books.book_query(SCALES, "", 0).request.HasField("dust")
    assert books.book_query(SCALES, "", 0, dust=0).request.dust == "0"


def test_one_venue_may_stand_alone() -> None:
    assert list(books.book_query(SCALES, "", 0, venues="binance").request.venues) == ["binance"]


@pytest.mark.parametrize(("value", "text"), [(0.1, "0.1"), (1e-8, "0.00000001"), ("0.5", "0.5"), (2, "2")])
def test_dust_is_plain_text(value: Any, text: str) -> None:
    assert books.book_query(SCALES, "", 0, dust=value).request.dust == text


@pytest.mark.parametrize("value", ["x", "-1", "nan", float("inf"), ""])
def test_bad_dust(value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="dust must be a decimal") as caught:
        books.book_query(SCALES, "", 0, dust=value)
    assert caught.value.field == "dust"


@pytest.mark.parametrize("levels", [-1, 2**32])
def test_bad_levels(levels: int) -> None:
    with pytest.raises(InvalidArgumentError, match="levels must be a whole number"):
        books.book_query(SCALES, "", levels)


@pytest.mark.parametrize("seconds", [-0.1, 4000, float("nan")])
def test_bad_interval(seconds: float) -> None:
    with pytest.raises(InvalidArgumentError, match="min_interval"):
        books.stream_venue_book_query(SCALES, "x", "", 0, seconds)


def test_raw_leaves_the_message_alone() -> None:
    response = api.GetBookResponse()
    query = books.book_query(SCALES, "", 0).raw()
    message = query.unwrap(response)
    assert query.convert(message) is message


def test_trades_choose_their_overflow() -> None:
    default = trades.stream_query(SCALES, "A/B", "x").request
    strict = trades.stream_query(SCALES, "A/B", disconnect_on_overflow=True).request
    assert default.on_overflow == api.OVERFLOW_POLICY_DROP_OLDEST
    assert strict.on_overflow == api.OVERFLOW_POLICY_DISCONNECT


def test_every_call_of_the_contract_has_a_query() -> None:
    made = {
        books.book_query(SCALES, "", 0).method,
        books.stream_book_query(SCALES, "", 0).method,
        summaries.get_query(SCALES, "", 0).method,
        summaries.stream_query(SCALES, "", 0).method,
        books.venue_book_query(SCALES, "x", "", 0).method,
        books.stream_venue_book_query(SCALES, "x", "", 0).method,
        venue_status.get_query(SCALES, "").method,
        venue_status.stream_query(SCALES, "").method,
        trades.stream_query(SCALES, "").method,
        markets.markets_query().method,
        markets.venues_query().method,
    }
    service = api.DESCRIPTOR.services_by_name["MarketDataService"]
    assert made == set(service.methods_by_name)
