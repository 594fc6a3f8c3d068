"""A stream of candles that begins in the past, over a real server with a history."""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from onebook.v1 import analytics_pb2 as pb
from server.analytics.candles.candle import Candle, CandleSource, CandleState
from server.analytics.candles.runtime import CandleEvent, candle_source
from server.analytics.intervals import Interval
from server.history.candle_row import CandleRow
from server.history.markets import Market
from server.replay.played_history import PlayedHistory
from server.replay.row_writers import RowWriters
from server.units import SECOND
from tests.api.conftest import Failure, Rig

LENGTH = 60 * SECOND
BEGIN = time.time_ns() // LENGTH * LENGTH - 500 * LENGTH
MARKET = Market("alpha", "BTC/USDT", "BTC", "USDT", -2, -8)


def row(number: int) -> CandleRow:
    at, one = BEGIN + number * LENGTH, Decimal(1)
    return CandleRow(MARKET, "1m", at, at + LENGTH, 5, 9, 3, number, one, one, 1, 2, 1, 0)


def event(number: int, revision: int) -> CandleEvent:
    at, one = BEGIN + number * LENGTH, Decimal(1)
    minute = Interval.parse("1m")
    made = Candle(
        minute, at, at + LENGTH, one, one, one, one, one, one, 1, CandleState.COMPLETE, CandleSource.TRADES, revision
    )
    return CandleEvent(made)


@pytest.fixture(params=["push", "native"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    history = PlayedHistory(RowWriters(tmp_path, None))
    history.writers.put([row(number) for number in range(300)])
    history.writers.settle()
    rig = Rig(request.param, heartbeat=0.2, history=history)
    yield rig
    rig.close()
    history.stop()


def test_all_of_the_past_and_then_what_closes(kept: Rig) -> None:
    request = pb.StreamCandlesRequest(venue="alpha", intervals=["1m"], start_time_nanos=BEGIN + 10 * LENGTH)
    stream = kept.prices.StreamCandles(request, timeout=30)
    first = next(stream).candle
    assert first.header.past
    assert first.header.heartbeat
    past = [next(stream).candle for _ in range(290)]
    assert [(each.open_time_nanos - BEGIN) // LENGTH for each in past] == list(range(10, 300))
    assert all(each.header.past and each.header.sequence == 0 for each in past)

    def live(number: int, revision: int) -> None:
        source = candle_source("alpha", "1m")
        kept.dispatcher.publisher.emit(kept.btc, source, "alpha", event(number, revision), time.time_ns())

    def next_candle() -> Any:
        return next(message.candle for message in stream if message.candle.open_time_nanos)

    next(message for message in stream if not message.candle.header.past)  # a heartbeat: it is live
    live(299, 0)
    live(299, 1)
    live(300, 0)
    found = [next_candle() for _ in range(2)]
    assert [((each.open_time_nanos - BEGIN) // LENGTH, each.revision) for each in found] == [(299, 1), (300, 0)]
    assert not found[0].header.past
    stream.cancel()


def test_a_time_that_cannot_be(kept: Rig) -> None:
    with pytest.raises(Failure) as caught:
        next(kept.prices.StreamCandles(pb.StreamCandlesRequest(start_time_nanos=2**63), timeout=30))
    assert caught.value.details().startswith("start_time_nanos")


def test_without_a_history_it_begins_with_what_is_in_memory() -> None:
    rig = Rig("push", heartbeat=0.1)
    try:
        stream = rig.prices.StreamCandles(pb.StreamCandlesRequest(start_time_nanos=BEGIN), timeout=30)
        assert next(stream).candle.header.past
        next(message for message in stream if not message.candle.header.past)
        stream.cancel()
    finally:
        rig.close()
