"""Streams that begin in the past, over every transport: no event is missing and none comes twice."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import grpc
import pytest

from onebook.v1 import market_data_pb2 as pb
from server.history.day_reader import Source
from server.history_source.server_history import ServerHistory
from server.model import Side, Trade, TradeGap
from tests.api.conftest import Failure, Rig
from tests.transport.servers import TRANSPORTS
from tests.waiting import eventually

SECONDS = 30.0
VENUES = ("alpha", "beta")
SOURCE = Source("alpha", "BTC", "USDT")


@pytest.fixture(params=TRANSPORTS)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    history = ServerHistory(tmp_path / "history")
    history.start()
    rig = Rig(request.param, heartbeat=0.2, history=history)
    yield rig
    rig.close()
    history.stop()


class Trading(threading.Thread):
    """Trades of one venue, one after the other."""

    def __init__(self, rig: Rig, venue: str, pause: float, first: int = 0) -> None:
        super().__init__()
        self._rig, self._venue, self._pause = rig, venue, pause
        self.number = first
        self._stop_trading = threading.Event()

    def run(self) -> None:
        while not self._stop_trading.wait(self._pause):
            self.trade()

    def trade(self) -> None:
        now = time.time_ns()
        number, self.number = self.number, self.number + 1
        made = Trade("", str(number), Decimal(100 + number), Decimal("0.5"), Side.BUY, now - number % 7 * 1_000_000)
        self._rig.dispatcher.trade(self._rig.btc, self._venue, made, now)

    def stop(self) -> None:
        self._stop_trading.set()
        self.join()


def venue_names(rig: Rig) -> list[str]:
    return list(rig.btc.venues)[:2]


def ids(stream: Any, wanted: dict[str, int]) -> dict[str, list[int]]:
    """The ids of the trades of a stream by venue, up to these."""
    found: dict[str, list[int]] = {venue: [] for venue in wanted}
    for message in stream:
        if not message.trade.trade_id:
            continue
        found[message.trade.venue].append(int(message.trade.trade_id))
        if all(numbers and max(numbers) >= wanted[venue] for venue, numbers in found.items()):
            stream.cancel()
            return found
    raise AssertionError("the stream has ended")


@pytest.mark.slow
def test_no_trade_is_missing_and_none_comes_twice(kept: Rig) -> None:
    """Clients that begin at any time while trades happen and the history's process is killed."""
    chance = random.Random(11)
    begin = time.time_ns()
    trading = [Trading(kept, venue, 0.004) for venue in venue_names(kept)]
    for thread in trading:
        thread.start()
    assert isinstance(kept.history, ServerHistory)
    for turn in range(8):
        time.sleep(chance.uniform(0.05, 0.4))
        if turn % 3 == 2 and kept.history.files.child.pid is not None:
            os.kill(kept.history.files.child.pid, signal.SIGKILL)
        stream = kept.stub.StreamTrades(pb.StreamTradesRequest(start_time_nanos=begin), timeout=SECONDS)
        first = next(stream)
        assert first.trade.header.past
        assert first.trade.header.heartbeat
        wanted = {thread._venue: thread.number + 150 for thread in trading}  # noqa: SLF001
        for numbers in ids(stream, wanted).values():
            assert sorted(numbers) == list(range(len(numbers)))
    for thread in trading:
        thread.stop()


def test_a_stream_goes_on_where_a_server_before_has_ended(tmp_path: Path) -> None:
    begin = time.time_ns()
    for life in range(3):
        history = ServerHistory(tmp_path / "history")
        history.start()
        rig = Rig("push", history=history)
        venue = venue_names(rig)[0]
        trading = Trading(rig, venue, 0.0, first=life * 100)
        stream = rig.stub.StreamTrades(pb.StreamTradesRequest(start_time_nanos=begin), timeout=SECONDS)
        for _ in range(50):
            trading.trade()
        assert sorted(ids(stream, {venue: life * 100 + 49})[venue]) == [
            past * 100 + number for past in range(life + 1) for number in range(50)
        ]
        rig.close()
        history.stop()


