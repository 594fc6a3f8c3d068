"""A venue's past over real HTTP: history at the start, final candles beside ours, partial ones replaced, interest."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from server.analytics import backfill
from server.analytics.candles import reconcile
from server.analytics.candles.candle import Candle, CandleSource, CandleState, Fill
from server.analytics.candles.candle_set import CandleSet
from server.analytics.candles.runtime import CandleEvent, CandleRuntime
from server.analytics.engine import AnalyticsEngine
from server.analytics.intervals import Interval
from server.analytics.open_interest.runtime import OpenInterestRuntime
from server.analytics.settings import AnalyticsSettings
from server.analytics.vwap.runtime import VwapRuntime
from server.errors import UnrecordedError
from server.feed.feed_options import FeedOptions
from server.market.market import Market
from server.model import Instrument, Listing, Pair, Reach, VenueState
from server.network.hosts import Hosts
from server.protocol.candle_source import Candle as VenueCandle
from server.protocol.venue import Endpoint, Venue
from server.publish.dispatcher import Dispatcher
from server.publish.epoch import Epoch
from server.units import SECOND
from server.venue_runtime import VenueRuntime
from server.venues import VENUES
from simulator import Fault, Simulator, SimulatorConfig
from tests.waiting import eventually

pytestmark = pytest.mark.slow

PAIR = Pair("BTC", "USDT")
MINUTE = 60 * SECOND
SECONDS, ONE, FIVE = (Interval.parse(name) for name in ("1s", "1m", "5m"))


def misled(kind: type[Venue]) -> Venue:
    """The venue; of Binance's futures we believe that they have candles of a second."""
    source = kind.CANDLES
    assert source is not None
    if kind.NAME == "binance_usdm":
        kind = type(kind.__name__, (kind,), {"CANDLES": replace(source, words={1: "1s", **source.words})})
    return kind()


