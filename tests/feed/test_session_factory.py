"""Sessions, sockets and public entries of one venue."""

from __future__ import annotations

import threading
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest

from server.errors import UnreachableError, VenueError
from server.feed.feed_options import FeedOptions
from server.feed.session_factory import SessionFactory
from server.feed.socket_plan import SocketPlan, plan_sockets
from server.feed.trade_router import TradeRouter
from server.market.market import Market
from server.model import Instrument, Pair, VenueState
from server.network.hosts import Hosts
from server.network.rest_client import RestClient
from server.protocol.rest_request import RestRequest
from server.protocol.venue import Endpoint, Venue
from server.venues.binance import Binance
from tests.feed.fake_connection import instrument

BTC, ETH = Pair("BTC", "USDT"), Pair("ETH", "USDT")


class Addressed(Binance):
    """Gives out the address of its websockets."""

    given = "wss://other.example/ws"

    def address(self) -> RestRequest | None:
        return RestRequest("/address")

    def read_address(self, answer: Any) -> str:
        return str(answer["url"])


class Rig:
    """A factory for two markets, one of which may be gone."""

    def __init__(self, venue: Venue | None = None, ws: str = "ws://127.0.0.1:1", answer: bytes = b"") -> None:
        self.venue = venue or Binance()
        self.streams: list[str] = []
        self.markets = {pair: Market(pair, (self.venue.NAME,), lambda _market: None) for pair in (BTC, ETH)}
        self.stop = threading.Event()
        router = SimpleNamespace(add_stream=lambda stream, _market, _instrument: self.streams.append(stream))
        rest = SimpleNamespace(get=lambda _request, _stop, _held: answer)
        options = FeedOptions(Endpoint(ws, "http://127.0.0.1:1"))
        pace = Hosts().pace(ws, self.venue.LIMITS)
        self.factory = SessionFactory(
            self.venue, options, self.markets, cast(TradeRouter, router), cast(RestClient, rest), pace, self.stop
        )

    def plan(self, *instruments: Instrument) -> SocketPlan:
        (plan,) = plan_sockets(self.venue, instruments, "diff", 100, checks=False)
        return plan


def test_a_session_has_the_books_and_trades_of_its_plan_and_the_router_knows_them() -> None:
    rig = Rig()
    session = rig.factory.session(rig.plan(instrument("BTC"), instrument("ETH")))
    assert [sync.plan.instrument.pair for sync in session.syncs] == [BTC, ETH]
    assert set(session.trade_streams) <= set(rig.streams)
    for sync in session.syncs:
        assert sync.entry.lock is rig.markets[sync.plan.instrument.pair].lock, "merged under the market's lock"


def test_a_market_that_is_gone_gets_no_streams() -> None:
    rig = Rig()
    plan = rig.plan(instrument("BTC"), instrument("ETH"))
    del rig.markets[BTC]
    session = rig.factory.session(plan)
    assert [sync.plan.instrument.pair for sync in session.syncs] == [ETH]
    assert all("btc" not in stream for stream in (*session.trade_streams, *rig.streams))
    assert rig.factory.entry(instrument("BTC")) is None
    del rig.markets[ETH]
    rig.factory.adopt(session)
    assert session.syncs[0].state is VenueState.CONNECTING


@pytest.mark.parametrize(("contract", "inverse"), [("1", False), ("0.01", False), ("100", True)])
def test_adopted_books_are_read_by_others_in_the_unit_of_the_contract(contract: str, inverse: bool) -> None:
    rig = Rig()
    item = replace(instrument("BTC"), contract=Decimal(contract), inverse=inverse)
    session = rig.factory.session(rig.plan(item))
    public = rig.factory.entry(item)
    assert public is rig.markets[BTC].entries[rig.venue.NAME]
    rig.factory.adopt(session)
    holder = session.holder(session.syncs[0])
    assert holder.entry is public
    assert public.book is holder.book


def test_a_book_has_no_entry_once_its_venue_is_gone_from_the_market() -> None:
    rig = Rig()
    rig.markets[BTC] = Market(BTC, ("other",), lambda _market: None)
    assert rig.factory.entry(instrument("BTC")) is None


def test_an_address_without_tls_is_refused_where_tls_is_configured() -> None:
    rig = Rig(Addressed(), "wss://127.0.0.1:1", b"""{"url":"ws://elsewhere.example/"}""")
    with pytest.raises(VenueError, match="address without TLS: elsewhere.example"):
        rig.factory.open_socket("/stream")


def test_no_socket_is_opened_once_the_server_stops() -> None:
    rig = Rig()
    waits: list[float] = [5.0]
    rig.factory._pace = cast(Any, SimpleNamespace(delay=lambda: waits.pop() if waits else 0.0))  # noqa: SLF001 - a moment that is hard to provoke
    rig.stop.set()
    with pytest.raises(UnreachableError, match="the server is stopping"):
        rig.factory.open_socket("/stream")


def test_nobody_there_is_an_error_of_the_venue() -> None:
    with pytest.raises(UnreachableError):
        Rig().factory.open_socket("/stream")
