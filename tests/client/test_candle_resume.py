"""What a stream of candles remembers, and from when on it asks again."""

from __future__ import annotations

import pytest

from client.analytics import candle_resume
from client.analytics.candle_resume import LATEST_CORRECTION, CandleResume, length
from client.times import SECOND
from onebook.v1 import analytics_pb2 as api
from onebook.v1 import types_pb2 as pb

MINUTE = 60 * SECOND
NOON = 1_795_000_020 // 3600 * 3600 * SECOND


def candle(
    number: int, interval: str = "1m", revision: int = 0, past: bool = False, state: int = api.CANDLE_STATE_COMPLETE
) -> api.Candle:
    opened = NOON + number * length(interval)
    return api.Candle(
        header=pb.Header(past=past),
        interval=interval,
        open_time_nanos=opened,
        close_time_nanos=opened + length(interval),
        revision=revision,
        state=api.CandleState.ValueType(state),
    )


def heartbeat(at: int, past: bool = False) -> api.Candle:
    return api.Candle(header=pb.Header(heartbeat=True, past=past, publish_time_nanos=at))


def make(*intervals: str, start: int = 0) -> CandleResume:
    return CandleResume(api.StreamCandlesRequest(market="A/B", intervals=intervals, start_time_nanos=start))


def test_the_next_request_begins_where_the_last_candles_may_be_corrected() -> None:
    resume = make()
    resume.take(heartbeat(NOON))
    for number in range(100):
        assert resume.take(candle(number))
    since = NOON + (99 - 20) * MINUTE
    assert resume.request() == api.StreamCandlesRequest(market="A/B", start_time_nanos=since)
    assert resume.since_nanos == since


def test_only_the_past_is_compared_by_revision() -> None:
    resume = make()
    resume.take(heartbeat(NOON))
    assert resume.take(candle(1))
    assert not resume.take(candle(1, past=True))
    assert resume.take(candle(1, revision=1, past=True))
    assert not resume.take(candle(1, revision=1, past=True))
    assert resume.take(candle(1)), "a live one is new: revisions begin again with the server"
    assert resume.take(candle(0, past=True)), "a candle that had no trades before"


def test_candles_in_progress_are_always_new() -> None:
    resume = make()
    for _ in range(2):
        assert resume.take(candle(1, state=api.CANDLE_STATE_OPEN))
    assert resume.take(candle(1))


def test_an_interval_that_has_not_closed_yet_is_asked_for_too() -> None:
    resume = make("60s", "1h")
    resume.take(heartbeat(NOON + 5 * MINUTE))
    for number in range(5, 50):
        resume.take(candle(number))
    assert resume.request().start_time_nanos == NOON - 55 * MINUTE
    assert not resume.take(candle(-1, "1h", past=True)), "had closed before the stream began"
    assert not resume.take(candle(4, past=True))
    assert resume.take(candle(0, "1h", past=True))
    assert resume.take(candle(50, past=True))
    assert resume.request().start_time_nanos == NOON - LATEST_CORRECTION


def test_nothing_received_is_the_first_request_again() -> None:
    resume = make(start=NOON)
    first = resume.request()
    assert resume.take(heartbeat(NOON + MINUTE, past=True))
    assert resume.request() == first
    assert first.start_time_nanos == NOON
    assert resume.take(candle(-5, past=True)), "the server knows best what the user has asked for"


def test_the_last_candle_before_proves_that_the_history_reaches_back() -> None:
    resume = make()
    resume.take(heartbeat(NOON))
    resume.take(candle(1))
    resume.request()
    assert not resume.reached
    resume.take(candle(1, revision=3, past=True))
    assert resume.reached


def test_what_is_forgotten_does_not_come_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candle_resume, "MOST", 3)
    resume = make()
    resume.take(heartbeat(NOON))
    for number in range(1, 11):
        resume.take(candle(number))
    resume.request()
    assert not any(resume.take(candle(number, past=True)) for number in range(1, 11))


def test_lengths() -> None:
    assert [length(name) // SECOND for name in ("1s", "5m", "4h", "1d", "1w", "1mo", "odd")] == [
        *(1, 300, 14_400, 86_400, 604_800, 31 * 86_400, 86_400)
    ]
