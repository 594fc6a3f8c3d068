"""The connection thread against a socket that the test holds."""

from __future__ import annotations

import threading
from decimal import Decimal
from types import TracebackType
from typing import Any

from orderbook_ext import BookLock
from server.feed.connection import Connection
from server.feed.socket import Silence
from server.model import Instrument, Pair, Receipt
from server.protocol.book_sync import BookSync
from server.protocol.session import Session
from server.venues.binance import Binance

ENOUGH = 5.0


class QuietSocket:
    """A venue that never says anything; what is done with it is written down."""

    def __init__(self) -> None:
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
        raise Silence

    def send(self, text: str) -> None:
        self.done.append(text)


def session() -> Session:
    venue = Binance()
    instrument = Instrument(Pair("BTC", "USDT"), "BTCUSDT", Decimal("0.01"), Decimal("0.00001"), "TRADING", True)
    plan = venue.book_plan(instrument, "diff", 1000)
    sync = BookSync(venue.NAME, plan, venue.LIMITS, BookLock(), lambda: None)
    return Session(venue, [sync], [])


def test_the_subscription_is_sent_before_the_first_wait() -> None:
    socket: Any = QuietSocket()
    connection = Connection(
        session(),
        lambda _path: socket,
        snapshots=None,  # type: ignore[arg-type]
        on_trade=lambda _event, _at: None,
        on_renew=lambda _connection, _reason: None,
        on_tick=lambda _connection: None,
    )
    connection.start()
    assert socket.received.wait(ENOUGH)
    connection.stop()
    connection.join(ENOUGH)
    assert "SUBSCRIBE" in socket.done[0]
    assert socket.done[1] == "receive"
    assert socket.done[-1] == "close"
