"""What a connection asks for: everything at first, nothing that has done its work, and again what went wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

import pytest

from orderbook_ext import BookLock
from server.model import Instrument, Pair, Receipt, VenueState
from server.protocol.actions import Action, FetchSnapshot, Send
from server.protocol.book_sync import BookSync
from server.protocol.bridges import Bridges
from server.protocol.routes import Routes
from server.protocol.session import Session
from server.protocol.subscriptions import Subscriptions
from server.protocol.venue import BookPlan, Venue
from server.venues.binance import Binance

VENUE = Binance()
BTC = Instrument(Pair("BTC", "USDT"), "BTCUSDT", Decimal("0.01"), Decimal("0.00001"), "TRADING", True)
ETH = Instrument(Pair("ETH", "USDT"), "ETHUSDT", Decimal("0.01"), Decimal("0.00001"), "TRADING", True)
SECOND = 1_000_000_000
LEVELS = 1000
LOCK = BookLock()


def book(plan: BookPlan) -> BookSync:
    return BookSync(VENUE.NAME, plan, VENUE.LIMITS, LOCK, lambda: None, wanted=LEVELS)


class Rig:
    """Two books with bridges and trades on one connection."""

    def __init__(self) -> None:
        self.now = 100 * SECOND
        self.plans = {item.symbol: VENUE.book_plan(item, "diff", LEVELS) for item in (BTC, ETH)}
        self.syncs = {symbol: book(plan) for symbol, plan in self.plans.items()}
        bridges = {sync: book(sync.plan.bridge) for sync in self.syncs.values() if sync.plan.bridge is not None}
        assert len(bridges) == 2
        trades = [VENUE.trade_stream(item) for item in (BTC, ETH)]
        self.session = Session(VENUE, list(self.syncs.values()), trades, (), Bridges(bridges))
        self.everything = [
            *(plan.stream for plan in self.plans.values()),
            *(bridge.plan.stream for bridge in bridges.values()),
            *trades,
        ]

    def open(self) -> list[str]:
        return asked(self.session.opened(self.now), "SUBSCRIBE")

    def bridge(self, symbol: str) -> str:
        plan = self.plans[symbol].bridge
        assert plan is not None
        return plan.stream

    def say(self, stream: str, data: object) -> list[Action]:
        text = json.dumps({"stream": stream, "data": data}).encode()
        return list(self.session.receive(text, Receipt(self.now, self.now)))

    def joined(self, symbol: str) -> list[Action]:
        """The book becomes live."""
        change = {"e": "depthUpdate", "E": 1, "s": symbol, "U": 101, "u": 102, "b": [], "a": [["3", "1"]]}
        actions = self.say(self.plans[symbol].stream, change)
        actions += self.session.tick(self.now)
        (fetch,) = (action for action in actions if isinstance(action, FetchSnapshot))
        whole = {"lastUpdateId": 101, "bids": [["1", "1"]], "asks": [["2", "1"]]}
        self.session.snapshot(fetch, json.dumps(whole).encode(), Receipt(self.now, self.now))
        assert self.syncs[symbol].live
        return self.session.tick(self.now)


def asked(actions: Iterable[Action], method: str) -> list[str]:
    """The streams that these actions begin, or end."""
    requests = [json.loads(action.text) for action in actions if isinstance(action, Send)]
    return [stream for request in requests if request["method"] == method for stream in request["params"]]


def test_everything_is_asked_for_once() -> None:
    rig = Rig()
    assert rig.open() == rig.everything
    assert len(set(rig.everything)) == 6
    rig.session.closed(VenueState.DOWN, "cut")
    assert rig.open() == rig.everything


def test_a_bridge_that_has_done_its_work_is_not_asked_for_again() -> None:
    rig = Rig()
    rig.open()
    rig.say(rig.bridge("BTCUSDT"), {"lastUpdateId": 7, "bids": [["1", "1"]], "asks": [["2", "1"]]})
    assert rig.session.holder(rig.syncs["BTCUSDT"]).live
    assert not rig.syncs["BTCUSDT"].live
    assert asked(rig.joined("BTCUSDT"), "UNSUBSCRIBE") == [rig.bridge("BTCUSDT")]
    rig.session.closed(VenueState.DOWN, "cut")
    assert rig.open() == [stream for stream in rig.everything if stream != rig.bridge("BTCUSDT")]


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
    subscriptions.repeat(sync, SECOND)
    subscriptions.forget()
    assert subscriptions.due(9 * SECOND) == [], "a new connection asks for everything anyway"
