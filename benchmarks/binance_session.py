"""A recorded session of one Binance pair in memory: through Session.receive, and the decoder and book alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from decimal import Decimal

from benchmarks import harness
from benchmarks.recording import SYMBOL, Recording
from orderbook_ext import BookLock, FrameDecoder, OrderBook
from server.book.synchronizer import BookSynchronizer
from server.connection.effects import Effect, FetchSnapshot
from server.connection.session import Session
from server.model import Instrument, Pair, Receipt
from server.venues.binance import Binance


def new_session(on_change: Callable[[], None]) -> Session:
    """What VenueFeed makes for one pair."""
    venue = Binance()
    instrument = Instrument(Pair("BTC", "USDT"), SYMBOL, Decimal("0.01"), Decimal("0.00001"), "TRADING", True)
    plan = venue.book_plan(instrument, "diff", 1000)
    sync = BookSynchronizer(venue.NAME, plan, venue.LIMITS, BookLock(), on_change)
    return Session(venue, [sync], [venue.trade_stream(instrument)])


class Counter:
    """Counts the books that came out; ready when all have."""

    def __init__(self, expected: int) -> None:
        self.count = 0
        self.done = threading.Event()
        self._expected = expected

    def __call__(self) -> None:
        self.count += 1
        if self.count == self._expected:
            self.done.set()


def through_session(source: Recording) -> Callable[[], Callable[[], object]]:
    """The protocol core and the book."""

    def prepare() -> Callable[[], object]:
        def body() -> None:
            count_books(source)

        return body

    return prepare


def count_books(source: Recording) -> int:
    """Runs a whole recording through a session; how often its book changed in public."""
    counter = Counter(-1)
    session = new_session(counter)
    session.opened(0)
    receive = session.receive
    for number, frame in enumerate(source.frames):
        for effect in receive(frame, Receipt(number, number)):
            answer(session, effect, source.snapshot)
    assert session.live, "the recording did not lead to a live book"
    return counter.count


def answer(session: Session, effect: Effect, snapshot: bytes) -> None:
    """The venue's REST service, at once."""
    if isinstance(effect, FetchSnapshot):
        session.snapshot(effect, snapshot, Receipt(time.time_ns(), time.monotonic_ns()))


def book_alone(source: Recording) -> Callable[[], Callable[[], object]]:
    """Decoding and applying without the protocol around it: the floor."""

    def prepare() -> Callable[[], object]:
        book, decoder = OrderBook(2, 5, tick="0.01"), FrameDecoder(harness.BINANCE)

        def body() -> None:
            feed = book.feed
            for frame in source.frames:
                feed(decoder, frame)

        return body

    return prepare
