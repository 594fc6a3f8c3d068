"""play_into: the chosen part of a recording, what it misses, and an end on request."""

from __future__ import annotations

import time
from pathlib import Path

from recording import Kind, Record, bodies, read_from
from server import clock
from server.export.recording_player import play_into
from server.replay.played_run import PlayedRun
from tests.export.captured import LONGEST, Collected, of, run_of
from tests.replay.recordings import write
from tests.replay.test_player import twice


def test_the_same_recording_gives_the_same_events() -> None:
    records = of(LONGEST, 800)
    first, second = Collected(), Collected()
    for sink in (first, second):
        assert play_into(sink, records, run_of(records)) == []
    assert first.updates == second.updates != []
    assert first.trades == second.trades != []
    assert clock.time_ns is time.time_ns


def test_from_a_time_on_what_is_read_from_then_is_what_all_of_it_gives(tmp_path: Path) -> None:
    records = twice(of(LONGEST, 800))
    begin = records[len(records) * 3 // 4].time
    folder = write(tmp_path / "recording", records)
    whole, late = Collected(), Collected()
    play_into(whole, records, run_of(records), begin=begin)
    read = list(read_from(folder, begin))
    play_into(late, read, run_of(records), begin=begin)
    assert len(read) < len(records) * 0.7
    assert late.updates == whole.updates != []
    assert late.trades, "those of the second connection; to the whole replay they are copies of the first one's"


def test_a_market_that_is_left_out_has_no_events() -> None:
    records = of(LONGEST, 300)
    sink = Collected()
    play_into(sink, records, PlayedRun(("OTHER/PAIR",), run_of(records).venues))
    assert (sink.updates, sink.trades) == ([], [])


def test_what_the_recording_misses_is_said() -> None:
    records = of(LONGEST, 300)
    last = records[-1]
    lost = bodies.packed({"messages": 3, "bytes": 10, "since": last.time})
    records.append(Record(Kind.LOST, 0, lost, last.time, last.monotonic))
    assert play_into(Collected(), records, run_of(records)) == ["3 messages were not recorded"]


def test_a_stop_ends_it() -> None:
    sink = Collected()
    records = of(LONGEST, 300)
    play_into(sink, records, run_of(records), stop=lambda: len(sink.updates) >= 3)
    assert 3 <= len(sink.updates) < 20