class Rig:
    """One simulated venue, its runtime, and the desk that it feeds."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.simulator = Simulator(SimulatorConfig(venues=(name,), pairs=(str(PAIR),), seed=4))
        self.simulator.start()
        self.dispatcher = Dispatcher(Epoch.now())
        settings = AnalyticsSettings(intervals=(SECONDS, ONE, FIVE), history=15, interest_interval=0.2)
        self.told: list[Candle] = []
        self.analytics = AnalyticsEngine(settings, self._emit, self.dispatcher.book_changed)
        self.dispatcher.listen(self.analytics)
        self.market = Market(PAIR, (name,), self.dispatcher.book_changed)
        self.dispatcher.add_market(self.market)
        self.start = (time.time_ns() // MINUTE - 4) * MINUTE
        """What happened from here on was heard, as far as the candles know: it was not."""
        desk = self.analytics.of(self.market).get(CandleRuntime).candles
        desk.sets[name] = CandleSet(settings.intervals, started=self.start)
        address = self.simulator.endpoints[name]
        self.runtime = VenueRuntime(
            misled(VENUES[name]),
            FeedOptions(Endpoint(address.ws, address.rest), audit=0.0),
            {PAIR: self.market},
            Hosts(),
            self.dispatcher,
            self.analytics,
            lambda: [self.market],
        )

    def go(self) -> None:
        self.dispatcher.start()
        self.runtime.start()
        self.runtime.go()

    def close(self) -> None:
        self.runtime.stop()
        self.runtime.join(5.0)
        self.dispatcher.stop(2.0)
        self.simulator.stop()

    def candle(self, interval: Interval, start: int) -> Candle | None:
        found = (
            self.analytics.of(self.market)
            .get(CandleRuntime)
            .candles.candles(self.name, interval, start, start + 1, 1, Fill.NULL, False)
        )
        return found[0] if found else None

    def _emit(self, _market: Market, _source: object, _venue: str, event: object, _time: int) -> None:
        if isinstance(event, CandleEvent):
            self.told.append(event.candle)


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Rig]:
    monkeypatch.setattr(reconcile, "SETTLE_INTERVALS", 0)
    monkeypatch.setattr(reconcile, "SETTLE_MOST", 0)
    made = Rig(request.param)
    yield made
    made.close()


@pytest.mark.parametrize("rig", ["binance", "kraken", "binance_usdm"], indirect=True)
def test_the_past_is_loaded_compared_and_mended(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    whole, broken = rig.start, rig.start + MINUTE
    rig.analytics.of(rig.market).get(CandleRuntime).candles.sets[rig.name].gap(broken + 1, broken + 2)
    rig.go()

    before = eventually(lambda: rig.candle(ONE, rig.start - 3 * MINUTE))
    assert (before.source, before.state, before.revision) == (CandleSource.VENUE, CandleState.COMPLETE, 0)
    assert before.volume > 0

    mended = eventually(lambda: (found := rig.candle(ONE, broken)) and found.source is CandleSource.VENUE and found)
    assert mended.state is CandleState.COMPLETE
    assert mended.revision == 1
    assert mended.volume > 0

    # We heard nothing of this minute and believe that nothing happened; the venue knows better.
    wrong = eventually(lambda: (found := rig.candle(ONE, whole)) and found.reconciliation and found)
    assert wrong.source is CandleSource.TRADES
    assert wrong.reconciliation.alarm
    assert wrong.reconciliation.volume < 0
    eventually(lambda: f"{rig.name}: the 1m candle of BTC/USDT differs from the venue's" in caplog.text)
    corrected = {(ONE, whole, 1), (ONE, broken, 1)}
    eventually(lambda: {(each.interval, each.open_time, each.revision) for each in list(rig.told)} >= corrected)
    # What the venue refuses is asked for once, and costs the other lengths nothing.
    refusal = "no 1s candles of BTC/USDT"
    if rig.name == "binance_usdm":
        eventually(lambda: refusal in caplog.text)
    assert caplog.text.count(refusal) == (rig.name == "binance_usdm")


@pytest.mark.parametrize("rig", ["binance_usdm"], indirect=True)
def test_open_interest_is_asked_for_again_and_again(rig: Rig) -> None:
    rig.go()
    board = rig.analytics.of(rig.market).get(OpenInterestRuntime).latest
    first = eventually(lambda: board.of(rig.name))
    assert first.value > 0
    candle = eventually(
        lambda: (made := rig.candle(SECONDS, first.receive_time // SECOND * SECOND)) and made.open_interest and made
    )
    assert candle.open_interest > 0
    eventually(lambda: (now := board.of(rig.name)) and now.receive_time > first.receive_time)


@pytest.mark.parametrize("rig", ["binance"], indirect=True)
def test_slow_and_failing_history_costs_no_trade(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """Turning an interval, or asking for the past, never delays a trade."""
    rig.go()
    windows = rig.analytics.of(rig.market).get(VwapRuntime).windows
    eventually(lambda: len(windows.tape) > 5)
    rig.simulator.inject(Fault(rig.name, "slow_rest", delay=3.0, duration=6.0))
    counts = []
    for _ in range(10):
        before = len(windows.tape)
        time.sleep(0.3)
        counts.append(len(windows.tape) - before)
    assert sum(count > 0 for count in counts) >= 6, f"trades stood still: {counts}"
    rig.simulator.inject(Fault(rig.name, "http", status=503, duration=2.0, on="rest"))
    eventually(lambda: rig.candle(FIVE, rig.start // (5 * MINUTE) * 5 * MINUTE - 10 * MINUTE), 60.0)
    assert "internal" not in caplog.text


@pytest.mark.parametrize(("lost", "level"), [(True, logging.WARNING), (False, logging.DEBUG)])
def test_a_replay_says_only_what_it_lacks(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, lost: bool, level: int
) -> None:
    """What a replay that begins later does not need, and what the end of a replay cuts off, is no line for users."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(backfill, "POLL", 0.01)
    stop = threading.Event()

    class Past:
        def candles(self, *_: object) -> list[VenueCandle]:
            stop.set()
            raise UnrecordedError("the recording has no answer to /klines", lost=lost)

        def open_interest(self, *_: object) -> None: ...

    market = Market(PAIR, ("binance",), lambda _market: None)
    market.report("binance", VenueState.LIVE, "")
    instrument = Instrument(PAIR, "BTCUSDT", Decimal("0.01"), Decimal("0.01"), "TRADING", True)
    engine = AnalyticsEngine(AnalyticsSettings(intervals=(ONE,)), lambda *_: None, lambda _market: None)
    listings = {PAIR: Listing("binance", PAIR, Reach.LISTED, instrument)}
    listener = Dispatcher(Epoch.now())
    backfill.Backfill(VENUES["binance"](), listings, Past(), engine, lambda: [market], listener, stop).run()
    (said,) = [each for each in caplog.records if "the recording has no answer to /klines" in each.getMessage()]
    assert said.levelno == level
    assert "candles of the past are missing, or are not compared with the venue's own" in said.getMessage()
    assert "no history now" not in caplog.text
