"""Candles page by page and open interest, from every venue's simulator over real HTTP."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from server.errors import FrameError, VenueError
from server.feed.history_client import HistoryClient
from server.model import MarketKind
from server.network.rest_client import RestClient
from server.units import SECOND
from server.venues import VENUES
from simulator import Simulator, SimulatorConfig
from tests.venues.simulated import HOSTS, PAIRS, listed

pytestmark = pytest.mark.slow

MINUTE = 60 * SECOND


@pytest.mark.parametrize("name", VENUES)
def test_candles_of_several_pages_come_once_and_in_order(name: str) -> None:
    kind = VENUES[name]
    source = kind.CANDLES
    assert source is not None
    small = type(kind.__name__, (kind,), {"CANDLES": replace(source, limit=7)})
    with Simulator(SimulatorConfig(venues=(HOSTS.get(name, name),), pairs=PAIRS, seed=5)) as simulator:
        venue = small()
        rest = RestClient(simulator.endpoints[HOSTS.get(name, name)].rest, venue.LIMITS)
        instrument, _ = listed(venue, rest)
        history = HistoryClient(venue, rest, threading.Event())
        end = time.time_ns() // MINUTE * MINUTE
        start = end - 20 * MINUTE
        candles = history.candles(instrument, 60, start, end)
        times = [candle.open_time for candle in candles]
        assert times == sorted(set(times))
        assert all(start <= moment < end and moment % MINUTE == 0 for moment in times)
        assert len(times) >= 15, "the market is lively: few minutes are without a trade"
        interest = history.open_interest(instrument)
        if kind.MARKET_KIND is MarketKind.PERPETUAL:
            assert interest is not None
            assert interest.amount > 0
        with pytest.raises(FrameError, match="no candles of 61 s"):
            history.candles(instrument, 61, start, end)


@pytest.mark.parametrize("name", VENUES)
def test_every_interval_of_a_venue_is_known_to_it(name: str) -> None:
    venue, host = VENUES[name](), HOSTS.get(name, name)
    assert venue.CANDLES is not None
    with Simulator(SimulatorConfig(venues=(host,), pairs=PAIRS, seed=5)) as simulator:
        rest = RestClient(simulator.endpoints[host].rest, venue.LIMITS)
        instrument, _ = listed(venue, rest)
        history = HistoryClient(venue, rest, threading.Event())
        for seconds in venue.CANDLES.words:
            length = seconds * SECOND
            end = time.time_ns() // length * length
            for candle in history.candles(instrument, seconds, end - 3 * length, end):
                assert end - 3 * length <= candle.open_time < end, (seconds, candle)


def test_what_nobody_can_answer_is_refused() -> None:
    venue = VENUES["binance"]()
    history = HistoryClient(venue, RestClient("http://127.0.0.1:1", venue.LIMITS), threading.Event())
    instrument = None  # Nobody looks at it before the question is refused.
    with pytest.raises(FrameError, match="100000"):
        history.candles(instrument, 1, 0, 10**18)  # type: ignore[arg-type]


def test_an_unreachable_venue_is_an_error_of_the_venue() -> None:
    venue = VENUES["binance"]()
    rest = RestClient("http://127.0.0.1:1", venue.LIMITS)
    with pytest.raises(VenueError):
        listed(venue, rest)
