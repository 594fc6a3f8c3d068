"""HistoryService over a real server: pages over venues, books as they were, states, prices, and errors."""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import grpc
import pytest

from onebook.v1 import history_pb2 as pb
from onebook.v1 import types_pb2
from server.history.folder import day_path
from server.history.intake import Row
from server.history.markets import Market
from server.history.rows import BookRow, MetricRow, OpenInterestRow, StatusRow, TradeRow
from server.history.writer import HistoryWriter
from server.history_source.history_listener import HistoryListener
from server.model import Side, VenueState
from server.replay.played_history import PlayedHistory
from server.replay.row_writers import RowWriters
from server.units import SECOND
from tests.api.conftest import Failure, Rig

NOW = time.time_ns() // SECOND * SECOND
BEGIN = NOW - 100 * SECOND
ALPHA = Market("alpha", "BTCUSDT", "BTC", "USDT", -2, -3)
BETA = Market("beta", "BTC-USDT", "BTC", "USDT", -1, -8)
ALL = Market("", "BTC/USDT", "BTC", "USDT", -2, -8)


def trades() -> list[TradeRow]:
    """Some at equal times and of equal ids at both venues."""
    made = []
    for number in range(60):
        for market in (ALPHA, BETA):
            at = BEGIN + number // 3 * SECOND
            made.append(TradeRow(market, at, str(number), Side.SELL, 10_000 + number, 5, at + 7))
    return made


def books() -> list[BookRow]:
    made = []
    for number in range(20):
        at = BEGIN + number * SECOND
        made.append(BookRow(ALPHA, at, number, ((10_000, 1_000), (9_990, 5)), ((10_100, 7),)))
        if number != 10:
            made.append(BookRow(BETA, at, number, ((1_000, 300_000_000),), ((1_005, 1),)))
    return made


def others() -> list[Row]:
    made: list[Row] = [
        StatusRow(market, BEGIN + at * SECOND, state, detail)
        for market in (ALPHA, BETA)
        for at, state, detail in ((0, VenueState.LIVE, ""), (50, VenueState.GAP, "b"), (50, VenueState.GAP, "a"))
    ]
    made += [OpenInterestRow(ALPHA, BEGIN + at, Decimal(f"{at}.50"), BEGIN + at + 1) for at in range(5)]
    average = Decimal("100.123456789012")
    for number in range(20):
        rest = (average, average, 900_000, None, 0)
        made.append(MetricRow(ALL, BEGIN + number * SECOND, 10_000, 100_000_000, 10_050, 1, *rest))
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("history")
    writer = HistoryWriter(made)
    writer.add([*trades(), *books(), *others()])
    writer.close()
    assert not writer.refused
    return made


@pytest.fixture
def kept(folder: Path) -> Iterator[Rig]:
    history = PlayedHistory(RowWriters(folder, None))
    history.listener = HistoryListener(lambda _rows: None)  # What this server does is not to be found.
    rig = Rig("push", history=history)
    yield rig
    rig.close()
    history.stop()


def paged(call: Any, request: Any, field: str, size: int) -> list[Any]:
    found: list[Any] = []
    request.range.page_size = size
    for _ in range(1000):
        response = call(request)
        rows = getattr(response, field)
        assert len(rows) <= size
        found += rows
        if not response.next_page_token:
            return found
        request.range.page_token = response.next_page_token
    raise AssertionError("there is no last page")


@pytest.mark.parametrize("size", [1, 2, 3, 7, 5000])
@pytest.mark.parametrize("newest_first", [False, True])
def test_pages_of_trades_over_venues(kept: Rig, size: int, newest_first: bool) -> None:
    wanted = pb.PastRange(start_time_nanos=BEGIN, newest_first=newest_first)
    found = paged(kept.past.ListTrades, pb.ListTradesRequest(range=wanted), "trades", size)
    expected = sorted(((row.time, int(row.trade_id), row.market.venue) for row in trades()), reverse=newest_first)
    assert [(each.exchange_time_nanos, int(each.trade_id), each.venue) for each in found] == expected
    assert {each.side for each in found} == {types_pb2.AGGRESSOR_SIDE_SELL}
    one = found[0]
    assert one.header.past
    prices = {Decimal(each.price).scaleb(each.price_exponent) for each in found}
    assert prices == {row.market.price_of(row.price) for row in trades()}


