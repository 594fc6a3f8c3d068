"""Commands over a real channel: what they do, what they answer, and what they leave alone. On both transports."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, cast

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from onebook.v1 import control_pb2 as pb
from onebook.v1 import control_pb2_grpc, types_pb2
from onebook.v1 import market_data_pb2 as data
from onebook.v1 import market_data_pb2_grpc as stubs
from server import roster as roster_module
from server.analytics.settings import AnalyticsSettings
from server.api import control as control_module
from server.api.control import CommandBudget, Control
from server.api.grpc_server import SERVICES, GrpcServer
from server.api.market_data import MarketData
from server.api.requests import RequestLimits, RequestReader
from server.api.streams import Streams
from server.api.topics import Topics
from server.desks.analytics import Analytics
from server.errors import ConfigError, UnreachableError
from server.market.market import Market
from server.model import Pair, Side, Trade, VenueState
from server.publish.epoch import Epoch
from server.publish.publisher import Publisher
from server.roster import Feed, Roster

from .conftest import TRANSPORTS, Failure
from .fake_feed import FakeFeed
from .test_market_data import eventually

Code = grpc.StatusCode
BTC, ETH, SOL = Pair("BTC", "USDT"), Pair("ETH", "USDT"), Pair("SOL", "USDT")
LISTS = {
    "alpha": frozenset({BTC, ETH, SOL}),
    "beta": frozenset({BTC, ETH}),
    "gamma": frozenset({BTC, SOL}),
}
MAX_MARKETS = 4


class Commanded:
    """A server of fake venues that takes commands."""

    def __init__(self, transport: str, enabled: bool = True, budget: CommandBudget | None = None) -> None:
        self.publisher = Publisher(Epoch.now())
        self.made: list[FakeFeed] = []
        self.roster = Roster((BTC, ETH), ("alpha", "beta"), self._make, self.publisher, tuple(LISTS), MAX_MARKETS)
        for feed in self.roster.feeds.values():
            feed.start()
        self.streams = Streams(50, push=transport == "push")
        reader = RequestReader(self.roster.markets, 10, Decimal(0), RequestLimits())
        analytics = Analytics(AnalyticsSettings(), self.publisher.emit, self.publisher.changed)
        self.data = MarketData(reader, Topics(self.publisher, 50), self.roster.feeds, analytics)
        control = Control(self.roster, enabled, budget)
        services = (*SERVICES, control_module.SERVICE)
        handlers = [self.data.handler(self.streams), control.handler()]
        self.server = GrpcServer(handlers, self.streams, "127.0.0.1", 0, 50, services=services)
        self.publisher.start()
        self.server.start()
        self.channel: Any = grpc.insecure_channel(f"127.0.0.1:{self.server.port}")
        self.stub: Any = stubs.MarketDataServiceStub(self.channel)
        self.control: Any = control_pb2_grpc.ControlServiceStub(self.channel)

    def _make(self, name: str, markets: Mapping[Pair, Market]) -> Feed:
        self.made.append(FakeFeed(name, markets, LISTS[name]))
        return self.made[-1]

    def feed(self, name: str) -> FakeFeed:
        """The newest feed of this name."""
        return next(feed for feed in reversed(self.made) if feed.name == name)

    def fill(self) -> None:
        """Live books everywhere."""
        for name in self.roster.feeds:
            for pair in self.roster.markets.keys() & LISTS[name]:
                self.feed(name).fill(pair, "100.10", "100.30")

    def close(self) -> None:
        for feed in self.made:
            feed.answers.set()
        self.channel.close()
        self.server.stop(0.2)
        self.publisher.stop(2)


@pytest.fixture(params=TRANSPORTS)
def rig(request: pytest.FixtureRequest) -> Iterator[Commanded]:
    rig = Commanded(request.param)
    rig.fill()
    yield rig
    rig.close()


class Bystander:
    """Streams of another pair and venue, collected while commands are given. They must not notice."""

    def __init__(self, rig: Commanded) -> None:
        self._rig = rig
        self.books: list[Any] = []
        self.statuses: list[Any] = []
        self.failures: list[str] = []
        self._calls = [
            rig.stub.StreamVenueBook(data.StreamVenueBookRequest(market="ETH/USDT", venue="alpha")),
            rig.stub.StreamBook(data.StreamBookRequest(market="ETH/USDT", venues=["alpha"])),
        ]
        self._threads = [threading.Thread(target=self._collect, args=(call,)) for call in self._calls]

    def _collect(self, call: Any) -> None:
        try:
            for message in call:
                self.books.append(message.book)
        except grpc.RpcError as error:
            if error.code() is not Code.CANCELLED:
                self.failures.append(str(error))

    def __enter__(self) -> Bystander:
        for thread in self._threads:
            thread.start()
        eventually(lambda: len(self.books) == 2)
        return self

    def move(self, price: int) -> None:
        """Its market moves on, and both streams see it."""
        known = len(self.books)
        self._rig.feed("alpha").fill(ETH, f"100.{price}", "100.90")
        eventually(lambda: len(self.books) >= known + 2)

    def __exit__(self, *_: object) -> None:
        for call in self._calls:
            call.cancel()
        for thread in self._threads:
            thread.join()
        assert not self.failures
        for book in self.books:
            assert [(entry.venue, entry.state) for entry in book.venues] == [("alpha", types_pb2.VENUE_STATE_LIVE)]
            assert (len(book.bids), len(book.asks)) == (1, 1)


def states(book: Any) -> dict[str, int]:
    return {entry.venue: entry.state for entry in book.venues}


def next_with(stream: Any, condition: Any) -> Any:
    """The first message for which it holds; states in between may be seen or not."""
    return next(message.book for message in stream if condition(message.book))


# -- one venue's books ------------------------------------------------------------------------------------------------


def test_resync_names_one_book(rig: Commanded) -> None:
    with Bystander(rig) as bystander:
        answer = rig.control.ResyncBook(pb.ResyncBookRequest(venue="alpha", market="btc/usdt"))
        bystander.move(20)
    assert answer.venue == "alpha"
    assert (answer.book.market, answer.book.state) == ("BTC/USDT", types_pb2.VENUE_STATE_SYNCING)
    assert rig.feed("alpha").calls[-1] == ("resync", BTC)
    assert rig.feed("beta").calls == ["start"]


def test_reconnect_a_pair_or_all(rig: Commanded) -> None:
    assert rig.control.Reconnect(pb.ReconnectRequest(venue="beta", market="ETH/USDT")).connections == 1
    assert rig.control.Reconnect(pb.ReconnectRequest(venue="beta")).connections == 1
    assert rig.feed("beta").calls[1:] == [("reconnect", ETH), ("reconnect", None)]
    assert rig.feed("alpha").calls == ["start"]


def test_pause_and_resume(rig: Commanded) -> None:
    stream = rig.stub.StreamBook(data.StreamBookRequest())
    assert len(next(stream).book.bids) == 2
    with Bystander(rig) as bystander:
        answer = rig.control.Pause(pb.PauseRequest(venue="alpha", market="BTC/USDT"))
        assert [(book.market, book.state, book.detail) for book in answer.books] == [
            ("BTC/USDT", types_pb2.VENUE_STATE_HALTED, "paused by command")
        ]
        book = next_with(stream, lambda book: states(book)["alpha"] == VenueState.HALTED)
        assert [level.venue for level in book.bids] == [1]
        bystander.move(20)
        answer = rig.control.Resume(pb.ResumeRequest(venue="alpha", market="BTC/USDT"))
        assert [book.state for book in answer.books] == [types_pb2.VENUE_STATE_CONNECTING]
        bystander.move(21)
    everything = rig.control.Pause(pb.PauseRequest(venue="beta"))
    assert [book.market for book in everything.books] == ["BTC/USDT", "ETH/USDT"]
    stream.cancel()


# -- markets ----------------------------------------------------------------------------------------------------------


def test_a_market_is_added_served_removed_and_added_again(rig: Commanded) -> None:
    with Bystander(rig) as bystander:
        for price in (20, 21):
            answer = rig.control.AddMarket(pb.AddMarketRequest(market="sol-usdt")).market
            assert (answer.name, answer.base, answer.quote, answer.default_market) == ("SOL/USDT", "SOL", "USDT", False)
            said = {each.venue: (each.listed, each.reachable, each.symbol) for each in answer.listings}
            assert said == {"alpha": (True, True, "SOLUSDT"), "beta": (False, True, "")}
            names = [market.name for market in rig.stub.ListMarkets(data.ListMarketsRequest()).markets]
            assert names == ["BTC/USDT", "ETH/USDT", "SOL/USDT"]
            stream = rig.stub.StreamBook(data.StreamBookRequest(market="SOL/USDT"))
            trades = rig.stub.StreamTrades(data.StreamTradesRequest(market="SOL/USDT"))
            assert states(next(stream).book)["alpha"] == VenueState.CONNECTING
            rig.feed("alpha").fill(SOL, "20.10", "20.20")
            assert next_with(stream, lambda book: book.bids).bids[0].price == 2010
            eventually(lambda: len(rig.streams) == 4)
            rig.publisher.trade(
                rig.roster.markets[SOL], "alpha", Trade("S", "1", Decimal(2), Decimal(3), Side.BUY, 1), 1
            )
            assert next(trades).trade.trade_id == "1"
            bystander.move(price)
            assert rig.control.RemoveMarket(pb.RemoveMarketRequest(market="SOL/USDT")).streams_ended == 2
            for each in (stream, trades):
                with pytest.raises(Failure) as caught:
                    for _ in each:
                        pass
                assert caught.value.code() is Code.NOT_FOUND
                assert caught.value.details() == "SOL/USDT was removed from this server"
            with pytest.raises(Failure) as caught:
                rig.stub.GetBook(data.GetBookRequest(market="SOL/USDT"))
            assert caught.value.code() is Code.NOT_FOUND
            assert rig.feed("beta").calls[-1] == ("remove", SOL)
    assert rig.publisher.topics <= 2, "nothing is left of it"


def test_a_pair_that_nobody_lists_changes_nothing(rig: Commanded) -> None:
    with pytest.raises(Failure) as caught:
        rig.control.AddMarket(pb.AddMarketRequest(market="XYZ/USDT"))
    assert caught.value.code() is Code.NOT_FOUND
    assert caught.value.details() == "no venue lists XYZ/USDT; nearest: BTC/USDT"
    assert rig.feed("alpha").calls[-1] == ("remove", Pair("XYZ", "USDT"))
    assert len(rig.roster.markets) == 2


def test_one_venue_that_refuses_a_market_does_not_cost_the_others(rig: Commanded) -> None:
    rig.feed("beta").error = ConfigError("no room for another stream")
    listings = rig.control.AddMarket(pb.AddMarketRequest(market="SOL/USDT")).market.listings
    assert [(each.listed, each.reachable) for each in listings] == [(True, True), (False, False)]


def test_a_venue_that_is_slow_to_answer_is_asked_on(rig: Commanded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roster_module, "ANSWER_WAIT", 0.2)
    slow = rig.feed("beta")
    slow.answers.clear()
    listings = rig.control.AddMarket(pb.AddMarketRequest(market="SOL/USDT")).market.listings
    assert [(each.listed, each.reachable) for each in listings] == [(True, True), (False, False)]
    rig.control.RemoveMarket(pb.RemoveMarketRequest(market="SOL/USDT"))
    assert ("remove", SOL) not in slow.calls, "it is still being asked"
    with pytest.raises(Failure) as caught:
        rig.control.AddMarket(pb.AddMarketRequest(market="SOL/USDT"))
    assert caught.value.code() is Code.RESOURCE_EXHAUSTED
    assert "beta has not answered yet" in caught.value.details()
    slow.answers.set()
    eventually(lambda: ("remove", SOL) in slow.calls)
    eventually(lambda: not rig.roster._asking)
    assert not rig.roster._retired
    assert SOL not in slow.listings
    assert rig.control.AddMarket(pb.AddMarketRequest(market="SOL/USDT")).market.name == "SOL/USDT"


def test_one_change_at_a_time(rig: Commanded) -> None:
    rig.feed("beta").answers.clear()
    first = rig.control.AddMarket.future(pb.AddMarketRequest(market="SOL/USDT"))
    eventually(lambda: ("add", SOL) in rig.feed("beta").calls)
    with pytest.raises(Failure) as caught:
        rig.control.RemoveMarket(pb.RemoveMarketRequest(market="ETH/USDT"))
    assert caught.value.code() is Code.RESOURCE_EXHAUSTED
    assert retry_after(caught.value) == 1.0
    assert rig.control.Pause(pb.PauseRequest(venue="alpha")).books, "what changes no list goes on"
    rig.feed("beta").answers.set()
    assert first.result().market.name == "SOL/USDT"


# -- venues -----------------------------------------------------------------------------------------------------------


def test_a_venue_comes_and_goes_in_streams_that_go_on(rig: Commanded) -> None:
    stream = rig.stub.StreamBook(data.StreamBookRequest())
    status = rig.stub.StreamVenueStatus(data.StreamVenueStatusRequest())
    chosen = rig.stub.StreamBook(data.StreamBookRequest(venues=["beta", "alpha"]))
    first = next(stream).book
    next(status)
    assert list(states(first)) == ["alpha", "beta"] == list(states(next(chosen).book))
    with Bystander(rig) as bystander:
        answer = rig.control.AddVenue(pb.AddVenueRequest(venue="gamma"))
        assert (answer.venue.name, answer.venue.title) == ("gamma", "Gamma")
        assert [(each.market, each.listing.listed, each.listing.suggestion) for each in answer.listings] == [
            ("BTC/USDT", True, ""),
            ("ETH/USDT", False, "BTC/USDT"),
        ]
        book = next(stream).book
        assert states(book) == {"alpha": 3, "beta": 3, "gamma": VenueState.CONNECTING}
        assert (len(book.bids), book.header.sequence) == (2, first.header.sequence + 1)
        assert [entry.venue for entry in next(status).status.venues] == ["alpha", "beta", "gamma"]
        rig.feed("gamma").fill(BTC, "100.20", "100.25")
        assert next_with(stream, lambda book: states(book)["gamma"] == 3).bids[0].venue == 2
        alone = rig.stub.StreamVenueBook(data.StreamVenueBookRequest(venue="gamma"))
        assert next(alone).book.bids[0].price == 10020
        bystander.move(20)
        assert rig.control.RemoveVenue(pb.RemoveVenueRequest(venue="gamma")).streams_ended == 1
        with pytest.raises(Failure) as caught:
            for message in alone:
                assert states(message.book) == {"gamma": 3}
        assert caught.value.code() is Code.NOT_FOUND
        assert caught.value.details() == "this server no longer reads gamma"
        book = next_with(stream, lambda book: "gamma" not in states(book))
        assert states(book) == {"alpha": 3, "beta": 3}
        assert [level.price for level in book.bids] == [10010, 10010]
        assert [entry.venue for entry in next(status).status.venues][:2] == ["alpha", "beta"]
        bystander.move(21)
        assert [venue.name for venue in rig.stub.ListVenues(data.ListVenuesRequest()).venues] == ["alpha", "beta"]
        rig.control.AddVenue(pb.AddVenueRequest(venue="gamma"))
        assert states(next_with(stream, lambda book: "gamma" in states(book)))["gamma"] == VenueState.CONNECTING
    assert rig.made[-2].calls == ["start", "go", "stop", "join"]
    rig.feed("alpha").fill(BTC, "100.11", "100.30")
    assert list(states(next_with(chosen, lambda book: book.bids[0].price == 10011))) == ["alpha", "beta"]
    for each in (stream, status, chosen):
        each.cancel()


def test_a_choice_of_venues_goes_on_with_those_that_are_left(rig: Commanded) -> None:
    stream = rig.stub.StreamBook(data.StreamBookRequest(venues=["alpha", "beta"]))
    trades = rig.stub.StreamTrades(data.StreamTradesRequest(venues=["beta"]))
    next(stream)
    eventually(lambda: len(rig.streams) == 2)
    assert rig.control.RemoveVenue(pb.RemoveVenueRequest(venue="beta")).streams_ended == 1
    assert list(states(next(stream).book)) == ["alpha"]
    with pytest.raises(Failure) as caught:
        next(trades)
    assert caught.value.code() is Code.NOT_FOUND
    rig.control.AddVenue(pb.AddVenueRequest(venue="beta"))
    assert list(states(next(stream).book)) == ["alpha", "beta"], "it was asked for by name"
    stream.cancel()


def test_a_stream_that_was_asked_for_just_before_the_removal(rig: Commanded, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request was read, then its market or venue went: it must not become a stream that never says a word."""
    market = rig.roster.markets[ETH]
    rig.control.RemoveMarket(pb.RemoveMarketRequest(market="ETH/USDT"))
    with monkeypatch.context() as late:
        late.setattr(rig.data._reader, "market", lambda _name: market)
        for call in (rig.stub.StreamBook(data.StreamBookRequest()), rig.stub.StreamTrades(data.StreamTradesRequest())):
            with pytest.raises(Failure) as caught:
                next(call)
            assert (caught.value.code(), "was removed" in caught.value.details()) == (Code.NOT_FOUND, True)
    rig.control.RemoveVenue(pb.RemoveVenueRequest(venue="beta"))
    monkeypatch.setattr(rig.data._reader, "venues", lambda _market, _names: ("beta",))
    with pytest.raises(Failure) as caught:
        next(rig.stub.StreamTrades(data.StreamTradesRequest()))
    assert (caught.value.code(), "no longer reads" in caught.value.details()) == (Code.NOT_FOUND, True)


