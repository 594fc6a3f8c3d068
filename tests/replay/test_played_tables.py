"""A recording that is played block by block takes the same course as one that is played record by record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.bench_replay import FollowedBook, received, records, stage
from benchmarks.recording import Recording, generated
from recording import Kind, Record, RecordingWriter, bodies, read, read_tables
from server import clock
from server.connection.connection_thread import TICK
from server.model import VenueState
from server.replay.played_connection import PlayedConnection
from server.replay.player import Found
from server.units import SECOND

PATH = "/api/v3/depth?symbol=BTCUSDT&limit=100"
FRAMES = 900
GAPS = (range(100, 103), range(350, 500), range(700, 702))
"""Frames that are missing: short gaps, and a silence of 15 seconds."""


@pytest.fixture(autouse=True)
def system_clock() -> Iterator[None]:
    yield
    clock.restore()


def with_trouble(source: Recording, asked: Callable[[str], bool]) -> Iterator[Record]:
    """The session with gaps, one frame that nobody can read, ticks in the silence, and answers to what is asked."""
    begin = records(source)
    first = [next(begin) for _ in range(4)]
    yield from first
    known = FollowedBook(source.snapshot)
    now = tick = first[-1].time
    for number, frame in enumerate(source.frames[:FRAMES]):
        now = received(frame, now)
        known.follow(frame)
        if not any(number in gap for gap in GAPS):
            yield Record(Kind.RECEIVED, 2, frame if number != 600 else frame[:200], now, now)
        if asked(PATH):
            yield Record(Kind.ANSWER, 1, bodies.answer("GET", PATH, 200, {}, known.snapshot()), now, now)
        if now >= tick:
            tick = now + int(TICK * SECOND)
            yield Record(Kind.TICK, 2, b"", now, now)


class Course:
    """What happens in a replay, with the times at which it does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, run: bytes) -> None:
        self.app, self.player = stage(run)
        self.seen: list[Any] = []
        self.ticks = 0
        ticked, turn, (market,) = PlayedConnection.ticked, self.app.turn, self.app.markets.values()
        (entry,) = market.entries.values()
        self.states: set[VenueState] = set()

        def tick(connection: PlayedConnection) -> None:
            self.ticks += 1
            ticked(connection)

        def seen_turn(wait: float) -> None:
            self.states.add(VenueState(entry.state))
            frame = entry.sequence, entry.receive_time, entry.exchange_time, entry.receive_monotonic
            self.seen.append((clock.time_ns(), entry.state, entry.detail, entry.resyncs, entry.gaps, frame))
            turn(wait)

        ask = self.app.errands.ask

        def seen_ask(key: Any, patience: int) -> Any:
            self.seen.append((clock.time_ns(), key))
            return ask(key, patience)

        monkeypatch.setattr(PlayedConnection, "ticked", tick)
        monkeypatch.setattr(self.app, "turn", seen_turn)
        monkeypatch.setattr(self.app.errands, "ask", seen_ask)

    def play(self, found: Iterator[Found]) -> None:
        self.player.play(found, 0, lambda: False)
        (chain,) = self.app.check.chains.values()
        self.seen.append((chain.read(), self.player.records, self.player.frames))
        self.app.stop()
        clock.restore()


def test_tables_are_played_as_their_records_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = generated()
    writer = RecordingWriter(tmp_path)
    run = next(records(source)).body
    with monkeypatch.context() as patch:
        first = Course(patch, run)

        def recorded() -> Iterator[Record]:
            asks = first.app.errands.asks
            for number, record in enumerate(with_trouble(source, lambda path: asks(("binance", "GET", path)))):
                writer.add(record)
                if number % 200 == 9:
                    writer.flush()
                yield record

        first.play(recorded())
    writer.close()
    with monkeypatch.context() as patch:
        single = Course(patch, run)
        single.play(read(tmp_path))
    with monkeypatch.context() as patch:
        tables = Course(patch, run)
        tables.play(read_tables(tmp_path))
    assert tables.seen == single.seen == first.seen
    assert {VenueState.LIVE, VenueState.SYNCING} <= tables.states
    assert tables.ticks < 0.8 * single.ticks, "ticks that do nothing are passed over"