def test_one_venue_and_a_part_of_the_time(kept: Rig) -> None:
    wanted = pb.PastRange(start_time_nanos=BEGIN + 2 * SECOND, end_time_nanos=BEGIN + 4 * SECOND)
    found = kept.past.ListTrades(pb.ListTradesRequest(venues=["beta"], range=wanted)).trades
    assert [int(each.trade_id) for each in found] == list(range(6, 12))
    assert {each.venue for each in found} == {"beta"}


@pytest.mark.parametrize("size", [1, 2, 100])
@pytest.mark.parametrize("newest_first", [False, True])
def test_states(kept: Rig, size: int, newest_first: bool) -> None:
    wanted = pb.PastRange(newest_first=newest_first)
    found = paged(kept.past.ListVenueStates, pb.ListVenueStatesRequest(range=wanted), "changes", size)
    rows = [row for row in others() if isinstance(row, StatusRow)]
    expected = sorted(((row.time, int(row.state), row.detail, row.market.venue) for row in rows), reverse=newest_first)
    assert [(each.time_nanos, each.state, each.detail, each.venue) for each in found] == expected


def test_open_interest_is_exact(kept: Rig) -> None:
    found = paged(kept.past.ListOpenInterest, pb.ListOpenInterestRequest(), "values", 2)
    assert [each.value for each in found] == ["0.50", "1.50", "2.50", "3.50", "4.50"]


def test_summaries(kept: Rig) -> None:
    found = paged(kept.past.ListSummaries, pb.ListSummariesRequest(), "summaries", 6)
    assert len(found) == 20
    one = found[3]
    assert one.header.receive_time_nanos == BEGIN + 3 * SECOND
    assert Decimal(one.best_bid.price).scaleb(one.price_exponent) == 100
    assert Decimal(one.best_bid.size).scaleb(one.size_exponent) == 1
    assert Decimal(one.spread).scaleb(one.price_exponent) == Decimal("0.5")
    assert Decimal(one.mid).scaleb(one.price_exponent - 1) == Decimal("100.25")
    assert Decimal(one.vwap_price).scaleb(one.vwap_exponent) == Decimal("100.123456789012")
    short, long = one.averages
    assert Decimal(short.time_weighted).scaleb(one.vwap_exponent) == Decimal("100.123456789012")
    assert short.coverage_ppm == 900_000
    assert not long.HasField("time_weighted")


def test_the_book_of_a_time(kept: Rig) -> None:
    book = kept.past.GetBookAt(pb.GetBookAtRequest(time_nanos=BEGIN + 5 * SECOND + 3)).book
    prices = [Decimal(level.price).scaleb(book.price_exponent) for level in book.bids]
    sizes = [Decimal(level.size).scaleb(book.size_exponent) for level in book.bids]
    venues = [book.venues[level.venue].venue for level in book.bids]
    assert list(zip(prices, sizes, venues, strict=True)) == [
        (Decimal("100.0"), Decimal(3), "beta"),
        (Decimal("100.0"), Decimal(1), "alpha"),
        (Decimal("99.9"), Decimal("0.005"), "alpha"),
    ]
    assert Decimal(book.spread).scaleb(book.price_exponent) == Decimal("0.5")
    assert Decimal(book.mid).scaleb(book.price_exponent - 1) == Decimal("100.25")
    assert {(each.venue, each.state, each.age_nanos) for each in book.venues if each.receive_time_nanos} == {
        ("alpha", types_pb2.VENUE_STATE_LIVE, 3),
        ("beta", types_pb2.VENUE_STATE_LIVE, 3),
    }
    assert book.header.past


