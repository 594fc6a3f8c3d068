"""Which trades are heard, as a feed tells it: candles are whole or not by this."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from server.feed.feed_options import FeedOptions
from server.feed.venue_feed import VenueFeed
from server.market.feed_listener import FeedListener
from server.market.market import Market
from server.model import Pair, VenueState
from server.protocol.venue import Endpoint
from server.venues import VENUES
from simulator import Fault, Simulator, SimulatorConfig
from tests.waiting import eventually

pytestmark = pytest.mark.slow

BTC, ETH, NONE = Pair("BTC", "USDT"), Pair("ETH", "USDT"), Pair("NONE", "SUCH")


class Rig(FeedListener):
    """One venue's feed on its simulator, and all that it said."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.said: list[tuple[Pair, bool]] = []
        self.simulator = Simulator(SimulatorConfig(venues=(name,), pairs=(str(BTC), str(ETH)), seed=2))
        self.simulator.start()
        address = self.simulator.endpoints[name]
        self.markets = {pair: Market(pair, (name,), lambda _market: None) for pair in (BTC, ETH, NONE)}
        options = FeedOptions(Endpoint(address.ws, address.rest), audit=0.0)
        self.feed = VenueFeed(VENUES[name](), options, self.markets, self)
        self.feed.start()
        self.feed.go()

    def trade_coverage(self, market: Market, venue: str, complete: bool, at: int) -> None:
        assert venue == self.name
        assert abs(at - time.time_ns()) < 10**9
        self.said.append((market.pair, complete))

    def of(self, pair: Pair) -> list[bool]:
        return [hears for other, hears in self.said if other == pair]

    def close(self) -> None:
        self.feed.stop()
        self.feed.join(5.0)
        self.simulator.stop()


@pytest.fixture(params=["binance", "kraken", "binance_usdm"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    made = Rig(request.param)
    yield made
    made.close()


def test_heard_lost_and_heard_again(rig: Rig) -> None:
    eventually(lambda: rig.of(BTC) == rig.of(ETH) == rig.of(NONE) == [True], lambda: rig.said)
    assert rig.markets[NONE].entries[rig.name].state == VenueState.UNSUPPORTED, "there is nothing to hear"
    rig.simulator.inject(Fault(rig.name, "cut"))
    eventually(lambda: rig.of(BTC) == rig.of(ETH) == [True, False, True], lambda: rig.said)
    rig.feed.pause(BTC)
    eventually(lambda: rig.of(BTC)[3:] == [False], lambda: rig.said)
    rig.feed.resume(BTC)
    eventually(lambda: rig.of(BTC)[3:] == [False, True], lambda: rig.said)
    assert rig.of(ETH) == [True, False, True], "the other pair was not touched"
    assert rig.of(NONE) == [True]


def test_a_connection_that_takes_over_leaves_no_silence(rig: Rig) -> None:
    eventually(lambda: rig.of(BTC) == rig.of(ETH) == [True], lambda: rig.said)
    entries = [rig.markets[pair].entries[rig.name] for pair in (BTC, ETH)]
    eventually(lambda: all(entry.state == VenueState.LIVE for entry in entries), lambda: rig.said)
    before = [group.connection for group in rig.feed.venue_connections.all]
    rig.feed.reconnect(None)
    eventually(lambda: not {group.connection for group in rig.feed.venue_connections.all} & {*before}, lambda: rig.said)
    for old in before:
        rig.feed.connection_events.lost(old)  # It breaks before it has said goodbye.
    assert False not in rig.of(BTC) + rig.of(ETH)