def test_messages_of_the_past_say_so(kept: Rig) -> None:
    venue = venue_names(kept)[0]
    trading = Trading(kept, venue, 0.0)
    for _ in range(3):
        trading.trade()
    kept.dispatcher.trade_gap(kept.btc, venue, TradeGap("2", "9", 6), time.time_ns())
    # The dispatcher hands on in order: what the history has, a stream that is opened now does not get live.
    assert kept.history is not None
    eventually(lambda: kept.history.settle(5) and kept.history.store.trades(SOURCE).rows)  # type: ignore[union-attr]
    stream = kept.stub.StreamTrades(pb.StreamTradesRequest(start_time_nanos=1, venues=[venue]), timeout=SECONDS)
    messages = [next(stream) for _ in range(5)]
    assert [message.trade.trade_id for message in messages[1:4]] == ["0", "1", "2"]
    assert all(message.trade.header.past and message.trade.header.sequence == 0 for message in messages[:4])
    gap = messages[4].gap
    assert (gap.after_trade_id, gap.before_trade_id, gap.missing, gap.header.past) == ("2", "9", 6, True)
    trade = messages[1].trade
    assert Decimal(trade.price).scaleb(trade.price_exponent) == 100
    assert Decimal(trade.size).scaleb(trade.size_exponent) == Decimal("0.5")
    for number in range(3, 500):
        trading.trade()
        message = next(message for message in stream if message.trade.trade_id)
        assert message.trade.trade_id == str(number)
        if not message.trade.header.past:
            break
    assert message.trade.header.sequence > 0
    stream.cancel()


@pytest.mark.slow
def test_books_of_the_past_and_then_live(kept: Rig) -> None:
    venue, other = venue_names(kept)
    kept.fill(venue, "100.0", "101.0")
    kept.fill(other, "100.5", "102.0")
    assert kept.history is not None
    begin = time.time_ns()

    def books() -> list[Any]:
        kept.history.settle(5)  # type: ignore[union-attr]
        stream = kept.stub.StreamBook(pb.StreamBookRequest(start_time_nanos=begin), timeout=SECONDS)
        found = []
        for message in stream:
            found.append(message.book)
            if not message.book.header.past:
                break
        stream.cancel()
        return found

    found = eventually(lambda: _many(books()), "three seconds of books", 30)
    *past, live = found
    times = [book.header.receive_time_nanos for book in past]
    assert times == sorted(times)
    assert len(set(times)) == len(times)
    for book in (*past, live):
        top = book.bids[0]
        assert Decimal(top.price).scaleb(book.price_exponent) == Decimal("100.5")
        assert book.venues[top.venue].venue == other
        assert Decimal(book.spread).scaleb(book.price_exponent) == Decimal("0.5")
    one = kept.stub.StreamVenueBook(pb.StreamVenueBookRequest(start_time_nanos=begin, venue=venue), timeout=SECONDS)
    first = next(one).book
    assert first.header.past
    assert [quality.venue for quality in first.venues] == [venue]
    one.cancel()


def _many(books: list[Any]) -> list[Any] | None:
    return books if len(books) > 3 else None


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_server_without_a_history(transport: str) -> None:
    rig = Rig(transport, heartbeat=0.1)
    try:
        for stream in (
            rig.stub.StreamTrades(pb.StreamTradesRequest(start_time_nanos=1), timeout=SECONDS),
            rig.stub.StreamBook(pb.StreamBookRequest(start_time_nanos=1), timeout=SECONDS),
        ):
            with pytest.raises(Failure) as caught:
                next(stream)
            assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
            assert "--history" in caught.value.details()
        request = pb.StreamTradesRequest(start_time_nanos=1, start_if_kept=True)
        stream = rig.stub.StreamTrades(request, timeout=SECONDS)
        assert not next(stream).trade.header.past
        stream.cancel()
    finally:
        rig.close()


def test_times_and_currencies_that_cannot_be(kept: Rig) -> None:
    for call, request, words in (
        (kept.stub.StreamTrades, pb.StreamTradesRequest(start_time_nanos=2**64 - 1), "start_time_nanos"),
        (kept.stub.StreamBook, pb.StreamBookRequest(start_time_nanos=2**63), "start_time_nanos"),
    ):
        with pytest.raises(Failure) as caught:
            next(call(request, timeout=SECONDS))
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert words in caught.value.details()


@pytest.mark.slow
def test_a_slow_reader_of_a_long_past_gets_all_of_it(kept: Rig) -> None:
    venue = venue_names(kept)[0]
    trading = Trading(kept, venue, 0.0)
    many = 20_000
    for _ in range(many):
        trading.trade()
    eventually(lambda: kept.history.settle(20), "all is kept", 60)  # type: ignore[union-attr]
    stream = kept.stub.StreamTrades(pb.StreamTradesRequest(start_time_nanos=1, venues=[venue]), timeout=120)
    found: list[int] = []
    for message in stream:
        if message.trade.trade_id:
            found.append(int(message.trade.trade_id))
            if len(found) % 4000 == 0:
                time.sleep(0.2)
        if len(found) == many:
            break
    stream.cancel()
    assert sorted(found) == list(range(many))
