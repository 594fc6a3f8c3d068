"""What connections say, and who is to know."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, cast

import pytest

from server import clock
from server.connection.connection_thread import Connection
from server.connection.effects import CheckListing, TradesStatus
from server.feed.connection_events import MUTE_CHECK, ConnectionEvents
from server.feed.failover_connection import FailoverConnection
from server.feed.trade_router import TradeRouter
from server.feed.venue_connections import VenueConnections
from server.market.feed_listener import FeedListener
from server.market.market import Market
from server.model import Instrument, Pair, TradesState
from server.protocol.candle_source import OpenInterest
from server.protocol.events import OpenInterestUpdate
from tests.connection.parts_rig import NOW, trade
from tests.feed.fake_connection import failover, fake, instrument

BTC = Pair("BTC", "USDT")


class Router:
    """Notes what it is given; owns the streams of one market."""

    def __init__(self, market: Market, owned: Instrument) -> None:
        self.market, self.owned = market, owned
        self.states: list[tuple[TradesState, str]] = []
        self.interrupted: list[str] = []
        self.silent = False
        self.probed: list[str] = []

    def trade(self, *_: object) -> None:
        pass

    def trade_missed(self, stream: str) -> None:
        pass

    def owners(self, _stream: str) -> list[tuple[Market, Instrument]]:
        return [(self.market, self.owned)]

    def set_state(self, _stream: str, state: TradesState, reason: str = "") -> None:
        self.states.append((state, reason))

    def interrupt(self, stream: str) -> None:
        self.interrupted.append(stream)

    def is_silent(self, _stream: str, _now: float) -> bool:
        return self.silent

    def probe(self, stream: str, on_mute: Any) -> None:
        self.probed.append(stream)
        on_mute()


class Rig(FeedListener):
    """One connection of a venue."""

    def __init__(self, contract: Decimal = Decimal(1), inverse: bool = False) -> None:
        owned = replace(instrument("BTC"), contract=contract, inverse=inverse)
        market = Market(BTC, ("binance",), lambda _market: None)
        self.router = Router(market, owned)
        self.doubted: list[CheckListing] = []
        self.interest: list[OpenInterest] = []
        self.connections = VenueConnections()
        self.failover: FailoverConnection = failover("BTC")
        self.connections.start(self.failover)
        self.events = ConnectionEvents(
            "binance", {BTC: market}, self.connections, cast(TradeRouter, self.router), self, self.doubted.append
        )
        self.callbacks = self.events.callbacks()

    def open_interest(self, market: Market, venue: str, interest: OpenInterest, receive_time: int) -> None:
        self.interest.append(interest)

    @property
    def connection(self) -> Connection:
        return self.failover.connection

    def take_over(self) -> Connection:
        """Another connection takes the place of the first, which is returned."""
        old = self.connection
        self.connections.replace_one(old, "too old")
        successor = self.failover.successor
        assert successor is not None
        successor.session.trades.trade(trade(successor.session, 1), NOW.monotonic)
        self.callbacks.tick(old)
        assert self.connection is successor
        return old


def test_the_state_of_trades_is_the_one_of_all_connections_of_the_pair() -> None:
    rig = Rig()
    stream = rig.connection.session.trade_streams[0]
    rig.callbacks.trades(rig.connection, TradesStatus(stream, TradesState.REFUSED, "no"))
    assert rig.router.states == [(TradesState.WAITING, "no")], "the session says what it knows"
    old = rig.take_over()
    assert rig.router.states[1:] == [(TradesState.RECEIVED, "")]
    rig.callbacks.trades(old, TradesStatus(stream, TradesState.REFUSED, "late"))
    assert len(rig.router.states) == 2, "another connection has taken its place"


def test_a_lost_connection_interrupts_what_no_other_one_receives() -> None:
    rig = Rig()
    rig.callbacks.lost(rig.connection)
    assert rig.router.interrupted == list(rig.connection.session.trade_streams)
    rig = Rig()
    rig.callbacks.lost(rig.take_over())
    assert rig.router.interrupted == []


def test_a_pair_without_a_book_is_doubted() -> None:
    rig, check = Rig(), CheckListing(instrument("BTC"), "refused", True)
    rig.callbacks.check_listing(rig.connection, check)
    assert rig.doubted == [check]


def test_a_silent_stream_is_probed_and_ended_by_its_connection_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(clock, "monotonic", lambda: now)
    rig = Rig()
    rig.callbacks.tick(rig.connection)
    assert rig.router.probed == []
    rig.router.silent = True
    now += MUTE_CHECK / 2
    rig.callbacks.tick(rig.connection)
    assert rig.router.probed == [], "it is looked at once per second"
    now += MUTE_CHECK / 2
    rig.callbacks.tick(rig.connection)
    assert rig.router.probed == list(rig.connection.session.trade_streams)
    assert len(fake(rig.connection).asked) == 1, "on the connection's own thread"


@pytest.mark.parametrize(("contract", "inverse"), [("1", False), ("0.01", False), ("100", True)])
def test_open_interest_is_in_base_units_or_in_quote_units_of_inverse_contracts(contract: str, inverse: bool) -> None:
    rig = Rig(Decimal(contract), inverse)
    rig.callbacks.interest(OpenInterestUpdate("btc", Decimal(7), 5))
    assert rig.interest == [OpenInterest(Decimal(7) * Decimal(contract), 5, inverse)]
