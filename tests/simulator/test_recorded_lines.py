"""Recordings served by the simulator: what one venue has said, each message once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recording import Kind, Record, RecordingWriter, bodies
from server.recording.import_cli import main as import_capture
from simulator import ConfigError, Simulator
from simulator.recorded_lines import RecordedLines, is_recording
from tests.simulator.venue_clients import Socket, get

Start = Callable[..., Simulator]
TIME = 1_700_000_000_000_000_000


def written(folder: Path, records: list[Record]) -> None:
    writer = RecordingWriter(folder)
    for record in records:
        writer.add(record)
    writer.close()


def source(number: int, venue: str, connection: int | str, predecessor: int = 0) -> Record:
    return Record(Kind.SOURCE, number, bodies.source(number, venue, connection, [], predecessor), TIME, 1)


def test_a_successor_counts_when_its_predecessor_has_closed(tmp_path: Path) -> None:
    def event(kind: Kind, number: int, body: bytes) -> Record:
        return Record(kind, number, body, TIME, 1)

    written(
        tmp_path,
        [
            Record(Kind.RUN, 0, b"{}", TIME, 1),
            source(1, "a", bodies.REST),
            source(2, "a", 1),
            source(3, "b", 1),
            event(Kind.OPENED, 2, b"/ws"),
            event(Kind.OPENED, 3, b"/other"),
            event(Kind.RECEIVED, 2, b"first"),
            event(Kind.RECEIVED, 3, b"of another venue"),
            source(4, "a", 2, predecessor=2),
            event(Kind.OPENED, 4, b"/ws2"),
            event(Kind.RECEIVED, 4, b"too early"),
            event(Kind.TICK, 2, b""),
            event(Kind.ANSWER, 1, bodies.answer("GET", "/depth?x=1", 200, {}, b"book")),
            event(Kind.ANSWER, 1, bodies.answer("GET", "/depth?x=1", 429, {}, b"no")),
            event(Kind.CLOSED, 2, b"replaced"),
            event(Kind.RECEIVED, 4, b"second"),
        ],
    )
    found = [(line["k"], line["u"], line["d"]) for line in RecordedLines(tmp_path, "a")]
    assert found == [("recv", "/ws", "first"), ("http", "/depth?x=1", "book"), ("recv", "/ws2", "second")]


def test_a_recording_is_served_like_the_capture_it_was_made_of(
    simulate: Start, capture: Callable[[str], Path], tmp_path: Path
) -> None:
    path = capture("binance_spot/multi4_20211011")
    assert import_capture([str(path), str(tmp_path)]) == 0
    assert is_recording(tmp_path)
    assert not is_recording(path)

    def served(source: Path) -> tuple[list[Any], str]:
        sim = simulate(venues=["binance"], pairs=["NKN/USDT"], capture=str(source))
        stream = "nknusdt@depth@100ms"
        with Socket(f"{sim.endpoints['binance'].ws}/stream?streams={stream}") as socket:
            sim.wait_for_listeners("binance", stream)
            sim.step(1000)
            answer = get(f"{sim.endpoints['binance'].rest}/api/v3/depth?symbol=NKNUSDT&limit=5000").text
            return [socket.raw.recv() for _ in range(20)], answer

    assert served(tmp_path) == served(path)


def test_a_folder_without_a_recording_is_one_line(simulate: Start, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="format version"):
        bad = tmp_path / "x.onebook"
        bad.write_bytes(b"onebkrec and nothing else" * 9)
        simulate(venues=["binance"], pairs=["NKN/USDT"], capture=str(bad))
