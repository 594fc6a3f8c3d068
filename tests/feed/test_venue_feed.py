"""A venue's feed: its thread, and its commands."""

from __future__ import annotations

import threading
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from server.connection.raw_tap import RawTap
from server.feed.feed_options import FeedOptions
from server.feed.socket_plan import SocketPlan, plan_sockets
from server.feed.venue_feed import VenueFeed
from server.market.feed_listener import FeedListener
from server.market.market import Market
from server.model import Instrument, Listing, Pair, Reach, VenueState
from server.protocol.venue import Endpoint
from server.venues import VENUES
from server.venues.binance import Binance

ENOUGH = 30.0
BTC, ETH = Pair("BTC", "USDT"), Pair("ETH", "USDT")


def test_a_venue_thread_that_fails_is_seen_and_goes_on() -> None:
    pair = Pair("BTC", "USDT")
    market = Market(pair, ("binance",), lambda _market: None)
    options = FeedOptions(Endpoint("ws://127.0.0.1:9", "http://127.0.0.1:9"))
    feed = VenueFeed(Binance(), options, {pair: market}, FeedListener())
    seen: list[str] = []
    went_on = threading.Event()

    def report(_venue: str, state: VenueState, detail: str) -> None:
        assert state is VenueState.DOWN
        seen.append(detail)

    def connect_listed() -> None:
        if feed.thread.failures < 2:
            raise OverflowError("timestamp too large to convert to C PyTime_t")
        went_on.set()

    market.report = report  # type: ignore[method-assign, assignment]
    feed._connect_listed = connect_listed  # type: ignore[method-assign]  # noqa: SLF001 - a moment that is hard to provoke
    feed.start()
    feed.go()
    assert went_on.wait(ENOUGH)
    assert seen.count("internal error in venue-binance, see the log (OverflowError)") == 2
    assert "internal error" in feed.thread.trouble
    feed.stop()
    feed.join(ENOUGH)
    assert feed.thread.failures == 2
    assert not feed.thread.is_alive()


NAME = "kraken"


def instrument(pair: Pair, trading: bool) -> Instrument:
    return Instrument(pair, str(pair), Decimal("0.1"), Decimal("0.1"), "online" if trading else "closed", trading)


LISTINGS = {
    "listed": (Listing(NAME, BTC, Reach.LISTED, instrument(BTC, True)), VenueState.CONNECTING, "resumed by command"),
    "not asked": (Listing(NAME, BTC, Reach.UNKNOWN), VenueState.CONNECTING, "resumed by command"),
    "halted": (Listing(NAME, BTC, Reach.LISTED, instrument(BTC, False)), VenueState.HALTED, "says closed"),
    "unreachable": (Listing(NAME, BTC, Reach.UNREACHABLE, detail="no way"), VenueState.DOWN, "no way"),
    "unlisted": (Listing(NAME, BTC, Reach.UNLISTED), VenueState.UNSUPPORTED, "does not list"),
}


@pytest.mark.parametrize("kind", LISTINGS)
@pytest.mark.parametrize("named", [True, False])
def test_the_state_is_the_one_that_holds(kind: str, named: bool) -> None:
    listing, state, words = LISTINGS[kind]
    markets = {pair: Market(pair, (NAME,), lambda _market: None) for pair in (BTC, ETH)}
    options = FeedOptions(Endpoint("ws://127.0.0.1:1", "http://127.0.0.1:1"))
    feed = VenueFeed(VENUES[NAME](), options, markets, FeedListener())
    feed.listings[BTC] = listing
    entry, other = markets[BTC].entries[NAME], markets[ETH].entries[NAME]
    feed.pause(BTC)
    if kind != "unlisted":
        assert (entry.state, entry.detail) == (VenueState.HALTED, "paused by command")
    markets[ETH].report(NAME, VenueState.STALE, "untouched")
    feed.resume(BTC if named else None)
    assert entry.state == state
    assert words in entry.detail
    assert (other.state, other.detail) == (VenueState.STALE, "untouched")
    before = entry.detail
    feed.resume(BTC)
    assert (entry.state, entry.detail) == (state, before), "nothing was paused any more"


class Taps:
    """Notes what a recorder is told."""

    def __init__(self) -> None:
        self.commands: list[tuple[str, Pair | None]] = []
        self.plans: list[tuple[SocketPlan, int]] = []

    def rest(self) -> Any:
        return SimpleNamespace()

    def connection(self, plan: SocketPlan, predecessor: int) -> RawTap:
        self.plans.append((plan, predecessor))
        return RawTap(len(self.plans), lambda *_event: None, lambda _data, _at: None)

    def command(self, name: str, pair: Pair | None) -> None:
        self.commands.append((name, pair))


def test_commands_and_connections_are_recorded() -> None:
    markets = {BTC: Market(BTC, (NAME,), lambda _market: None)}
    options = FeedOptions(Endpoint("ws://127.0.0.1:1", "http://127.0.0.1:1"))
    taps = Taps()
    feed = VenueFeed(VENUES[NAME](), options, markets, FeedListener(), taps=taps)
    feed.pause(BTC)
    feed.resume(None)
    assert not feed.resync(BTC)  # There is no book: nothing has changed.
    (plan,) = plan_sockets(VENUES[NAME](), [instrument(BTC, True)], options.book, options.levels, options.checks)
    feed._open(plan)  # noqa: SLF001 - without a venue that answers
    assert feed.resync(BTC)
    feed.reconnect(BTC)
    feed.remove(BTC)
    assert taps.commands == [("pause", BTC), ("resume", None), ("resync", BTC), ("reconnect", BTC), ("remove", BTC)]
    assert taps.plans == [(plan, 0), (plan, 1)]
    feed.stop()
    feed.join(ENOUGH)
