"""The connection thread against a socket that the test holds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from types import TracebackType
from typing import Any

from orderbook_ext import BookLock
from server.book.synchronizer import BookSynchronizer
from server.connection.connection_thread import Callbacks, Connection
from server.connection.raw_tap import RawKind, RawTap
from server.connection.received import Received
from server.connection.session import Session
from server.connection.websocket import ReceiveTimeout
from server.errors import UnreachableError
from server.model import Instrument, Pair, Receipt
from server.protocol.venue import Venue
from server.venues.binance import Binance

ENOUGH = 5.0
NOBODY = Callbacks(
    trade=lambda _event, _at: None, reconnect=lambda _connection, _reason: None, tick=lambda _connection: None
)


class QuietSocket:
    """A venue that never says anything; what is done with it is written down."""

    def __init__(self) -> None:
        self.received_bytes = 0
        self.done: list[str] = []
        self.received = threading.Event()

    def __enter__(self) -> QuietSocket:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.done.append("close")

    def receive(self, timeout: float) -> tuple[bytes, Receipt] | None:
        self.done.append("receive")
        self.received.set()
        threading.Event().wait(timeout)
        raise ReceiveTimeout

    def send(self, text: str) -> None:
        self.done.append(text)


def session(venue: Venue | None = None, on_change: Callable[[], None] = lambda: None) -> Session:
    venue = venue or Binance()
    instrument = Instrument(Pair("BTC", "USDT"), "BTCUSDT", Decimal("0.01"), Decimal("0.00001"), "TRADING", True)
    plan = venue.book_plan(instrument, "diff", 1000)
    sync = BookSynchronizer(venue.NAME, plan, venue.LIMITS, BookLock(), on_change)
    return Session(venue, [sync], [])


class ShortLived(Binance):
    """Dead after a moment without any frame."""

    LIMITS = replace(Binance.LIMITS, dead=0.3)


def test_a_connection_without_any_frame_is_given_up() -> None:
    """Not even the venue's pings arrive: the socket is closed, its books are down, and a new one is opened."""
    sockets: list[Any] = []
    reopened = threading.Event()

    def open_socket(_path: str) -> Any:
        sockets.append(QuietSocket())
        if len(sockets) == 2:
            reopened.set()
        return sockets[-1]

    states: list[str] = []
    quiet = session(ShortLived(), lambda: states.append(quiet.syncs[0].entry.detail))
    connection = Connection(
        quiet,
        open_socket,
        snapshots=None,  # type: ignore[arg-type]
        callbacks=NOBODY,
    )
    connection.start()
    assert reopened.wait(ENOUGH)
    connection.stop()
    connection.join(ENOUGH)
    assert sockets[0].done[-1] == "close"
    assert "nothing was received for 0.3 s" in states


def test_the_subscription_is_sent_before_the_first_wait() -> None:
    socket: Any = QuietSocket()
    connection = Connection(
        session(),
        lambda _path: socket,
        snapshots=None,  # type: ignore[arg-type]
        callbacks=NOBODY,
    )
    connection.start()
    assert socket.received.wait(ENOUGH)
    connection.stop()
    connection.join(ENOUGH)
    assert "SUBSCRIBE" in socket.done[0]
    assert socket.done[1] == "receive"
    assert socket.done[-1] == "close"


class Said(QuietSocket):
    """A venue that says two things and ends the connection."""

    def receive(self, timeout: float) -> tuple[bytes, Receipt] | None:
        self.done.append("receive")
        number = self.done.count("receive")
        self.received_bytes += 12
        if number > 2:
            raise UnreachableError("the venue closed the connection")
        return b'{"result":null,"id":%d}' % number, Receipt(1000 + number, 2000 + number)


def test_taps_get_all_that_comes_and_goes() -> None:
    sockets: list[Any] = []
    reopened = threading.Event()

    def open_socket(_path: str) -> Any:
        sockets.append(Said() if not sockets else QuietSocket())
        if len(sockets) == 2:
            reopened.set()
        return sockets[-1]

    messages: list[tuple[int, bytes, int, int]] = []
    ended = threading.Event()
    connection = Connection(
        session(),
        open_socket,
        snapshots=None,  # type: ignore[arg-type]
        callbacks=NOBODY,
        tap=RawTap(
            1,
            lambda *message: messages.append(message),
            lambda data, at: messages.append((RawKind.RECEIVED, data, *at)),
            ended.set,
        ),
    )
    connection.start()
    assert reopened.wait(ENOUGH)
    assert sockets[1].received.wait(ENOUGH)
    assert not ended.is_set()
    connection.stop()
    connection.join(ENOUGH)
    assert ended.is_set()
    assert messages[-1][:2] == (RawKind.CLOSED, b"the feed was stopped")
    assert connection.traffic == Received(2, 36), "over both sockets, the one that was closed included"
    times = [monotonic for kind, _data, _time, monotonic in messages if kind != RawKind.RECEIVED]
    assert times == sorted(times)
    messages = [message for message in messages if message[0] != RawKind.TICK]
    kinds = [kind for kind, *_ in messages]
    opened, sent, first, second, closed = messages[:5]
    assert kinds[:6] == [1, 3, 2, 2, 4, 1]
    assert opened[1] == connection.session.path.encode()
    assert sent[1] == sockets[0].done[0].encode()
    assert first == (2, b'{"result":null,"id":1}', 1001, 2001)
    assert second == (2, b'{"result":null,"id":2}', 1002, 2002)
    assert closed[1] == b"the venue closed the connection"


def test_events_are_recorded_under_the_lock_under_which_the_session_uses_them() -> None:
    quiet = session()
    kinds: list[int] = []
    done = threading.Event()

    def put(kind: int, _data: bytes = b"", _time: int = 0, _monotonic: int = 0) -> None:
        free = threading.Event()

        def try_lock() -> None:
            with quiet.lock:
                free.set()

        other = threading.Thread(target=try_lock, daemon=True)
        other.start()
        assert not free.wait(0.05)
        kinds.append(kind)
        if kind == RawKind.TICK:
            done.set()

    socket: Any = Said()
    connection = Connection(
        quiet,
        lambda _path: socket if not socket.done else QuietSocket(),  # type: ignore[arg-type, return-value]
        snapshots=None,  # type: ignore[arg-type]
        callbacks=NOBODY,
        tap=RawTap(1, put, lambda data, at: put(RawKind.RECEIVED, data, *at)),
    )
    connection.start()
    assert done.wait(ENOUGH)
    connection.stop()
    connection.join(ENOUGH)
    assert {RawKind.OPENED, RawKind.SENT, RawKind.RECEIVED, RawKind.CLOSED, RawKind.TICK} <= set(kinds)
