"""Every venue against its simulator: depth frames are scanned in C, all else means something, nothing escapes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from orderbook_ext import FrameDecoder
from server.connection.effects import LogMessage, TradeReceived
from server.errors import VenueError
from server.units import SECOND
from server.venues import VENUES
from tests.venues.simulated import recording, replay

pytestmark = pytest.mark.slow

MUTATIONS = 400


@pytest.fixture(params=VENUES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_depth_frames_are_scanned_and_the_rest_is_understood(name: str) -> None:
    made = recording(name)
    decoder = FrameDecoder(made.venue.DEPTH)
    depth = [frame for frame in made.frames if decoder.scan(frame)]
    assert len(depth) >= 5, "a second of a lively market has more frames than that"
    actions = replay(made, made.frames)
    assert not [action for action in actions if isinstance(action, LogMessage)]
    trades = [action.event for action in actions if isinstance(action, TradeReceived)]
    assert trades, "the market trades"
    own = made.venue.trade_stream(made.instrument)
    assert {event.stream for event in trades} == {own}
    assert all(event.trade.price > 0 and event.trade.size > 0 for event in trades)
    assert all(abs(event.trade.exchange_time - time.time_ns()) < 3600 * SECOND for event in trades)


def test_answers_are_read(name: str) -> None:
    made = recording(name)
    venue, item, bodies = made.venue, made.instrument, made.bodies
    assert item in venue.instruments(bodies["instruments"])
    for kind in ("snapshot", "audit"):
        if kind in bodies:
            decoder = FrameDecoder(venue.REST_DEPTH or venue.DEPTH)
            assert decoder.scan(bodies[kind]), bodies[kind][:200]
            assert decoder.bid_count > 5
            assert decoder.ask_count > 5
    if "trades" in bodies:
        trades = venue.read_past_trades(item, bodies["trades"])
        assert trades
        assert len({trade.trade_id for trade in trades}) == len(trades)
    if venue.CANDLES is not None:
        candles = venue.read_candles(item, bodies["candles"])
        assert len(candles) >= 5
        assert all(candle.low <= min(candle.open, candle.close) for candle in candles)
        assert all(candle.high >= max(candle.open, candle.close) for candle in candles)
        assert all(candle.open_time % (60 * SECOND) == 0 for candle in candles)
        assert abs(candles[-1].open_time - time.time_ns()) < 7200 * SECOND
    if "interest" in bodies:
        assert venue.read_open_interest(item, bodies["interest"]).amount > 0


def _mutated(data: bytes, choice: random.Random) -> bytes:
    text = bytearray(data)
    for _ in range(choice.randint(1, 4)):
        if not text:
            break
        at = choice.randrange(len(text))
        act = choice.random()
        if act < 0.4:
            text[at] = choice.choice(b'"[]{},:0.9-e\\ xtrue\x00\xff')
        elif act < 0.6:
            del text[at : at + choice.randint(1, 20)]
        elif act < 0.8:
            text[at:at] = choice.choice([b"null", b"[]", b"{}", b"-1", b'"x"', b"1e999", b"NaN", b"9" * 400])
        else:
            del text[at:]
    return bytes(text)


def test_mutilated_frames_raise_nothing(name: str) -> None:
    """Whatever a venue sends, a session answers with actions; books may be withdrawn, nothing may escape."""
    made, choice = recording(name), random.Random(name)
    frames = []
    for frame in choice.choices(made.frames, k=MUTATIONS):
        frames += [_mutated(frame, choice) if choice.random() < 0.7 else frame]
    replay(made, frames)


def test_mutilated_answers_raise_documented_errors_only(name: str) -> None:
    made, choice = recording(name), random.Random(name)
    venue, item = made.venue, made.instrument
    readers: dict[str, Callable[[bytes], object]] = {
        "instruments": venue.instruments,
        "trades": lambda body: venue.read_past_trades(item, body),
        "interest": lambda body: venue.read_open_interest(item, body),
        "candles": lambda body: venue.read_candles(item, body) if venue.CANDLES else None,
    }
    for kind, body in made.bodies.items():
        for _ in range(MUTATIONS // 4 if kind in readers else 0):
            try:
                readers[kind](_mutated(body, choice))
            except VenueError:
                pass
