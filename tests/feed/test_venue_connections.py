"""Which connection serves which pair, and when another takes its place."""

from __future__ import annotations

import time

import pytest

from server.connection.connection_thread import Connection
from server.feed.failover_connection import FailoverConnection
from server.feed.venue_connections import VenueConnections
from server.model import Pair, TradesState
from tests.connection.parts_rig import NOW, trade
from tests.feed.fake_connection import failover, fake

BTC, ETH, XRP = (Pair(base, "USDT") for base in ("BTC", "ETH", "XRP"))


def test_pairs_are_served_until_they_are_removed_and_an_empty_connection_is_closed() -> None:
    connections, first, second = VenueConnections(), failover("BTC", "ETH"), failover("XRP")
    assert connections.start(first)
    assert connections.start(second)
    assert connections.open == 2
    assert connections.pairs == {BTC, ETH, XRP}
    connections.remove(BTC)
    assert connections.pairs == {ETH, XRP}
    assert not fake(first.connection).stopped
    connections.remove(ETH)
    assert fake(first.connection).stopped
    assert connections.all == (second,)
    connections.remove(BTC)
    assert connections.open == 1


def test_nothing_is_started_once_the_venue_stops() -> None:
    connections, first, late = VenueConnections(), failover("BTC"), failover("ETH")
    connections.start(first)
    connections.stop()
    assert not connections.start(late)
    assert not fake(late.connection).connected
    assert connections.replace(None, "asked for") == 1
    connections.replace_one(first.connection, "asked for")
    assert first.successor is None
    connections.join(time.monotonic())


def test_a_replacement_is_opened_for_one_pair_or_for_all() -> None:
    connections, first, second = VenueConnections(), failover("BTC"), failover("XRP")
    connections.start(first)
    connections.start(second)
    assert connections.replace(BTC, "asked for") == 1
    assert first.successor is not None
    assert second.successor is None
    assert connections.replace(None, "asked for") == 2
    assert second.successor is not None
    assert connections.replace(Pair("DOGE", "USDT"), "asked for") == 0


def test_a_connection_whose_place_was_taken_decides_nothing_any_more() -> None:
    connections, served = VenueConnections(), failover("BTC")
    connections.start(served)
    old = served.connection
    stream = old.session.trade_streams[0]
    assert connections.advance(old) == {}
    assert connections.trades_states(old, [stream]) == {stream: TradesState.WAITING}
    connections.replace_one(old, "too old")
    successor = served.successor
    assert successor is not None
    successor.session.trades.trade(trade(successor.session, 1), NOW.monotonic)
    assert connections.advance(old) == {stream: TradesState.RECEIVED}, "the successor has taken over"
    assert fake(old).stopped
    assert connections.advance(old) is None
    assert connections.trades_states(old, [stream]) == {}
    connections.replace_one(old, "late")
    assert served.successor is None


def test_connections_are_counted_and_joined_while_none_can_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """A successor that takes over meanwhile could be read as None, on the thread of who asked."""
    connections = VenueConnections()
    connections.start(failover("BTC"))
    held: list[bool] = []

    def look(self: FailoverConnection) -> list[Connection]:
        held.append(connections._lock.locked())  # noqa: SLF001 - the lock itself is what is tested
        return [self.connection]

    monkeypatch.setattr(FailoverConnection, "connections", property(look))
    assert connections.open == 1
    connections.all[0].connection.stop()
    connections.join(time.monotonic())
    assert held == [True, True]


def test_a_pair_without_a_book_has_none() -> None:
    connections = VenueConnections()
    connections.start(failover("BTC"))
    assert connections.book(BTC) is None
    assert connections.book(XRP) is None
