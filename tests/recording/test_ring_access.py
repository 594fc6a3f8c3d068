"""The ring against a model: nothing is torn, out of order or lost without a count, in C and in Python alike."""

from __future__ import annotations

import mmap
import os
import random
import subprocess
import sys
from collections import deque
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recording import Kind, Record, bodies
from recording.pure_ring import PureRingAccess, space
from recording.ring import Ring
from recording.ring_access import RingAccess, open_ring
from recording.ring_layout import HEADER_SIZE, LOST_BODY
from tests.captures import ROOT
from tests.volume import examples

CAPACITY = 1 << 16
C: Any = pytest.importorskip("recording._ring").RingAccess
KINDS = [PureRingAccess, C]


def access(kind: Any, ring: Ring) -> RingAccess:
    made: RingAccess = kind(mmap.mmap(ring.descriptor, HEADER_SIZE + ring.capacity))
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_records_can_be_read_before_those_ahead_of_them_are_given_back(kind: Any) -> None:
    ring = Ring.made(CAPACITY)
    one = access(kind, ring)
    sent = [Record(Kind.RECEIVED, 1, b"%d" % number, number, number) for number in range(9)]
    for record in sent:
        assert one.put(record.source, record.kind, record.body, *record[3:])
    found, at = [], None
    while (batch := one.collect(60, at)) is not None:
        found += batch.of(range(256))
        at = batch.end
    assert found == sent
    assert at == ring.head
    assert records_of(one) == sent, "nothing was given back"
    with pytest.raises(ValueError, match="damaged"):
        one.collect(60, ring.head + 64)
    ring.close()


def records_of(ring: RingAccess, limit: int = 1 << 30) -> list[Record]:
    batch = ring.collect(limit)
    return [] if batch is None else batch.of(range(256))


class Model:
    """What a ring must hold."""

    def __init__(self) -> None:
        self.waiting: deque[Record] = deque()
        self.used = 0
        self.lost: tuple[int, int, int] = (0, 0, 0)

    def put(self, record: Record) -> bool:
        need = space(len(record.body)) + (space(LOST_BODY) if self.lost[0] else 0)
        if self.used + need > CAPACITY:
            messages, size, since = self.lost
            self.lost = (messages + 1, size + len(record.body), since if messages else record.time)
            return False
        if self.lost[0]:
            self._add(Record(Kind.LOST, 0, bodies.lost(*self.lost), record.time, record.monotonic))
            self.lost = (0, 0, 0)
        self._add(record)
        return True

    def _add(self, record: Record) -> None:
        self.waiting.append(record)
        self.used += space(len(record.body))

    def taken(self, records: list[Record]) -> None:
        for record in records:
            assert self.waiting.popleft() == record
            self.used -= space(len(record.body))


@pytest.mark.parametrize("producer", KINDS)
@pytest.mark.parametrize("consumer", KINDS)
@settings(max_examples=examples(25))
@given(seed=st.integers(0, 2**32))
def test_a_ring_is_its_model(producer: Any, consumer: Any, seed: int) -> None:
    draw, model, ring = random.Random(seed), Model(), Ring.made(CAPACITY)
    ins, outs = access(producer, ring), access(consumer, ring)
    try:
        for number in range(150):
            if draw.random() < 0.8:
                size = draw.choice([0, 1, 7, 8, 100, 3000, draw.randrange(20_000), 20_000, CAPACITY - 32, CAPACITY + 1])
                record = Record(
                    draw.randrange(1, 14), draw.randrange(2**32), draw.randbytes(size), number - 50, -number
                )
                if record.kind == Kind.RECEIVED:
                    ins.receiver(record.source)(record.body, record[3:])
                    model.put(record)
                    continue
                assert ins.put(record.source, record.kind, record.body, *record[3:]) is model.put(record)
            else:
                batch = outs.collect(draw.choice([1, 5000, 1 << 20]))
                assert (batch is None) is (not model.waiting)
                if batch is not None:
                    found = batch.of(range(256))
                    times = [record.time for record in found]
                    assert (batch.records, batch.first_time, batch.last_time) == (len(found), min(times), max(times))
                    if draw.random() < 0.9:  # Else it is collected again.
                        model.taken(found)
                        outs.advance(batch.end)
        while found := records_of(outs):
            model.taken(found)
            outs.advance(outs.collect(1 << 30).end)  # type: ignore[union-attr]
        assert not model.waiting
        assert (ring.pending_loss or (0, 0, 0)) == model.lost
    finally:
        ins.close()
        outs.close()
        ring.close()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_larger_than_the_ring_is_counted_and_the_next_record_says_so(kind: Any) -> None:
    ring = Ring.made(CAPACITY)
    ins = access(kind, ring)
    assert not ins.put(1, Kind.RECEIVED, bytes(CAPACITY), 5, 6)
    assert not ins.put(1, Kind.RECEIVED, bytes(CAPACITY + 10), 7, 8)
    assert ring.pending_loss == (2, 2 * CAPACITY + 10, 5)
    assert ins.put(1, Kind.RECEIVED, b"small", 9, 10)
    assert records_of(ins) == [
        Record(Kind.LOST, 0, bodies.lost(2, 2 * CAPACITY + 10, 5), 9, 10),
        Record(Kind.RECEIVED, 1, b"small", 9, 10),
    ]
    assert ring.pending_loss is None
    assert ring.counters[3:5] == (2, 2 * CAPACITY + 10)
    ins.close()
    ring.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_ends_at_its_limit(kind: Any) -> None:
    ring = Ring.made(CAPACITY)
    ins = access(kind, ring)
    for number in range(10):
        ins.put(1, Kind.RECEIVED, b"%d" % number * 68, number, number)
    batch = ins.collect(250)
    assert batch is not None
    assert batch.records == 3
    assert ins.collect(1).records == 1  # type: ignore[union-attr]
    ins.close()
    ring.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_closed_ring_and_a_strange_one_are_refused(kind: Any) -> None:
    with pytest.raises(ValueError, match="not a ring"):
        kind(bytearray(3 * HEADER_SIZE))
    ring = Ring.made(CAPACITY)
    ins = access(kind, ring)
    with pytest.raises((TypeError, OverflowError)):
        ins.put(1, 2, None, 0, 0)  # type: ignore[arg-type]
    ins.close()
    with pytest.raises(ValueError, match=r"closed|released"):
        ins.put(1, 2, b"", 0, 0)
    ring.close()


PRODUCER = """
import os, random, sys
from recording.ring import Ring
ring, draw, number = Ring(int(sys.argv[1])), random.Random(1), 0
print("ready", flush=True)
while True:
    size = draw.randrange(400)
    if ring.put(number % 7, 2, bytes([number % 251]) * size, number, size):
        number += 1
"""


@pytest.mark.parametrize("round_", range(3))
def test_a_producer_that_is_killed_leaves_whole_records(round_: int) -> None:
    ring = Ring.made(1 << 20)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PRODUCER, str(ring.descriptor)]
    process = subprocess.Popen(
        command, env=environment, pass_fds=[ring.descriptor], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    process.stdout.readline()
    expected, alive, most = 0, True, 100_000 + 17_000 * round_
    while True:
        batch = ring.collect(1 << 16)
        if batch is None:
            if not alive:
                break
            continue
        for record in batch.of(range(256)):
            if record.kind == Kind.LOST:
                continue
            assert record.time == expected
            assert record.source == expected % 7
            assert record.body == bytes([expected % 251]) * record.monotonic
            expected += 1
        ring.advance(batch.end)
        if alive and expected > most:
            process.kill()
            process.wait()
            alive = False
    process.stdout.close()
    assert expected > most
    ring.close()


def test_the_ring_in_c_is_used_where_it_was_built() -> None:
    assert open_ring is C
