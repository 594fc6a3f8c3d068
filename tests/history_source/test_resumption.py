"""A restart in the middle of candles, on a history of files: candles are those of all trades that the history has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from server import clock
from server.analytics.candles.candle import Candle, CandleState, Fill
from server.analytics.candles.resume import ALL
from server.analytics.candles.runtime import CandleRuntime
from server.analytics.engine import AnalyticsEngine
from server.analytics.intervals import Interval
from server.analytics.settings import AnalyticsSettings
from server.clock import PlayedClock
from server.history.day_reader import Source
from server.history.store import HistoryStore
from server.history_source import resumption
from server.history_source.history_listener import HistoryListener
from server.history_source.resumption import resume
from server.market.market import Market
from server.model import Pair, Side, Trade, TradeGap
from server.units import SECOND
from tests.history.samples import Clock, writer

NOON = 1_796_040_000 * SECOND
SETTINGS = AnalyticsSettings(intervals=tuple(map(Interval.parse, ("1s", "1m", "5m", "1h"))))
FIVE, HOUR = SETTINGS.intervals[2:]
PAIR = Pair("BTC", "USDT")
VENUES = ("a", "b")


@pytest.fixture(autouse=True)
def played() -> Iterator[PlayedClock]:
    made = PlayedClock()
    made.install()
    yield made
    clock.restore()


class Feed:
    """What is said of the past to a feed."""

    def __init__(self) -> None:
        self.resumed: list[Trade] = []

    def resume_trades(self, pair: Pair, trades: Sequence[Trade]) -> None:
        assert pair == PAIR
        self.resumed = list(trades)


class Life:
    """A server from its start to its end, as far as its history and its candles see it."""

    def __init__(self, folder: Path, played: PlayedClock, start: int) -> None:
        self._played = played
        self._set(start)
        self.market = Market(PAIR, VENUES, lambda _market: None)
        self.writing = Clock(clock.time_ns())
        self.writer = writer(folder, self.writing)
        self.listener = HistoryListener(self.writer.add)
        self.engine = AnalyticsEngine(SETTINGS, self.listener.emit, lambda _market: None)
        self.feeds = {venue: Feed() for venue in VENUES}
        resume(folder, [self.market], self.feeds, self.engine)
        self.candles = self.engine.of(self.market).get(CandleRuntime).candles

    def _set(self, second: float) -> None:
        now = NOON + int(second * SECOND)
        self._played.set(now, now)

    def listen(self) -> None:
        for venue in VENUES:
            self.engine.trade_coverage(self.market, venue, True, clock.time_ns() - 10 * SECOND)

    def run(self, start: int, end: int, *, traded: bool = True) -> None:
        """One trade per second and venue, numbered by the seconds."""
        for second in range(start, end):
            self._set(second + 1)
            for venue in VENUES if traded else ():
                self.trade(venue, second)
            self.engine.tick()

    def trade(self, venue: str, second: int) -> None:
        price = Decimal(100 + second * 7 % 13)
        made = Trade("S", str(second + 1), price, Decimal(second + 1), Side.BUY, NOON + second * SECOND + SECOND // 3)
        self.engine.trade(self.market, venue, made, clock.time_ns())
        self.listener.trade(self.market, venue, made, clock.time_ns())

    def gap(self, venue: str) -> None:
        self.engine.trade_gap(self.market, venue, TradeGap("1", "2", 1), clock.time_ns())

    def candle(self, venue: str, interval: Interval, *, open_too: bool = False) -> Candle:
        return self.candles.candles(venue, interval, NOON, NOON + 1, 1, Fill.NULL, open_too)[0]


def check(candle: Candle, folder: Path, venues: Sequence[str]) -> None:
    """The candle is that of all trades in the history."""
    found = []
    for venue in venues:
        page = HistoryStore(folder).trades(
            Source(venue, "BTC", "USDT"), candle.open_time, candle.close_time, limit=5000
        )
        found += [
            (row.time, venue, row.market.price_of(row.price), row.market.quantity_of(row.quantity)) for row in page.rows
        ]
    found.sort()
    prices = [price for _, _, price, _ in found]
    assert (candle.open, candle.close) == (prices[0], prices[-1])
    assert (candle.high, candle.low) == (max(prices), min(prices))
    assert (candle.trades, candle.volume) == (len(found), sum(size for *_, size in found))


def first_life(folder: Path, played: PlayedClock, end: int) -> None:
    life = Life(folder, played, -30)
    life.listen()
    life.run(-20, 0, traded=False)
    life.run(0, end)
    life.writer.close()


def test_a_restart_in_the_middle_of_candles_loses_nothing(tmp_path: Path, played: PlayedClock) -> None:
    first_life(tmp_path, played, 130)
    life = Life(tmp_path, played, 140)
    assert [trade.number for trade in life.feeds["a"].resumed] == list(range(1, 131))
    started = life.candle("a", HOUR, open_too=True)
    assert (started.trades, started.state) == (130, CandleState.OPEN), "it is served at once"
    for second in range(130, 140):  # As the venue's past trades come.
        for venue in VENUES:
            life.trade(venue, second)
    life.run(140, 310)
    life.writer.close()
    for venue, venues in (("a", ["a"]), (ALL, VENUES)):
        made = life.candle(venue, FIVE)
        check(made, tmp_path, venues)
        assert (made.trades, made.state) == (300 * len(venues), CandleState.COMPLETE)
    kept = HistoryStore(tmp_path).candles(Source("a", "BTC", "USDT"), "5m", NOON, NOON + 1).rows
    assert [(row.trades, row.state) for row in kept] == [(300, CandleState.COMPLETE)]


def test_trades_that_nobody_has_leave_the_candle_partial(tmp_path: Path, played: PlayedClock) -> None:
    first_life(tmp_path, played, 130)
    life = Life(tmp_path, played, 140)
    for venue in VENUES:
        life.gap(venue)
    life.run(140, 310)
    life.writer.close()
    for venue, venues in (("a", ["a"]), (ALL, VENUES)):
        made = life.candle(venue, FIVE)
        check(made, tmp_path, venues)
        assert (made.trades, made.state) == (290 * len(venues), CandleState.PARTIAL_GAP)


def test_two_restarts_in_one_candle(tmp_path: Path, played: PlayedClock) -> None:
    first_life(tmp_path, played, 100)
    for start, end in ((100, 200), (200, 310)):
        life = Life(tmp_path, played, start)
        life.run(start, end)
        life.writer.close()
    made = life.candle("a", FIVE)
    check(made, tmp_path, ["a"])
    assert (made.trades, made.state) == (300, CandleState.COMPLETE)


def test_without_a_history_candles_start_anew(tmp_path: Path, played: PlayedClock) -> None:
    life = Life(tmp_path, played, 100)
    life.run(100, 310)
    assert life.candle("a", FIVE).state is not CandleState.COMPLETE
    assert not life.feeds["a"].resumed


def test_a_feed_that_reports_no_gaps_is_not_resumed(tmp_path: Path, played: PlayedClock) -> None:
    first_life(tmp_path, played, 130)
    life = Life(tmp_path / "other", played, 140)
    resume(tmp_path, [life.market], {"a": life.feeds["a"]}, life.engine)
    life.run(140, 310)
    assert life.candle("a", FIVE).trades == 290
    assert life.candle("b", FIVE).trades == 160


def test_too_many_markets_start_anew_and_the_log_says_so(
    tmp_path: Path, played: PlayedClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first_life(tmp_path, played, 130)
    monkeypatch.setattr(resumption, "PATIENCE", -1.0)
    life = Life(tmp_path, played, 140)
    assert not life.feeds["a"].resumed
    assert "start anew from BTC/USDT on" in caplog.text


def test_a_history_that_cannot_be_read_is_said(
    tmp_path: Path, played: PlayedClock, caplog: pytest.LogCaptureFixture
) -> None:
    first_life(tmp_path, played, 130)
    (day,) = tmp_path.glob("*.db")
    day.write_bytes(b"no database" * 1000)
    played.set(NOON + 140 * SECOND, NOON + 140 * SECOND)
    engine = AnalyticsEngine(SETTINGS, lambda *_: None, lambda _market: None)
    market = Market(PAIR, VENUES, lambda _market: None)
    resume(tmp_path, [market], {"a": Feed()}, engine)
    assert "start anew" in caplog.text


def test_candles_before_and_behind_the_end_of_a_day(tmp_path: Path, played: PlayedClock) -> None:
    """Two files have a part of the trades each."""
    midnight = 12 * 3600
    life = Life(tmp_path, played, midnight - 70)
    life.listen()
    life.run(midnight - 60, midnight + 5)
    life.writer.close()
    life = Life(tmp_path, played, midnight + 5)
    life.run(midnight + 5, midnight + 70)
    life.writer.close()
    open_time = NOON + midnight * SECOND
    before, behind = life.candles.candles(
        "a", SETTINGS.intervals[1], open_time - 60 * SECOND, open_time + 1, 2, Fill.NULL, False
    )
    for made in (before, behind):
        check(made, tmp_path, ["a"])
        assert (made.trades, made.state) == (60, CandleState.COMPLETE)