def test_commands_beside_readers_and_changes(rig: Commanded) -> None:
    """Lists, calls and books under constant change of the roster: nothing fails, nothing is left behind."""
    stop = threading.Event()
    wrong: list[str] = []

    def read() -> None:
        while not stop.is_set():
            try:
                rig.stub.ListMarkets(data.ListMarketsRequest())
                rig.stub.ListVenues(data.ListVenuesRequest())
                next(rig.stub.StreamBook(data.StreamBookRequest())).book.venues[0]
                rig.feed("alpha").fill(BTC, "100.10", "100.30")
            except Exception as error:
                wrong.append(repr(error))

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(15):
        rig.roster.add_venue("gamma")
        rig.roster.add_market(SOL)
        rig.roster.remove_venue("gamma")
        rig.roster.remove_market(SOL)
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong


# -- refusals ---------------------------------------------------------------------------------------------------------


REFUSALS = [
    ("ResyncBook", pb.ResyncBookRequest(market="BTC/USDT"), Code.INVALID_ARGUMENT, "venue: was empty"),
    ("ResyncBook", pb.ResyncBookRequest(venue="alpha"), Code.INVALID_ARGUMENT, "market: pair '' was not BASE/QUOTE"),
    ("ResyncBook", pb.ResyncBookRequest(venue="alpha", market="X"), Code.INVALID_ARGUMENT, "was not BASE/QUOTE"),
    ("ResyncBook", pb.ResyncBookRequest(venue="alpah", market="BTC/USDT"), Code.NOT_FOUND, "did you mean alpha?"),
    ("Reconnect", pb.ReconnectRequest(venue="gamma"), Code.NOT_FOUND, "this server reads no venue 'gamma'"),
    ("Pause", pb.PauseRequest(venue="alpha", market="BTC/USD"), Code.NOT_FOUND, "did you mean BTC/USDT?"),
    ("Resume", pb.ResumeRequest(venue="alpha", market="SOL/USDT"), Code.NOT_FOUND, "no market 'SOL/USDT'"),
    ("AddMarket", pb.AddMarketRequest(), Code.INVALID_ARGUMENT, "market: "),
    ("AddMarket", pb.AddMarketRequest(market="BTC/USDT"), Code.ALREADY_EXISTS, "BTC/USDT is kept already"),
    ("RemoveMarket", pb.RemoveMarketRequest(market="SOL/USDT"), Code.NOT_FOUND, "no market 'SOL/USDT'"),
    ("RemoveMarket", pb.RemoveMarketRequest(market="BTC/USDT"), Code.FAILED_PRECONDITION, "is the default market"),
    ("AddVenue", pb.AddVenueRequest(venue="alpha"), Code.ALREADY_EXISTS, "alpha is read already"),
    ("AddVenue", pb.AddVenueRequest(venue="gama"), Code.NOT_FOUND, "knows no venue 'gama'; did you mean gamma?"),
    ("AddVenue", pb.AddVenueRequest(venue="x" * 9000), Code.NOT_FOUND, "knows no venue 'xxx"),
    ("RemoveVenue", pb.RemoveVenueRequest(venue="gamma"), Code.NOT_FOUND, "reads no venue 'gamma'"),
    ("RemoveVenue", pb.RemoveVenueRequest(), Code.INVALID_ARGUMENT, "venue: was empty"),
]