def test_a_book_that_was_withdrawn_says_why(kept: Rig) -> None:
    book = kept.past.GetBookAt(pb.GetBookAtRequest(time_nanos=BEGIN + 51 * SECOND)).book
    assert not book.bids
    assert {(each.venue, each.state, each.detail) for each in book.venues if each.state} == {
        ("alpha", types_pb2.VENUE_STATE_GAP, "b"),
        ("beta", types_pb2.VENUE_STATE_GAP, "b"),
    }
    before = kept.past.GetBookAt(pb.GetBookAtRequest(time_nanos=1)).book
    assert {each.detail for each in before.venues} == {"no book of this time was kept"}


@pytest.mark.parametrize("size", [1, 3, 600])
@pytest.mark.parametrize("newest_first", [False, True])
def test_pages_of_books(kept: Rig, size: int, newest_first: bool) -> None:
    request = pb.ListBooksRequest(range=pb.PastRange(newest_first=newest_first), levels=1)
    found = paged(kept.past.ListBooks, request, "books", size)
    expected = [BEGIN + number * SECOND for number in range(20)]
    assert [book.header.receive_time_nanos for book in found] == (expected[::-1] if newest_first else expected)
    assert {len(book.bids) for book in found} == {1}
    lone = found[10 if not newest_first else 9]
    assert lone.venues[lone.bids[0].venue].venue == "alpha", "the other venue had no book then"


@pytest.mark.parametrize(
    ("call", "request_", "field"),
    [
        ("ListTrades", pb.ListTradesRequest(range=pb.PastRange(page_size=5001)), "range.page_size"),
        ("ListBooks", pb.ListBooksRequest(range=pb.PastRange(page_size=601)), "range.page_size"),
        ("ListTrades", pb.ListTradesRequest(range=pb.PastRange(page_token="x")), "range.page_token"),
        ("ListBooks", pb.ListBooksRequest(range=pb.PastRange(page_token="t1.-5")), "range.page_token"),
        ("ListVenueStates", pb.ListVenueStatesRequest(range=pb.PastRange(page_token="WyJ4Il0.a")), "range.page_token"),
        ("ListTrades", pb.ListTradesRequest(range=pb.PastRange(start_time_nanos=9, end_time_nanos=8)), "range.start"),
        ("ListSummaries", pb.ListSummariesRequest(range=pb.PastRange(end_time_nanos=2**64 - 1)), "range"),
        ("GetBookAt", pb.GetBookAtRequest(), "time_nanos"),
        ("GetBookAt", pb.GetBookAtRequest(time_nanos=2**63), "time_nanos"),
    ],
)
def test_a_wrong_field_is_named(kept: Rig, call: str, request_: Any, field: str) -> None:
    with pytest.raises(Failure) as caught:
        getattr(kept.past, call)(request_)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert caught.value.details().startswith(field)


def test_a_damaged_file_is_unavailable(tmp_path: Path) -> None:
    history = PlayedHistory(RowWriters(tmp_path, None))
    history.stop()
    day_path(tmp_path, NOW // (86_400 * SECOND)).write_bytes(b"no database" * 1000)
    rig = Rig("push", history=history)
    try:
        with pytest.raises(Failure) as caught:
            rig.past.ListTrades(pb.ListTradesRequest())
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert str(tmp_path) not in caught.value.details(), "no path of the server is shown to clients"
    finally:
        rig.close()


def test_a_server_without_a_history() -> None:
    rig = Rig("push")
    try:
        for call, request in (("ListTrades", pb.ListTradesRequest()), ("GetBookAt", pb.GetBookAtRequest(time_nanos=1))):
            with pytest.raises(Failure) as caught:
                getattr(rig.past, call)(request)
            assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    finally:
        rig.close()
