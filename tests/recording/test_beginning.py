"""Who begins to read at a time gets what the records from then on need, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recording import Kind, Record, RecordingWriter, SegmentFile, bodies, read, read_from, segments
from recording.beginning import entries_of, find_beginning
from recording.blocks import Block
from tests.recording.samples import NOON, RUN, SECOND, Clock, record
from tests.volume import examples

REST = Record(Kind.SOURCE, 9, bodies.source(9, "sim", bodies.REST), NOON, 2)


def defined(source: int, at: int = 0) -> Record:
    return Record(Kind.SOURCE, source, bodies.source(source, "sim", source), NOON + at, at)


def ended(source: int, at: int) -> Record:
    return Record(Kind.SOURCE, source, bodies.ended_source(source), NOON + at, at)


def made(kind: Kind, source: int, at: int, body: bytes = b"x") -> Record:
    return Record(kind, source, body, NOON + at, at)


def wanted(records: Sequence[Record], time: int) -> list[Record]:
    """What the documents promise, by hand: of one run."""
    after = next((place for place, each in enumerate(records) if each.time >= time), len(records))
    alive: dict[int, int] = {}
    for place, each in enumerate(records[:after]):
        if each.kind == Kind.SOURCE:
            alive.pop(each.source, None)
            if b"ended" not in each.body:
                alive[each.source] = -1
        elif each.kind == Kind.OPENED and each.source in alive:
            alive[each.source] = place
    opened = [place for place in alive.values() if place >= 0]
    begin = min(opened, default=after)
    alive = {source: begin if place < 0 else place for source, place in alive.items()}
    return [
        each
        for place, each in enumerate(records)
        if place >= after
        or each.kind in (Kind.RUN, Kind.SOURCE, Kind.COMMAND)
        or place >= alive.get(each.source, len(records))
    ]


EVENTS = st.lists(
    st.tuples(
        st.sampled_from([Kind.OPENED, Kind.RECEIVED, Kind.RECEIVED, Kind.CLOSED, Kind.TICK, Kind.COMMAND, Kind.SOURCE]),
        st.integers(1, 3),
    ),
    max_size=40,
)


@given(EVENTS, st.integers(0, 45), st.sets(st.integers(1, 45)))
@settings(max_examples=examples(60), deadline=None)
def test_what_is_read_is_what_is_needed(
    tmp_path_factory: pytest.TempPathFactory, events: list[tuple[Kind, int]], time: int, blocks: set[int]
) -> None:
    records, alive = [RUN, REST], set[int]()
    for at, (kind, source) in enumerate(events, 1):
        if kind == Kind.SOURCE:
            records.append(ended(source, at) if source in alive else defined(source, at))
            alive ^= {source}
        elif kind == Kind.COMMAND:
            records.append(made(kind, 0, at, b'{"command":"resync"}'))
        elif source in alive:
            records.append(made(kind, source, at))
        else:
            records.append(made(Kind.ANSWER, 9, at))
    folder = tmp_path_factory.mktemp("recording")
    record(folder, records, sorted(blocks))
    expected = wanted(records, NOON + time)
    assert list(read_from(folder, NOON + time)) == expected
    assert list(read_from(folder, NOON + time, NOON + 30)) == [
        each for each in expected if each.time < NOON + 30 or each.kind in (Kind.RUN, Kind.SOURCE)
    ]


def hours(folder: Path) -> list[Record]:
    """Two runs over five segments: the connection of the second run was opened in the second hour and again in the
    third."""
    hour = 3600 * SECOND
    other = Record(Kind.RUN, 0, bodies.packed({"epoch": 2}), NOON + hour // 2, hour // 2)
    found = [RUN, defined(1), made(Kind.OPENED, 1, 1)]
    found += [made(Kind.RECEIVED, 1, at * SECOND) for at in range(1, 1000, 100)]
    found += [other, REST._replace(time=other.time, monotonic=other.monotonic), defined(1, hour // 2 + 1)]
    for at in range(hour // 2 + 2, 5 * hour, 100 * SECOND):
        kind = Kind.OPENED if at in (hour // 2 + 2 + 2000 * SECOND, hour // 2 + 2 + 8000 * SECOND) else Kind.RECEIVED
        found.append(made(kind, 1, at))
    clock = Clock()
    writer = RecordingWriter(folder, clock)
    for number, each in enumerate(found, 1):
        clock.now = each.time
        writer.add(each)
        if number % 5 == 0:
            writer.flush()
    writer.close()
    return found


def test_it_begins_at_the_opening_in_a_segment_before_and_leaves_blocks_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = hours(tmp_path)
    files = segments(tmp_path)
    assert len(files) >= 5
    time = NOON + 4 * 3600 * SECOND
    opening = [each for each in found if each.kind == Kind.OPENED][-1]
    beginning = find_beginning(files, time)
    assert beginning.opened == {1: opening.monotonic, 9: opening.monotonic}
    assert beginning.segment == beginning.place[0] < len(files) - 2
    read_blocks: list[Block] = []
    really = Block.records

    def counted(block: Block) -> Iterator[Record]:
        read_blocks.append(block)
        return really(block)

    monkeypatch.setattr(Block, "records", counted)
    late = [each for each in read_from(tmp_path, time) if each.kind not in (Kind.RUN, Kind.SOURCE)]
    assert late == [each for each in found if each.monotonic >= opening.monotonic and each.kind != Kind.SOURCE]
    every = len(read_blocks)
    read_blocks.clear()
    assert len(list(read(tmp_path))) == len(found)
    assert every <= len(read_blocks) * 0.8, "some are read to find the opening"


def test_a_time_before_the_recording_is_all_of_it_and_behind_it_the_end_of_the_last_connection(tmp_path: Path) -> None:
    found = hours(tmp_path)
    assert list(read_from(tmp_path, NOON - SECOND)) == found
    last = list(read_from(tmp_path, NOON + 10 * 3600 * SECOND))
    assert last[-1] == found[-1]
    assert [each.kind for each in last[2:]].count(Kind.OPENED) == 1


def test_a_run_that_began_meanwhile_needs_nothing_of_the_run_before(tmp_path: Path) -> None:
    found = hours(tmp_path)
    second = found.index(next(each for each in found if b'"epoch":2' in each.body))
    late = list(read_from(tmp_path, found[second].time + SECOND))
    assert late[-1] == found[-1]
    assert not [each for each in late if each.kind in (Kind.RECEIVED, Kind.OPENED) and each.time < found[second].time]


def test_one_segment_without_an_index_is_read_too(tmp_path: Path) -> None:
    records = [RUN, defined(1), made(Kind.OPENED, 1, 1), *[made(Kind.RECEIVED, 1, at) for at in range(2, 9)]]
    path = record(tmp_path, records, [4, 6])
    sealed = path.read_bytes()
    with SegmentFile(path) as file:
        index = file.index()
        assert index is not None
        entries = index.entries
    path.write_bytes(sealed[:-96])
    with SegmentFile(path) as file:
        assert entries_of(file) == entries
    assert list(read_from(path, NOON + 5)) == records
    assert list(read_from(tmp_path, NOON + 5)) == records
