"""A connection without a thread or a socket, for what is decided about connections."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, cast

from server.connection.connection_thread import Connection
from server.connection.session import Session
from server.feed.failover_connection import FailoverConnection
from server.feed.socket_plan import Member, SocketPlan
from server.model import Instrument, Pair
from tests.connection.parts_rig import NOW
from tests.connection.test_subscriptions import VENUE


def instrument(base: str) -> Instrument:
    return Instrument(Pair(base, "USDT"), f"{base}USDT", Decimal("0.01"), Decimal("0.001"), "TRADING", True)


class FakeConnection:
    """`connected` from its start to its stop."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.connected = False
        self.stopped = False
        self.asked: list[Callable[[], Any]] = []

    def start(self) -> None:
        self.connected = True
        self.session.opened(NOW.monotonic)

    def stop(self) -> None:
        self.connected, self.stopped = False, True

    def join(self, timeout: float) -> None:
        assert self.stopped
        assert timeout >= 0

    def ask(self, step: Callable[[], Any]) -> None:
        self.asked.append(step)

    def may_reconnect_again(self) -> None:
        pass


def failover(*bases: str) -> FailoverConnection:
    """A connection that serves the trades of these pairs."""
    members = [Member(each, None, VENUE.trade_stream(each)) for each in map(instrument, bases)]
    return FailoverConnection("binance", SocketPlan(tuple(members)), make)


def make(plan: SocketPlan) -> Connection:
    session = Session(VENUE, [], [member.trade for member in plan.members])
    return cast(Connection, FakeConnection(session))


def fake(connection: Connection | None) -> FakeConnection:
    return cast(FakeConnection, connection)
