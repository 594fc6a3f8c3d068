"""The calls of the past, of both clients, against a real server with a history of known rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from client import (
    Book,
    FailedPreconditionError,
    InvalidArgumentError,
    PastInterest,
    Summary,
    Trade,
    VenueState,
    VenueStateChange,
)
from onebook.v1 import history_pb2
from onebook.v1 import types_pb2 as pb
from server.units import SECOND
from tests.api.conftest import Rig
from tests.api.test_history import BEGIN, folder, kept, trades
from tests.client.conftest import AsyncDriver, SyncDriver

__all__ = ["folder", "kept"]
BEGAN = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=BEGIN // 1000)
CALLS = ("past_trades", "past_books", "past_summaries", "past_venue_states", "past_open_interest")


@pytest.fixture(params=[SyncDriver, AsyncDriver], ids=["sync", "async"])
def connected(request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    made: list[Any] = []

    def connect(rig: Rig, **options: Any) -> Any:
        made.append(request.param(f"127.0.0.1:{rig.server.port}", **options))
        return made[-1]

    yield connect
    for driver in made:
        driver.close()


def test_trades(kept: Rig, connected: Callable[..., Any]) -> None:
    driver = connected(kept)
    found = driver.call("past_trades", "BTC/USDT", start=BEGAN)
    assert len(found) == len(trades())
    assert all(isinstance(trade, Trade) and trade.header.past for trade in found)
    first = found[0]
    assert (first.venue, first.price, first.size) == ("alpha", Decimal("100.00"), Decimal("0.005"))
    newest = driver.call("past_trades", newest_first=True, limit=3, venues="beta")
    assert [(trade.venue, trade.trade_id) for trade in newest] == [("beta", "59"), ("beta", "58"), ("beta", "57")]
    part = driver.call("past_trades", start=BEGIN + 2 * SECOND, end=BEGAN + timedelta(seconds=4), venues=["beta"])
    assert [trade.trade_id for trade in part] == [str(number) for number in range(6, 12)]
    assert [type(each) for each in driver.call("past_trades", raw=True, limit=2)] == [pb.Trade] * 2
    assert driver.call("past_trades", limit=0) == ()


def test_the_book_at_a_time(kept: Rig, connected: Callable[..., Any]) -> None:
    driver = connected(kept)
    book = driver.call("book_at", "BTC/USDT", BEGAN + timedelta(seconds=5, milliseconds=300), levels=1)
    assert isinstance(book, Book)
    assert book.best_bid is not None
    assert (book.header.past, book.header.receive_time_nanos) == (True, BEGIN + 5 * SECOND)
    assert (book.best_bid.price, book.best_bid.venue) == (Decimal("100.00"), "beta")
    assert book.live_venues == ("alpha", "beta")
    assert driver.call("book_at", "", BEGIN, venues="beta", raw=True).venues[0].venue == "beta"
    with pytest.raises(InvalidArgumentError, match="time"):
        driver.call("book_at", "", 0)


def test_books_and_prices(kept: Rig, connected: Callable[..., Any]) -> None:
    driver = connected(kept)
    books = driver.call("past_books", levels=1, start=BEGIN)
    assert [book.header.receive_time_nanos for book in books] == [BEGIN + at * SECOND for at in range(20)]
    assert {len(book.bids) for book in books} == {1}
    summaries = driver.call("past_summaries", start=BEGIN, limit=5)
    assert len(summaries) == 5
    one = summaries[0]
    assert isinstance(one, Summary)
    assert one.best_bid is not None
    assert (one.best_bid.price, one.best_bid.venue, one.spread) == (Decimal("100.00"), "", Decimal("0.50"))
    assert one.vwap_price == Decimal("100.123456789012")
    assert [average.window for average in one.averages] == [30.0, 60.0]


def test_states_and_open_interest(kept: Rig, connected: Callable[..., Any]) -> None:
    driver = connected(kept)
    states = driver.call("past_venue_states", venues="alpha")
    assert states[0] == VenueStateChange("BTC/USDT", "alpha", BEGIN, VenueState.LIVE, "")
    assert [state.detail for state in states] == ["", "a", "b"]
    interest = driver.call("past_open_interest", newest_first=True)
    assert interest[0] == PastInterest("BTC/USDT", "alpha", BEGIN + 4, Decimal("4.50"), BEGIN + 5)
    assert isinstance(driver.call("past_open_interest", raw=True)[0], history_pb2.PastInterest)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_all_become_frames(kept: Rig, connected: Callable[..., Any], library: Any) -> None:
    pytest.importorskip(library)
    driver = connected(kept)
    for call in CALLS:
        rows = driver.call(call, limit=3)
        frame = rows.to_frame(library)
        assert len(frame) == 3
        empty = driver.call(call, start=1, end=2).to_frame(library)
        assert len(empty) == 0
        assert list(empty.columns) == list(frame.columns)


def test_numbers_may_be_floats(kept: Rig, connected: Callable[..., Any]) -> None:
    driver = connected(kept, numbers="float")
    assert driver.call("past_trades", limit=1)[0].price == 100.0
    assert driver.call("past_open_interest", limit=1)[0].value == 0.5


def test_a_server_without_a_history_says_so(connected: Callable[..., Any]) -> None:
    rig = Rig("push")
    driver = connected(rig)
    for call, arguments in (*((call, ()) for call in CALLS), ("book_at", ("", 5))):
        with pytest.raises(FailedPreconditionError, match="keeps no history.*--history DIR") as caught:
            driver.call(call, *arguments)
        assert caught.value.reason == "NO_HISTORY"
    rig.close()
