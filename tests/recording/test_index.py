"""The index tells where times, sources and books are."""

from __future__ import annotations

from pathlib import Path

from recording import Kind, Record, SegmentFile, bodies
from recording.index import Entry, Sample, unpacked
from tests.recording.samples import NOON, RUN, SECOND, SOURCE, message, record


def test_each_block_has_an_entry(tmp_path: Path) -> None:
    records = [RUN, SOURCE, message(5), message(3, source=2), message(9)]
    path = record(tmp_path, records, [4])
    with SegmentFile(path) as file:
        found = file.index()
    assert found is not None
    assert found.entries[0] == Entry(64, NOON, NOON + 5000, 4, 2, {0: 1, 1: 2, 2: 1})
    assert found.entries[1][1:] == (NOON + 9000, NOON + 9000, 1, 0, {1: 1})
    assert unpacked(found.packed()) == found


def test_states_leave_samples_of_sequence_numbers(tmp_path: Path) -> None:
    states = []
    for second in range(25):
        time = NOON + second * SECOND
        books = [bodies.BookState("BTC/USDT", "a", 100 + second, "0123456789abcdef", time)]
        if second % 2:
            books.append(bodies.BookState("BTC/USDT", "b", 7, "0" * 16, time))
        states.append(Record(Kind.STATE, 0, bodies.states(books), time, second))
        assert bodies.states_of(states[-1].body) == books
    path = record(tmp_path, states, [5, 10])
    with SegmentFile(path) as file:
        found = file.index()
    assert found is not None
    of_a = [sample for sample in found.samples if sample.venue == "a"]
    assert of_a == [
        Sample("BTC/USDT", "a", 100, NOON, 0),
        Sample("BTC/USDT", "a", 110, NOON + 10 * SECOND, 2),
        Sample("BTC/USDT", "a", 120, NOON + 20 * SECOND, 2),
    ]
    assert [sample.time for sample in found.samples if sample.venue == "b"] == [
        NOON + SECOND,
        NOON + 11 * SECOND,
        NOON + 21 * SECOND,
    ]
