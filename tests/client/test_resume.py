"""Streams that lose their server and continue: every trade once, whatever was cut or restarted, and when."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from client import Connected, FailedPreconditionError, Reconnecting, Resumed
from client.events import Event
from client.resume import LiveResume, StateResume
from onebook.v1 import analytics_pb2 as analytics
from onebook.v1 import history_pb2 as history
from onebook.v1 import market_data_pb2 as api
from onebook.v1 import types_pb2 as pb
from tests.api.conftest import Rig
from tests.client.conftest import AsyncDriver, SyncDriver
from tests.client.kept_server import KeptServer, Trading
from tests.transport.servers import TRANSPORTS
from tests.waiting import PATIENCE, eventually

DRIVERS = pytest.mark.parametrize("driver", [SyncDriver, AsyncDriver], ids=["sync", "async"])


@pytest.fixture
def transport() -> str:
    """The transport of the server; a test that runs over each of them names its own."""
    return "push"


@pytest.fixture
def kept(tmp_path: Path, transport: str) -> Iterator[KeptServer]:
    server = KeptServer(tmp_path / "history", transport)
    yield server
    server.close()


class Reading(threading.Thread):
    """A client that reads trades in a thread of its own."""

    def __init__(self, driver: Callable[..., Any], target: str, **options: Any) -> None:
        super().__init__(daemon=True)
        self.events: list[Event] = []
        self.ids: list[str] = []
        self.gaps: list[Any] = []
        self.error: BaseException | None = None
        self._driver = driver(target, on_event=self.events.append, heartbeats=True, **options)
        self.stream = self._driver.client.stream_trades("BTC/USDT", on_gap=self.gaps.append)
        self._last = ""
        self.start()
        eventually(lambda: self.events, "connected")

    def run(self) -> None:
        try:
            while True:
                trade = self._driver.next(self.stream)
                if trade.trade_id:
                    self.ids.append(trade.trade_id)
                elif self._last in self.ids and not trade.header.past:
                    break  # the stream is live, and nothing of the past can follow
        except BaseException as error:
            self.error = error
        self._driver.close()

    def finish(self, last: str) -> None:
        """Reads until this trade has come, and the stream is live."""
        self._last = last
        self.join(PATIENCE)
        assert not self.is_alive(), f"{last} has not come, {self.events[-3:]}"

    def told(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


def once(reading: Reading, server: KeptServer) -> None:
    """The client has seen every trade that the server was handed, and none twice."""
    found = Counter(reading.ids)
    assert reading.error is None
    assert not [each for each, times in found.items() if times > 1]
    assert set(found) == set(server.handed)
    assert reading.stream.missed == 0


@pytest.mark.slow
@DRIVERS
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_every_trade_comes_once_however_often_the_server_ends(
    driver: Callable[..., Any], transport: str, kept: KeptServer
) -> None:
    """Random moments at which the server is stopped and started again, or the connection is cut."""
    chance = random.Random(f"{transport}{driver}")
    reading, trading = Reading(driver, kept.target), Trading(kept, 0.003)
    trading.start()
    for _ in range(6):
        time.sleep(chance.uniform(0.0, 0.5))
        chance.choice((kept.restart, kept.relay.cut))()
    time.sleep(0.3)
    trading.stop()
    last = kept.trade()
    reading.finish(last)
    once(reading, kept)
    assert reading.told(Resumed)


@DRIVERS
def test_a_cut_connection_misses_nothing_and_says_so(driver: Callable[..., Any], kept: KeptServer) -> None:
    reading = Reading(driver, kept.target)
    last = [kept.trade() for _ in range(5)][-1]
    eventually(lambda: last in reading.ids)
    kept.gap()
    eventually(lambda: reading.gaps)
    kept.relay.port_behind, port = 0, kept.relay.port_behind
    kept.relay.cut()
    eventually(lambda: reading.told(Reconnecting))
    for _ in range(20):
        kept.trade()
    kept.gap()
    kept.relay.port_behind = port
    reading.finish(kept.trade())
    once(reading, kept)
    assert len(reading.gaps) == 2
    (resumed,) = reading.told(Resumed)
    assert (resumed.stream, resumed.complete) == ("trades BTC/USDT", True)
    assert 21 <= resumed.messages <= 22, "the trades and the gap, and perhaps the last trade"
    assert 0 < time.time_ns() - resumed.since_nanos < 120 * 10**9
    assert not reading.told(Connected)[-1].restarted


def test_what_came_before_the_first_trade_is_not_lost(kept: KeptServer) -> None:
    """Connected, told so by a heartbeat, and cut before anything has happened."""
    reading = Reading(SyncDriver, kept.target)
    kept.relay.port_behind, port = 0, kept.relay.port_behind
    kept.relay.cut()
    eventually(lambda: reading.told(Reconnecting))
    for _ in range(3):
        kept.trade()
    kept.relay.port_behind = port
    reading.finish(kept.trade())
    once(reading, kept)


@DRIVERS
def test_without_resume_a_stream_continues_live_and_counts(driver: Callable[..., Any], kept: KeptServer) -> None:
    other = kept.rig.stub.StreamTrades(api.StreamTradesRequest())  # counts go on while somebody reads
    next(other)
    reading = Reading(driver, kept.target, resume=False)
    first = kept.trade()
    eventually(lambda: first in reading.ids)
    kept.relay.port_behind, port = 0, kept.relay.port_behind
    kept.relay.cut()
    eventually(lambda: reading.told(Reconnecting))
    lost = [kept.trade() for _ in range(7)]
    eventually(lambda: kept.history.settle(5) and lost[-1] in kept.handed)
    kept.relay.port_behind = port
    eventually(lambda: len(reading.told(Connected)) == 2)
    reading.finish(kept.trade())
    assert not set(lost) & set(reading.ids)
    assert reading.stream.missed >= 7, "heartbeats count too"
    assert not reading.told(Resumed)
    other.cancel()


def test_a_history_that_begins_later_is_told(kept: KeptServer, tmp_path: Path) -> None:
    reading = Reading(SyncDriver, kept.target)
    last = kept.trade()
    eventually(lambda: last in reading.ids)
    kept.restart(tmp_path / "another")
    reading.finish(kept.trade())
    (resumed,) = reading.told(Resumed)
    assert not resumed.complete
    assert "some may be missing" in str(resumed)


def test_a_history_that_cannot_be_settled_is_a_gap(kept: KeptServer, monkeypatch: pytest.MonkeyPatch) -> None:
    reading = Reading(SyncDriver, kept.target)
    last = kept.trade()
    eventually(lambda: last in reading.ids)
    monkeypatch.setattr(kept.history, "settle", lambda _seconds: False)
    kept.relay.cut()
    eventually(lambda: reading.told(Resumed))
    reading.finish(kept.trade())
    assert {gap.missing for gap in reading.gaps} == {0}
    assert all(gap.header.past for gap in reading.gaps)


@DRIVERS
def test_a_start_is_where_the_first_connection_begins(driver: Callable[..., Any], kept: KeptServer) -> None:
    first = [kept.trade() for _ in range(10)]
    eventually(lambda: len(kept.handed) == 10 and kept.history.settle(5))
    begin = time.time_ns() - 60 * 10**9
    client = driver(kept.target)
    stream = client.client.stream_trades(start=begin)
    found = [client.next(stream).trade_id for _ in range(10)]
    assert sorted(found, key=int) == first
    kept.restart()
    more = [kept.trade() for _ in range(5)]
    found += [client.next(stream).trade_id for _ in range(5)]
    assert sorted(found, key=int) == first + more
    client.close()


@pytest.mark.slow
@DRIVERS
def test_a_long_past_is_read_once_though_it_is_cut(driver: Callable[..., Any], kept: KeptServer) -> None:
    many = 4000
    for _ in range(many):
        kept.trade()
    eventually(lambda: len(kept.handed) == many and kept.history.settle(5))
    client = driver(kept.target)
    stream = client.client.stream_trades(start=1)
    chance = random.Random(3)
    cuts = set(chance.sample(range(many), 5))
    found = []
    for number in range(many):
        found.append(client.next(stream).trade_id)
        if number in cuts:
            kept.relay.cut()
    assert sorted(found, key=int) == kept.handed
    assert stream.reconnects >= 1
    assert stream.missed == 0
    found.append(kept.trade())
    assert client.next(stream).trade_id == found[-1]
    client.close()


@pytest.mark.slow
@DRIVERS
def test_a_reader_that_does_not_keep_up_loses_nothing(driver: Callable[..., Any], kept: KeptServer) -> None:
    events: list[Event] = []
    client = driver(kept.target, on_event=events.append, heartbeats=True)
    stream = client.client.stream_trades(disconnect_on_overflow=True)
    assert client.next(stream).header.heartbeat, "open"
    many = 15_000
    for _ in range(many):
        kept.trade()
    found: list[str] = []
    while len(found) < many:
        trade = client.next(stream)
        found += [trade.trade_id] * bool(trade.trade_id)
    assert sorted(found, key=int) == kept.handed
    assert stream.missed == 0
    assert [event for event in events if isinstance(event, Reconnecting)], "it was too slow"
    client.close()


@DRIVERS
def test_books_begin_in_the_past_once(driver: Callable[..., Any], kept: KeptServer) -> None:
    kept.rig.fill("alpha", "100.0", "101.0")
    begin = time.time_ns() - 10**9

    def kept_books() -> bool:
        kept.history.settle(5)
        request = history.ListBooksRequest(range=history.PastRange(start_time_nanos=begin))
        return bool(kept.rig.past.ListBooks(request).books)

    client = driver(kept.target)
    eventually(kept_books)
    stream = client.client.stream_book(start=begin)
    times = []
    while (book := client.next(stream)).header.past:
        times.append(book.header.receive_time_nanos)
    assert times
    assert times == sorted(set(times))
    kept.relay.cut()
    assert not client.next(stream).header.past, "the state now, not the past again"
    client.close()


@DRIVERS
def test_a_start_without_a_history_is_an_error(driver: Callable[..., Any]) -> None:
    rig = Rig("push")
    client = driver(f"127.0.0.1:{rig.server.port}")
    with pytest.raises(FailedPreconditionError, match="--history") as caught:
        client.next(client.client.stream_trades(start=1))
    assert caught.value.reason == "NO_HISTORY"
    client.close()
    rig.close()


def test_a_past_of_states_is_continued_and_not_repeated() -> None:
    resume = StateResume(api.StreamBookRequest(market="A/B", start_time_nanos=50))
    assert resume.request().start_time_nanos == 50
    assert resume.take(pb.Book(header=pb.Header(past=True, receive_time_nanos=70)))
    assert resume.request() == api.StreamBookRequest(market="A/B", start_time_nanos=71)
    assert resume.take(pb.Book(header=pb.Header(sequence=3, receive_time_nanos=80)))
    assert resume.request() == api.StreamBookRequest(market="A/B")


def test_without_resume_the_past_is_asked_for_until_it_comes() -> None:
    resume = LiveResume(api.StreamTradesRequest(market="A/B", start_time_nanos=50))
    assert resume.request().start_time_nanos == 50
    assert resume.take(pb.Trade(header=pb.Header(past=True)))
    assert resume.request() == api.StreamTradesRequest(market="A/B")


@pytest.mark.slow
@DRIVERS
def test_candles_that_closed_meanwhile_come_once(driver: Callable[..., Any], kept: KeptServer) -> None:
    events: list[Event] = []
    client = driver(kept.target, on_event=events.append)
    stream = client.client.stream_candles("BTC/USDT", "1s")
    trading = Trading(kept, 0.01)
    trading.start()
    found = [client.next(stream) for _ in range(2)]

    def read_on() -> None:
        resumed = len([event for event in events if isinstance(event, Resumed)])
        while len([event for event in events if isinstance(event, Resumed)]) == resumed:
            found.append(client.next(stream))

    def newest() -> int:
        closed = kept.rig.prices.GetCandles(analytics.GetCandlesRequest(interval="1s")).candles
        return int(closed[-1].open_time_nanos) // 10**9

    kept.relay.port_behind, port = 0, kept.relay.port_behind
    kept.relay.cut()
    before = newest()
    eventually(lambda: newest() > before + 1)
    kept.relay.port_behind = port
    read_on()
    kept.relay.port_behind = 0
    kept.relay.cut()
    trading.stop()
    last = time.time_ns() // 10**9 - 1
    eventually(lambda: newest() >= last)
    kept.restart()
    trading = Trading(kept, 0.01)
    trading.start()
    first = time.time_ns() // 10**9
    read_on()
    while found[-1].open_time_nanos // 10**9 <= first:
        found.append(client.next(stream))
    trading.stop()
    opened = {candle.open_time_nanos // 10**9 for candle in found}
    quiet = set(range(last + 1, first + 1))
    assert set(range(min(opened), max(opened) + 1)) - opened <= quiet, "the server had them all"
    past = [(candle.open_time_nanos, candle.revision) for candle in found if candle.header.past]
    assert len(past) == len(set(past)) > 2
    assert all(event.complete for event in events if isinstance(event, Resumed))
    assert stream.missed == 0
    client.close()
