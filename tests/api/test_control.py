"""Commands over a real channel: what they do, what they answer, and what they leave alone. On both transports."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from decimal import Decimal

import pytest

from onebook.v1 import control_pb2 as pb
from onebook.v1 import market_data_pb2 as data
from onebook.v1 import types_pb2
from server import registry as roster_module
from server.errors import ConfigError
from server.model import Pair, Side, Trade, VenueState
from tests.transport.servers import TRANSPORTS
from tests.waiting import eventually

from .commanded import BTC, ETH, SOL, Bystander, Code, Commanded, next_with, retry_after, states
from .conftest import Failure


@pytest.fixture(params=TRANSPORTS)
def rig(request: pytest.FixtureRequest) -> Iterator[Commanded]:
    rig = Commanded(request.param)
    rig.fill()
    yield rig
    rig.close()


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
            eventually(lambda: rig.registry.markets[SOL].watched == 2)
            rig.dispatcher.trade(
                rig.registry.markets[SOL], "alpha", Trade("S", "1", Decimal(2), Decimal(3), Side.BUY, 1), 1
            )
            # A new stream of events may beat before its first event.
            told = next(each.trade for each in trades if not each.trade.header.heartbeat)
            assert told.trade_id == "1"
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
    assert len(rig.dispatcher.topics) <= 2, "nothing is left of it"


def test_a_pair_that_nobody_lists_changes_nothing(rig: Commanded) -> None:
    with pytest.raises(Failure) as caught:
        rig.control.AddMarket(pb.AddMarketRequest(market="XYZ/USDT"))
    assert caught.value.code() is Code.NOT_FOUND
    assert caught.value.details() == "no venue lists XYZ/USDT; nearest: BTC/USDT"
    assert rig.feed("alpha").calls[-1] == ("remove", Pair("XYZ", "USDT"))
    assert len(rig.registry.markets) == 2


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
    eventually(lambda: not rig.registry._asking)  # noqa: SLF001 - nothing is left behind
    assert not rig.registry._retired  # noqa: SLF001 - nothing is left behind
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
        book = next_with(stream, lambda book: len(book.venues) == 3)
        assert states(book) == {"alpha": 3, "beta": 3, "gamma": VenueState.CONNECTING}
        assert len(book.bids) == 2
        assert book.header.sequence > first.header.sequence
        assert list(states(next_with(status, lambda told: len(told.venues) == 3, "status"))) == [
            "alpha",
            "beta",
            "gamma",
        ]
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
        assert list(states(next_with(status, lambda told: len(told.venues) == 2, "status"))) == ["alpha", "beta"]
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
    eventually(lambda: rig.registry.markets[Pair("BTC", "USDT")].watched == 2)
    assert rig.control.RemoveVenue(pb.RemoveVenueRequest(venue="beta")).streams_ended == 1
    assert list(states(next_with(stream, lambda book: len(book.venues) == 1))) == ["alpha"]
    with pytest.raises(Failure) as caught:
        next(trades)
    assert caught.value.code() is Code.NOT_FOUND
    rig.control.AddVenue(pb.AddVenueRequest(venue="beta"))
    found = next_with(stream, lambda book: len(book.venues) == 2)
    assert list(states(found)) == ["alpha", "beta"], "it was asked for by name"
    stream.cancel()


def test_a_stream_that_was_asked_for_just_before_the_removal(rig: Commanded, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request was read, then its market or venue went: it must not become a stream that never says a word."""
    market = rig.registry.markets[ETH]
    rig.control.RemoveMarket(pb.RemoveMarketRequest(market="ETH/USDT"))
    with monkeypatch.context() as late:
        late.setattr(rig.data._reader, "market", lambda _name: market)  # noqa: SLF001 - a moment that is hard to provoke
        for call in (rig.stub.StreamBook(data.StreamBookRequest()), rig.stub.StreamTrades(data.StreamTradesRequest())):
            with pytest.raises(Failure) as caught:
                next(call)
            assert (caught.value.code(), "was removed" in caught.value.details()) == (Code.NOT_FOUND, True)
    rig.control.RemoveVenue(pb.RemoveVenueRequest(venue="beta"))
    monkeypatch.setattr(rig.data._reader, "venues", lambda _market, _names: ("beta",))  # noqa: SLF001 - a moment that is hard to provoke
    with pytest.raises(Failure) as caught:
        next(rig.stub.StreamTrades(data.StreamTradesRequest()))
    assert (caught.value.code(), "no longer reads" in caught.value.details()) == (Code.NOT_FOUND, True)


def test_commands_beside_readers_and_changes(rig: Commanded) -> None:
    """Lists, calls and books under constant change of the registry: nothing fails, nothing is left behind."""
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
        rig.registry.add_venue("gamma")
        rig.registry.add_market(SOL)
        rig.registry.remove_venue("gamma")
        rig.registry.remove_market(SOL)
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong
