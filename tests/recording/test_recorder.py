"""The loop of a recorder: what is due, what fails, what a successor finds, and the end."""

from __future__ import annotations

import errno
import os
import random
from pathlib import Path
from typing import Any

import pytest

from recording import Kind, Record, Retention, Ring, State, bodies, read, read_blocks, segments
from recording.layout import BLOCK_BYTES, FLOOD_BLOCK_BYTES
from recording.recorder import Recorder
from recording.verify import check
from tests.recording.conftest import RingMaker
from tests.recording.samples import NOON, RUN, SECOND, SOURCE, Clock, message, root_of
from tests.volume import examples


def put(ring: Ring, *records: Record) -> None:
    for record in records:
        ring.put(record.source, record.kind, record.body, *record[3:])


def test_a_block_is_written_when_it_is_full_or_a_second_old(tmp_path: Path, make_ring: RingMaker) -> None:
    ring, clock, monotonic = make_ring(1 << 20), Clock(), Clock(5)
    recorder = Recorder(ring, tmp_path, [], clock=clock, monotonic=monotonic)
    assert recorder.attempt()
    put(ring, message(1))
    assert recorder.attempt()
    assert list(read(tmp_path)) == []
    assert ring.state == (State.RECORDING, "")
    monotonic.now += SECOND
    assert recorder.attempt()
    assert list(read(tmp_path)) == [message(1)]
    assert ring.counters.behind == 0
    put(ring, message(2, size=BLOCK_BYTES))
    assert recorder.attempt()
    assert len(list(read(tmp_path))) == 2
    assert ring.counters[:3] == (2, sum(segment.path.stat().st_size for segment in segments(tmp_path)), 2)


def test_the_end_writes_all_and_what_was_lost_and_seals(tmp_path: Path, make_ring: RingMaker) -> None:
    ring = make_ring(1 << 16)
    recorder = Recorder(ring, tmp_path, [], clock=Clock())
    put(ring, RUN, SOURCE, message(1), message(2, size=1 << 17))
    assert recorder.run(lambda _seconds: True)
    found = list(read(tmp_path))
    assert found[:3] == [RUN, SOURCE, message(1)]
    assert found[3][:3] == (Kind.LOST, 0, bodies.lost(1, 1 << 17, message(2).time))
    assert root_of(segments(tmp_path)[0].path) is not None
    assert ring.state == (State.ENDED, "")


def test_what_cannot_be_written_waits_and_the_loss_is_exact(
    tmp_path: Path, make_ring: RingMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring, monotonic = make_ring(1 << 16), Clock(5)
    recorder = Recorder(ring, tmp_path, [], clock=Clock(), monotonic=monotonic)
    real = os.pwrite

    def full(_file: int, _data: Any, _at: int) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    sent = [message(number, size=1000) for number in range(200)]
    for each in sent:
        put(ring, each)
        monotonic.now += SECOND
        recorder.attempt()
    assert ring.state[0] is State.FAILING
    assert ring.state[1].endswith("cannot be made: No space left on device")
    monkeypatch.setattr(os, "pwrite", real)
    assert recorder.attempt()
    assert ring.state == (State.RECORDING, "")
    put(ring, message(999))
    assert recorder.run(lambda _seconds: True)
    found = list(read(tmp_path))
    kept = [each for each in found if each.kind == Kind.RECEIVED]
    (lost,) = [bodies.unpacked(each.body) for each in found if each.kind == Kind.LOST]
    assert kept == [*sent[: len(kept) - 1], message(999)]
    assert lost == {"messages": 201 - len(kept), "bytes": 1000 * (201 - len(kept)), "since": sent[len(kept) - 1].time}
    assert found[-2].kind == Kind.LOST


class Killed(BaseException):
    """kill -9, at a place of the test's choosing."""


@pytest.mark.parametrize("seed", range(examples(60)))
def test_a_recorder_that_is_killed_anywhere_loses_and_repeats_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Every write and every move of the cursor may be the last of a recorder; its successor continues."""
    draw, ring, monotonic, clock = random.Random(seed), Ring.made(1 << 20), Clock(5), Clock()
    left = [0]

    def dying(call: Any) -> Any:
        def step(*arguments: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                raise Killed
            result = call(*arguments)
            left[0] -= 1
            if left[0] == 0:
                raise Killed
            return result

        return step

    for name in ("pwrite", "fdatasync", "ftruncate", "fsync"):
        monkeypatch.setattr(os, name, dying(getattr(os, name)))
    for name in ("advance", "intend", "count"):
        monkeypatch.setattr(Ring, name, dying(getattr(Ring, name)))
    sent: list[Record] = [RUN, SOURCE]
    put(ring, RUN, SOURCE)
    for _ in range(8):
        recorder = Recorder(ring, tmp_path, [RUN, SOURCE], clock=clock, monotonic=monotonic)
        left[0] = draw.randrange(1, 40)
        try:
            for _ in range(draw.randrange(1, 12)):
                each = message(len(sent), size=draw.randrange(10, 3000))
                sent.append(each)
                put(ring, each)
                monotonic.now += SECOND
                clock.now += draw.choice([SECOND, 1800 * SECOND])
                recorder.attempt()
        except Killed:
            pass
    left[0] = -1
    last = Recorder(ring, tmp_path, [RUN, SOURCE], clock=clock, monotonic=monotonic)
    assert last.run(lambda _seconds: True)
    findings: list[str] = []
    found = list(read(tmp_path, report=findings.append))
    # Definitions have the time of the segment that repeats them.
    assert [(each.kind, each.body) for each in found[:2]] == [(each.kind, each.body) for each in sent[:2]]
    assert found[2:] == sent[2:]
    assert findings == []
    assert check(tmp_path) == []
    ring.close()


def test_old_segments_go_while_it_records(tmp_path: Path, make_ring: RingMaker) -> None:
    ring, clock, monotonic = make_ring(1 << 20), Clock(), Clock(5)
    recorder = Recorder(ring, tmp_path, [], Retention(gigabytes=1e-9), clock, monotonic)
    for number in range(3):
        put(ring, message(number))
        assert recorder.attempt()
        clock.now += 3600 * SECOND
        monotonic.now += SECOND
        assert recorder.attempt()
    assert len(segments(tmp_path)) == 1
    assert list(read(tmp_path)) == [message(2)]
    assert clock.now > NOON


def test_blocks_are_larger_where_more_waits(tmp_path: Path) -> None:
    ring = Ring.made(1 << 25)
    for number in range(200):
        put(ring, message(number, size=100_000))
    assert Recorder(ring, tmp_path, [], clock=Clock()).run(lambda _seconds: True)
    (segment,) = segments(tmp_path)
    sizes = [block.header.raw_length for block in read_blocks(segment.path)]
    assert max(sizes) <= FLOOD_BLOCK_BYTES + 100_032
    assert len(sizes) < 15
    assert len(list(read(tmp_path))) == 200
    ring.close()


def test_what_waited_for_a_successor_is_written_at_once(tmp_path: Path, make_ring: RingMaker) -> None:
    ring = make_ring(1 << 20)
    put(ring, message(1))
    assert Recorder(ring, tmp_path, [], clock=Clock(), monotonic=Clock(5)).attempt()
    assert list(read(tmp_path)) == [message(1)]