def refused(rig: Commanded, method: str, request: Any) -> Any:
    with pytest.raises(Failure) as caught:
        getattr(rig.control, method)(request)
    return caught.value


@pytest.mark.parametrize(("method", "request_", "code", "words"), REFUSALS)
def test_refusals_are_one_clear_sentence(rig: Commanded, method: str, request_: Any, code: Code, words: str) -> None:
    error = refused(rig, method, request_)
    assert error.code() is code
    assert words in error.details()
    assert len(error.details()) < 300
    assert list(rig.roster.feeds) == ["alpha", "beta"]
    assert list(rig.roster.markets) == [BTC, ETH]


def test_refusals_carry_details(rig: Commanded) -> None:
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    assert _details(refused(rig, "Pause", pb.PauseRequest(venue="alpah"))).Unpack(info)
    assert (info.reason, info.metadata["suggestion"]) == ("VENUE_NOT_FOUND", "alpha")
    assert _details(refused(rig, "AddMarket", pb.AddMarketRequest(market="X"))).Unpack(bad)
    assert bad.field_violations[0].field == "market"
    assert _details(refused(rig, "AddVenue", pb.AddVenueRequest(venue="alpha"))).Unpack(info)
    assert info.reason == "ALREADY_EXISTS"


def test_what_cannot_be_done_now(rig: Commanded) -> None:
    rig.roster.markets[BTC].report("beta", VenueState.DOWN, "refused by the venue")
    error = refused(rig, "ResyncBook", pb.ResyncBookRequest(venue="beta", market="BTC/USDT"))
    assert (error.code(), error.details()) == (
        Code.FAILED_PRECONDITION,
        "beta has no book of BTC/USDT to build anew: down, refused by the venue",
    )
    rig.feed("beta").connections = 0
    error = refused(rig, "Reconnect", pb.ReconnectRequest(venue="beta"))
    assert (error.code(), error.details()) == (Code.FAILED_PRECONDITION, "beta has no connection")
    rig.feed("beta").error = UnreachableError("beta could not be reached")
    assert refused(rig, "Reconnect", pb.ReconnectRequest(venue="beta")).code() is Code.UNAVAILABLE
    rig.control.AddMarket(pb.AddMarketRequest(market="SOL/USDT"))
    rig.control.RemoveVenue(pb.RemoveVenueRequest(venue="alpha"))
    error = refused(rig, "RemoveVenue", pb.RemoveVenueRequest(venue="beta"))
    assert (error.code(), "the only venue" in error.details()) == (Code.FAILED_PRECONDITION, True)


