"""Candles without a hole: the past, the stream, and what was missed between them, each state once."""

from __future__ import annotations

import grpc
import pytest

from client import Backoff, Candle, Client, NotFoundError
from client.analytics.candles_follow import FollowedCandles
from onebook.v1 import analytics_pb2 as api
from tests.client.analytics_data import MINUTE, START, candles, header, make_candle
from tests.client.fake_server import Fail, FakeServer, Send, Stall, Step

QUICK = Backoff(first=0.01, longest=0.05)


def history(*messages: api.Candle) -> list[Step]:
    return [Send(api.GetCandlesResponse(candles=messages))]


def follow(server: FakeServer, count: int, start: int = 0) -> list[tuple[int, int, bool]]:
    """Minute, revision and whether it is closed, of the first candles."""
    with Client(server.target, backoff=QUICK) as client, FollowedCandles(client, "A/B", "1m", start=start) as followed:
        return [_short(next(followed)) for _ in range(count)]


def _short(candle: Candle) -> tuple[int, int, bool]:
    return (candle.open_time_nanos - START) // MINUTE, candle.revision, candle.closed


def test_what_closed_between_history_and_stream_is_asked_for(server: FakeServer) -> None:
    past = [make_candle(0), make_candle(1)]
    server.script("GetCandles", history(*past), history(*past, make_candle(2), make_candle(3)))
    server.script("StreamCandles", [*candles(make_candle(3), make_candle(4)), Stall()])
    assert follow(server, 5) == [(minute, 0, True) for minute in range(5)]
    assert [name for name, _ in server.requests] == ["GetCandles", "StreamCandles", "GetCandles"]


def test_what_closed_while_it_was_away_is_asked_for(server: FakeServer) -> None:
    corrected = make_candle(1, revision=1, volume="13")
    server.script(
        "GetCandles",
        history(),
        history(make_candle(1)),
        history(corrected, make_candle(2), make_candle(3)),
    )
    server.script("StreamCandles", candles(make_candle(1)), [*candles(make_candle(3)), Stall()])
    assert follow(server, 4) == [(1, 0, True), (1, 1, True), (2, 0, True), (3, 0, True)]


def test_what_was_dropped_is_asked_for(server: FakeServer) -> None:
    server.script("GetCandles", history(), history(make_candle(0)), history(*map(make_candle, range(4))))
    server.script("StreamCandles", [*candles(make_candle(0), make_candle(3, header=header(4), dropped=2)), Stall()])
    assert follow(server, 4) == [(minute, 0, True) for minute in range(4)]


def test_a_correction_comes_and_an_older_state_does_not(server: FakeServer) -> None:
    server.script("GetCandles", history(make_candle(0, revision=1, volume="2")))
    late = make_candle(0, volume="1"), make_candle(0, revision=2, volume="3"), make_candle(1)
    server.script("StreamCandles", [*candles(*late), Stall()])
    assert follow(server, 3) == [(0, 1, True), (0, 2, True), (1, 0, True)]


def test_the_candle_in_progress_moves_until_it_is_closed(server: FakeServer) -> None:
    server.script("GetCandles", history())
    moving = [make_candle(0, state=api.CANDLE_STATE_OPEN, trades=trades) for trades in (1, 2, 2)]
    server.script("StreamCandles", [*candles(*moving, make_candle(0), moving[0], make_candle(1)), Stall()])
    assert follow(server, 4) == [(0, 0, False), (0, 0, False), (0, 0, True), (1, 0, True)]


def test_behind_a_restart_revisions_begin_again(server: FakeServer) -> None:
    first = make_candle(0, revision=3)
    again = make_candle(0, header=header(1, epoch=2), volume="12.4", source=api.CANDLE_SOURCE_VENUE)
    same = make_candle(1, header=header(2, epoch=2))
    server.script("GetCandles", history(), history(first, make_candle(1)), history(again, same))
    server.script("StreamCandles", candles(first), [*candles(make_candle(2, header=header(3, epoch=2))), Stall()])
    assert follow(server, 4) == [(0, 3, True), (1, 0, True), (0, 0, True), (2, 0, True)]


def test_a_history_that_cannot_be_had_now_is_asked_for_again(server: FakeServer) -> None:
    gone: list[Step] = [Fail(grpc.StatusCode.UNAVAILABLE, "starting")]
    server.script("GetCandles", gone, gone, history(make_candle(0), make_candle(1), make_candle(2)))
    server.script("StreamCandles", [*candles(make_candle(1), make_candle(2)), Stall()])
    assert follow(server, 3) == [(1, 0, True), (0, 0, True), (2, 0, True)]


def test_what_cannot_be_retried_is_raised(server: FakeServer) -> None:
    server.script("GetCandles", [Fail(grpc.StatusCode.NOT_FOUND, "no interval 7m")])
    with pytest.raises(NotFoundError, match="no interval 7m"):
        follow(server, 1)


def test_only_so_many_are_remembered(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("client.analytics.candles_follow._KEPT", 2)
    server.script("GetCandles", history(*map(make_candle, range(5))), history(make_candle(4), make_candle(5)))
    server.script("StreamCandles", [*candles(make_candle(5)), Stall()])
    assert follow(server, 6, start=5) == [(minute, 0, True) for minute in range(6)]
    assert [request.start_time_nanos for name, request in server.requests if name == "GetCandles"] == [
        5,
        START + 3 * MINUTE,
    ]
