"""PlayedConnection: what a live connection does with its messages, and what it does not do beyond the recording."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from orderbook_ext import BookLock
from server import clock
from server.book.synchronizer import BookSynchronizer
from server.connection.connection_thread import Callbacks, Connection
from server.connection.effects import FetchSnapshot
from server.connection.session import Session
from server.errors import VenueError
from server.model import Instrument, Pair, Receipt, VenueState
from server.replay.played_connection import PlayedConnection
from server.venues import DEFAULT_VENUES, VENUES

SECOND = 10**9


class Rig:
    def __init__(self, name: str = DEFAULT_VENUES[0]) -> None:
        self.clock = clock.PlayedClock()
        self.clock.install()
        self.clock.begin_run(SECOND, SECOND)
        venue = VENUES[name]()
        item = Instrument(Pair("BTC", "USDT"), "BTCUSDT", Decimal("0.01"), Decimal("0.01"), "TRADING", True)
        plan = venue.book_plan(item, venue.BOOK_MODES[0], 1000)
        self.sync = BookSynchronizer(name, plan, venue.LIMITS, BookLock(), lambda: None)
        self.fetched: list[FetchSnapshot] = []
        self.ticks = 0
        self.lost: list[Connection] = []
        callbacks = Callbacks(
            trade=lambda _event, _time: None, reconnect=lambda _connection, _reason: None, tick=self.tick,
            lost=self.lost.append,
        )  # fmt: skip
        self.session = Session(venue, [self.sync], [])
        self.connection = PlayedConnection(self.session, self, callbacks)

    def tick(self, _connection: Connection) -> None:
        self.ticks += 1

    def fetch(self, session: Session, fetch: FetchSnapshot) -> None:
        assert session is self.session
        self.fetched.append(fetch)

    def frame(self, data: bytes, at: int = 2 * SECOND) -> None:
        self.clock.set(at, at)
        self.connection.received(data, Receipt(at, at))


@pytest.fixture(autouse=True)
def system_clock() -> Iterator[None]:
    yield
    clock.restore()


def test_there_is_no_thread_and_no_socket() -> None:
    rig = Rig()
    rig.connection.start()
    assert not rig.connection.thread.is_alive()
    rig.connection.join(5.0)
    with pytest.raises(VenueError, match="opens no socket"):
        rig.connection._open_socket("/ws")  # noqa: SLF001


def test_messages_count_between_the_opening_and_the_end() -> None:
    rig = Rig()
    rig.frame(b"{}")
    assert rig.connection.unexpected == 1
    rig.connection.opened()
    assert rig.connection.connected
    rig.frame(b"{}")
    rig.connection.ticked()
    assert (rig.connection.unexpected, rig.ticks) == (1, 1)
    rig.connection.closed("the venue went away")
    assert not rig.connection.connected
    assert rig.sync.state is VenueState.DOWN
    assert rig.lost == [rig.connection]
    rig.connection.ticked()
    rig.connection.closed("again")
    assert (rig.ticks, len(rig.lost)) == (1, 1)
    rig.connection.opened()
    assert rig.connection.connected
    assert rig.sync.state is not VenueState.DOWN


def test_a_message_that_left_is_taken_from_those_that_wait() -> None:
    rig = Rig("kraken")
    rig.connection.opened()
    waiting = [each.text for each in rig.connection._outbox]  # noqa: SLF001
    assert waiting
    sent: list[Any] = []
    rig.session.sent = lambda request, now: sent.append((request, now))  # type: ignore[method-assign]
    rig.connection.sent("one with another time stamp")
    left = [each.text for each in rig.connection._outbox]  # noqa: SLF001
    assert left == waiting[1:], "the order says which one it was"
    assert [now for _, now in sent] == [SECOND]
    for _ in waiting:
        rig.connection.sent(waiting[-1])
    assert rig.connection.unexpected == 1


def test_a_stopped_connection_takes_nothing_any_more() -> None:
    rig = Rig()
    rig.connection.opened()
    rig.connection.stop()
    rig.connection.stop()
    rig.connection.opened()
    rig.frame(b"{}")
    assert not rig.connection.connected
    assert rig.sync.state is VenueState.DOWN


def test_a_defect_costs_the_connection_and_not_the_replay(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig()
    rig.connection.opened()

    def broken(_data: bytes, _at: Receipt) -> Any:
        raise ZeroDivisionError

    rig.session.receive = broken
    rig.frame(b"{}")
    assert not rig.connection.connected
    assert "the feed failed" in caplog.text
    assert rig.sync.state is VenueState.DOWN