def test_pairs_that_the_venue_does_not_list(rig: Commanded) -> None:
    rig.control.AddMarket(pb.AddMarketRequest(market="SOL/USDT"))
    kinds = {"ResyncBook": pb.ResyncBookRequest, "Reconnect": pb.ReconnectRequest, "Pause": pb.PauseRequest}
    for method, kind in kinds.items():
        error = refused(rig, method, kind(venue="beta", market="SOL/USDT"))
        assert (error.code(), error.details()) == (Code.FAILED_PRECONDITION, "beta does not list SOL/USDT")
    assert [book.market for book in rig.control.Pause(pb.PauseRequest(venue="beta")).books] == ["BTC/USDT", "ETH/USDT"]


def test_a_limit_of_markets(rig: Commanded) -> None:
    for base in ("SOL", "ADA"):
        rig.feed("alpha").lists |= {Pair(base, "USDT")}
        rig.control.AddMarket(pb.AddMarketRequest(market=f"{base}/USDT"))
    error = refused(rig, "AddMarket", pb.AddMarketRequest(market="XRP/USDT"))
    assert (error.code(), error.details()) == (Code.RESOURCE_EXHAUSTED, "at most 4 pairs are kept by one process")
    assert ("add", Pair("XRP", "USDT")) not in rig.feed("alpha").calls


