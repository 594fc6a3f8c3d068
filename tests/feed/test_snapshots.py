"""The order in which snapshots are fetched: what somebody looks at comes first."""

from __future__ import annotations

import threading
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest

from server.book.synchronizer import BookSynchronizer
from server.connection.effects import FetchSnapshot
from server.connection.session import Session
from server.errors import UnreachableError
from server.feed import snapshots
from server.feed.snapshots import SnapshotScheduler
from server.market.market import Market
from server.model import Instrument, Pair, Receipt
from server.network.rest_client import RestClient
from server.protocol.rest_request import RestRequest
from server.publish.epoch import Epoch
from server.publish.topics import BookChoice, BookTopic
from server.publish.trade_topic import TradeTopic
from server.venues.binance import Binance
from tests.publish.test_dispatcher import Reader


class Rest:
    """Answers every request at once and notes it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.budget = SimpleNamespace(tight=lambda: False)

    def get(self, request: Any, _stop: threading.Event, _held: object = None) -> bytes:
        self.asked.append(request)
        return b"{}"


def fetch(symbol: str, **kinds: bool) -> FetchSnapshot:
    instrument = Instrument(Pair(symbol, "USDT"), symbol, Decimal(1), Decimal(1), "TRADING", True)
    sync = SimpleNamespace(plan=SimpleNamespace(instrument=instrument), subscription=1)
    return FetchSnapshot(cast(BookSynchronizer, sync), cast(RestRequest, symbol), 1, **kinds)


def test_books_that_somebody_looks_at_are_built_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "WORKERS", 1)
    markets = {symbol: Market(Pair(symbol, "USDT"), ("alpha",), lambda _: None) for symbol in "ABCDEF"}
    book = BookTopic(markets["D"], Epoch.now(), 0.0, BookChoice(5, Decimal(0)))
    trades = TradeTopic(markets["F"], Epoch.now(), ())
    gone = TradeTopic(markets["B"], Epoch.now(), ())
    book.channel.join(Reader(trades))
    reader = Reader(gone)
    gone.buffer.leave(reader)
    rest, done = Rest(), threading.Event()
    taken: list[object] = []

    def answered(*_: object) -> None:
        taken.append(1)
        if len(taken) == 6:
            done.set()

    session = cast(Session, SimpleNamespace(snapshot=answered, venue=Binance(), lock=threading.Lock()))
    scheduler = SnapshotScheduler(
        "alpha", cast(RestClient, rest), threading.Event(), lambda symbol: bool(markets[symbol].watched)
    )
    for each in (fetch("A"), fetch("B"), fetch("C", quiet=True), fetch("D"), fetch("E", audit=True), fetch("F")):
        scheduler.fetch(session, each)
    scheduler.start()
    assert done.wait(10)
    scheduler.close(5)
    assert rest.asked == ["D", "F", "A", "B", "C", "E"]


def test_what_a_lost_connection_has_asked_for_costs_nothing() -> None:
    rest, done = Rest(), threading.Event()
    session = cast(Session, SimpleNamespace(snapshot=lambda *_: done.set(), venue=Binance(), lock=threading.Lock()))
    scheduler = SnapshotScheduler("alpha", cast(RestClient, rest), threading.Event())
    lost, kept = fetch("A"), fetch("B", quiet=True)
    scheduler.fetch(session, lost)
    scheduler.fetch(session, kept)
    cast(Any, lost.sync).subscription += 1
    scheduler.start()
    assert done.wait(10)
    scheduler.close(5)
    assert rest.asked == ["B"]


def test_an_answer_is_recorded_under_the_lock_under_which_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "WORKERS", 1)
    lock, done = threading.Lock(), threading.Event()
    events: list[tuple[str, bool, int]] = []

    class Recorded(Rest):
        def get(self, request: Any, _stop: threading.Event, held: Any = None) -> bytes:
            held.hold(lambda at: events.append(("recorded", lock.locked(), at.monotonic)))
            if request == "BAD":
                raise UnreachableError("nobody is there")
            return b"{}"

    def snapshot(_fetched: FetchSnapshot, _body: bytes, at: Receipt) -> None:
        events.append(("used", lock.locked(), at.monotonic))
        done.set()

    def snapshot_failed(_fetched: FetchSnapshot, _why: str, now: int, _wait: float, refused: bool) -> None:
        assert not refused
        events.append(("failed", lock.locked(), now))

    session = SimpleNamespace(venue=Binance(), lock=lock, snapshot=snapshot, snapshot_failed=snapshot_failed)
    stop = threading.Event()
    scheduler = SnapshotScheduler("alpha", cast(RestClient, Recorded()), stop)
    for symbol in ("BAD", "GOOD"):
        scheduler.fetch(cast(Session, session), fetch(symbol))
    scheduler.start()
    assert done.wait(10.0)
    stop.set()
    scheduler.close(10.0)
    assert [(what, held) for what, held, _now in events] == [
        ("recorded", True), ("failed", True), ("recorded", True), ("used", True),
    ]  # fmt: skip
    assert events[0][2] == events[1][2]
    assert events[2][2] == events[3][2]


def test_a_defect_in_one_answer_ends_no_worker_and_the_book_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever an answer makes our code raise: the session hears of it, as of any failure, and others go on."""
    monkeypatch.setattr(snapshots, "WORKERS", 1)
    failed: list[str] = []
    done = threading.Event()

    def snapshot(fetched: FetchSnapshot, *_: object) -> None:
        if fetched.sync.plan.instrument.symbol != "LAST":
            raise OverflowError("timestamp too large")
        done.set()

    session = cast(
        Session,
        SimpleNamespace(
            venue=Binance(),
            lock=threading.Lock(),
            snapshot=snapshot,
            snapshot_failed=lambda fetched, why, _now, _wait: failed.append(
                f"{fetched.sync.plan.instrument.symbol}: {why}"
            ),
        ),
    )
    stop = threading.Event()
    scheduler = SnapshotScheduler("alpha", cast(RestClient, Rest()), stop)
    for symbol in ("A", "B", "LAST"):
        scheduler.fetch(session, fetch(symbol))
    scheduler.start()
    assert done.wait(10.0)
    stop.set()
    scheduler.close(10.0)
    assert failed == [f"{symbol}: internal error, see the log" for symbol in "AB"]
    assert len([record for record in caplog.records if record.exc_info]) == 1
    assert [thread.failures for thread in scheduler.threads] == [0]
