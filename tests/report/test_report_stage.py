"""ReportStage: the report hears the events of the replay, those of the analytics included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from server import clock
from server.analytics.candles.runtime import CandleEvent
from server.clock import PlayedClock
from server.config import Config
from server.model import Pair
from server.replay.played_run import PlayedRun, VenueRun
from server.report.report_stage import ReportStage
from server.report.report_window import ReportWindow

from .made import VENUE
from .test_book_watch import candle

PAIR = Pair("BTC", "USDT")


@pytest.fixture
def stage() -> Iterator[ReportStage]:
    played = PlayedClock()
    played.install()
    run = PlayedRun((str(PAIR),), {VENUE: VenueRun("diff", 50, 0.0, checks=False)})
    made = ReportStage(Config(pairs=(PAIR,), venues=(VENUE,), port=0), run, played, ReportWindow(0, 1000))
    yield made
    made.stop()
    clock.restore()


def alarms(stage: ReportStage) -> int:
    stage.collector.finish()
    (venue,) = stage.collector.venues
    assert venue.not_subscribed == (str(PAIR),)
    return stage.collector._venues[VENUE].book(str(PAIR)).result().candle_alarm_count  # noqa: SLF001


def test_alarms_of_candles_are_heard(stage: ReportStage) -> None:
    market = stage.markets[PAIR]
    for event in (
        CandleEvent(candle(1, alarm=True)),
        CandleEvent(replace(candle(1, alarm=False), open_time=7)),
        "else",
    ):
        stage._emit(market, "source", VENUE, event, 0)  # noqa: SLF001
    stage._emit(market, "source", "", CandleEvent(candle(1, alarm=True, open_time=9)), 0)  # noqa: SLF001
    assert alarms(stage) == 1, "candles of all venues together are no venue's"


def test_nobody_is_served(stage: ReportStage) -> None:
    stage.start(stage)  # type: ignore[arg-type]
    stage.turn(0.0)
    assert stage.server.port == 0