def test_commands_in_a_loop_are_slowed_down() -> None:
    rig = Commanded("generator", budget=CommandBudget(2.0, 3, clock=lambda: 0.0))
    for _ in range(3):
        rig.control.Resume(pb.ResumeRequest(venue="alpha"))
    error = refused(rig, "Resume", pb.ResumeRequest(venue="alpha"))
    assert error.code() is Code.RESOURCE_EXHAUSTED
    assert "at most 2 commands a second" in error.details()
    assert retry_after(error) == 0.5
    rig.close()


def test_the_budget_fills_again() -> None:
    now = [0.0]
    budget = CommandBudget(2.0, 2, clock=lambda: now[0])
    assert [budget.delay() for _ in range(3)] == [0.0, 0.0, 0.5]
    now[0] = 0.5
    assert [budget.delay(), budget.delay()] == [0.0, 0.5]
    now[0] = 100.0
    assert [budget.delay() for _ in range(3)] == [0.0, 0.0, 0.5]


def test_a_server_that_takes_no_commands() -> None:
    rig = Commanded("generator", enabled=False)
    for method, request, _, _ in REFUSALS:
        error = refused(rig, method, request)
        assert error.code() is Code.FAILED_PRECONDITION
        assert "--control" in error.details()
    assert all(feed.calls == ["start"] for feed in rig.made)
    rig.close()


def test_who_commanded_what_is_in_the_log(rig: Commanded, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    rig.control.Pause(pb.PauseRequest(venue="beta", market="ETH/USDT"))
    refused(rig, "Pause", pb.PauseRequest(venue="nobody\nelse"))
    said = [record.getMessage() for record in caplog.records if "command Pause" in record.getMessage()]
    assert said[0].startswith("command Pause beta ETH/USDT from ipv4:127.0.0.1:")
    assert "was refused" in said[1]
    assert all("\n" not in line for line in said)


def test_health_knows_the_service(rig: Commanded) -> None:
    answer = health_pb2_grpc.HealthStub(rig.channel).Check(
        health_pb2.HealthCheckRequest(service="onebook.v1.ControlService")
    )
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


def _details(error: Any) -> Any:
    status = rpc_status.from_call(error)
    assert status is not None
    return status.details[0]


def retry_after(error: Any) -> float:
    status, info = rpc_status.from_call(error), error_details_pb2.RetryInfo()
    assert status is not None
    assert status.details[1].Unpack(info)
    return cast(float, info.retry_delay.ToTimedelta().total_seconds())
