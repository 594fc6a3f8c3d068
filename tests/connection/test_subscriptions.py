"""What a connection asks for: everything at first, nothing that has done its work, and again what went wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from functools import partial

import pytest

from orderbook_ext import BookLock, BookStatus
from server.book.synchronizer import BookSynchronizer
from server.connection.effects import Effect, FetchSnapshot, Send
from server.connection.provisional_books import ProvisionalBooks
from server.connection.routes import Routes
from server.connection.session import Session
from server.connection.subscriptions import Subscriptions
from server.model import Instrument, Pair, Receipt, VenueState
from server.protocol.venue import BookPlan, Venue
from server.units import SECOND
from server.venues.binance import Binance

VENUE = Binance()
BTC = Instrument(Pair("BTC", "USDT"), "BTCUSDT", Decimal("0.01"), Decimal("0.00001"), "TRADING", True)
ETH = Instrument(Pair("ETH", "USDT"), "ETHUSDT", Decimal("0.01"), Decimal("0.00001"), "TRADING", True)
LEVELS = 1000
LOCK = BookLock()


def book(plan: BookPlan, told: Callable[[], None] = lambda: None) -> BookSynchronizer:
    return BookSynchronizer(VENUE.NAME, plan, VENUE.LIMITS, LOCK, told, wanted=LEVELS)


class Rig:
    """Two books with provisional books and trades on one connection."""

    def __init__(self) -> None:
        self.now = 100 * SECOND
        self.plans = {item.symbol: VENUE.book_plan(item, "diff", LEVELS) for item in (BTC, ETH)}
        self.told: list[None] = []
        """Changes that others were told of."""
        note = partial(self.told.append, None)
        self.syncs = {symbol: book(plan, note) for symbol, plan in self.plans.items()}
        provisional = {self.syncs[symbol]: partial(book, self.provisional(symbol), note) for symbol in self.plans}
        trades = [VENUE.trade_stream(item) for item in (BTC, ETH)]
        self.session = Session(VENUE, list(self.syncs.values()), trades, (), ProvisionalBooks(provisional))
        self.everything = [
            *(plan.stream for plan in self.plans.values()),
            *(self.provisional(symbol).stream for symbol in self.plans),
            *trades,
        ]

    def open(self) -> list[str]:
        return asked(self.session.opened(self.now), "SUBSCRIBE")

    def provisional(self, symbol: str) -> BookPlan:
        plan = self.plans[symbol].provisional
        assert plan is not None
        return plan

    def say(self, stream: str, data: object) -> list[Effect]:
        text = json.dumps({"stream": stream, "data": data}).encode()
        return list(self.session.receive(text, Receipt(self.now, self.now)))

    def joined(self, symbol: str) -> list[Effect]:
        """The book becomes live."""
        change = {"e": "depthUpdate", "E": 1, "s": symbol, "U": 101, "u": 102, "b": [], "a": [["3", "1"]]}
        effects = self.say(self.plans[symbol].stream, change)
        effects += self.session.tick(self.now)
        (fetch,) = (effect for effect in effects if isinstance(effect, FetchSnapshot))
        whole = {"lastUpdateId": 101, "bids": [["1", "1"]], "asks": [["2", "1"]]}
        self.session.snapshot(fetch, json.dumps(whole).encode(), Receipt(self.now, self.now))
        assert self.syncs[symbol].live
        return [*self.session.tick(self.now), *self.session.tick(self.now + SECOND)]


def asked(effects: Iterable[Effect], method: str) -> list[str]:
    """The streams that these effects begin, or end."""
    requests = [json.loads(effect.text) for effect in effects if isinstance(effect, Send)]
    return [stream for request in requests if request["method"] == method for stream in request["params"]]


def test_everything_is_asked_for_once() -> None:
    rig = Rig()
    assert rig.open() == rig.everything
    assert len(set(rig.everything)) == 6
    rig.session.closed(VenueState.DOWN, "cut")
    assert rig.open() == rig.everything


def test_a_bridge_stands_in_once_a_connection_until_its_book_is_live() -> None:
    rig = Rig()
    sync, stream = rig.syncs["BTCUSDT"], rig.provisional("BTCUSDT").stream
    public = BookStatus(VENUE.NAME, LOCK)
    rig.session.holder(sync).adopt(public)
    for connection in range(3):
        assert sorted(rig.open()) == sorted(rig.everything)
        assert public.state == VenueState.SYNCING
        rig.told.clear()
        rig.say(stream, {"lastUpdateId": 7 + connection, "bids": [["1", "1"]], "asks": [["2", "1"]]})
        assert public.state == VenueState.LIVE
        assert rig.told
        assert not sync.live
        assert public.book is not None
        assert public.book.counts() == (1, 1)
        assert asked(rig.joined("BTCUSDT"), "UNSUBSCRIBE") == [stream]
        assert public.state == VenueState.LIVE
        assert public.book.counts() == (1, 2), "now it is the book itself"
        rig.told.clear()
        change = {"e": "depthUpdate", "E": 2, "s": "BTCUSDT", "U": 103, "u": 103, "b": [], "a": [["4", "1"]]}
        rig.say(sync.plan.stream, change)
        assert rig.told
        rig.session.closed(VenueState.DOWN, "cut")
        assert (public.state, public.detail, public.resyncs) == (VenueState.DOWN, "cut", connection + 1)
        rig.session.closed(VenueState.DOWN, "no way")
        assert (public.state, public.detail) == (VenueState.DOWN, "no way")


def test_a_book_that_was_given_up_gets_no_bridge_any_more() -> None:
    rig = Rig()
    rig.open()
    rig.joined("BTCUSDT")
    rig.session.drop(BTC)
    rig.session.closed(VenueState.DOWN, "cut")
    assert not [stream for stream in rig.open() if stream.startswith("btcusdt@")]


def test_one_instrument_ends_and_the_others_go_on() -> None:
    rig = Rig()
    rig.open()
    gone = [stream for stream in rig.everything if stream.startswith("btcusdt@")]
    assert asked(rig.session.drop(BTC), "UNSUBSCRIBE") == gone
    assert not rig.session.drop(BTC)
    rig.session.closed(VenueState.DOWN, "cut")
    assert rig.open() == [stream for stream in rig.everything if stream not in gone]


class Hasty(Binance):
    """A venue that wants a pause between the end of a stream and its next beginning."""

    LIMITS = replace(Binance.LIMITS, resubscribe_pause=2.0)


@pytest.mark.parametrize(("venue", "pause"), [(Binance(), 0), (Hasty(), 2 * SECOND)])
def test_a_stream_is_repeated_after_the_pause_of_the_venue(venue: Venue, pause: int) -> None:
    sync = book(venue.book_plan(BTC, "diff", LEVELS))
    other = book(venue.book_plan(ETH, "diff", LEVELS))
    stream = sync.plan.stream
    subscriptions = Subscriptions(venue, [stream, other.plan.stream], Routes([sync, other]))
    sent = subscriptions.repeat(sync, SECOND)
    assert asked(sent, "UNSUBSCRIBE") == [stream]
    if pause:
        sent = subscriptions.due(SECOND + pause - 1)
        assert sent == []
        sent = subscriptions.due(SECOND + pause)
    assert asked(sent, "SUBSCRIBE") == [stream]
    assert (sync.state, other.state) == (VenueState.SYNCING, VenueState.CONNECTING)
    assert subscriptions.due(SECOND + pause) == []
    subscriptions.repeat(other, SECOND)
    subscriptions.end({other.plan.stream})
    subscriptions.repeat(sync, SECOND)
    subscriptions.end_soon(stream, SECOND)
    assert asked(subscriptions.due(9 * SECOND), "SUBSCRIBE") == [], "given up in its pause"
    subscriptions.add(stream)
    subscriptions.repeat(sync, SECOND)
    subscriptions.forget()
    assert subscriptions.due(9 * SECOND) == [], "a new connection asks for everything anyway"


def test_subscriptions_that_wait_for_nothing_are_settled() -> None:
    plan = VENUE.book_plan(BTC, "diff", LEVELS)
    subscriptions = Subscriptions(VENUE, [plan.stream, "trades"], Routes([]))
    assert not subscriptions.settled([plan.stream]), "it has not spoken"
    assert subscriptions.settled([])
    subscriptions.received(plan.stream)
    assert subscriptions.settled([plan.stream])
    assert not subscriptions.settled([plan.stream, "another"])
    subscriptions.received("trades")
    subscriptions.mute("trades", 0)
    assert not subscriptions.settled([plan.stream]), "it is to be asked for again"
    subscriptions.received("trades")
    subscriptions.end_soon("trades", 0)
    assert not subscriptions.settled([plan.stream]), "it is to be ended"
    assert subscriptions.due(2 * SECOND)
    assert subscriptions.settled([plan.stream])
