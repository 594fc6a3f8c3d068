"""The ring in Python; test_ring_access.py holds both rings against a model."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from recording import Kind
from recording.layout import RECORD_HEAD
from recording.pure_ring import PureRingAccess, space
from recording.ring_layout import CAPACITY_AT, HEADER_SIZE, U64

THREADS, EACH = 4, 1500


@pytest.fixture
def quick_switches() -> Iterator[None]:
    """Threads take turns after each few instructions."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_bodies_are_padded_to_eight_bytes() -> None:
    assert [space(length) for length in (0, 1, 8, 9)] == [32, 40, 40, 48]


@pytest.mark.usefixtures("quick_switches")
def test_connections_that_put_at_one_time_lose_nothing() -> None:
    memory = bytearray(HEADER_SIZE + (1 << 20))
    U64.pack_into(memory, CAPACITY_AT, 1 << 20)
    ring = PureRingAccess(memory)

    def put(source: int) -> None:
        for number in range(EACH):
            assert ring.put(source, Kind.RECEIVED, b"x" * (number % 50), number, number)

    threads = [threading.Thread(target=put, args=(source,)) for source in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    batch = ring.collect(1 << 30)
    assert batch is not None
    heads = RECORD_HEAD.iter_unpack(batch.body[: batch.records * RECORD_HEAD.size])
    assert Counter(source for _, source, *_ in heads) == dict.fromkeys(range(THREADS), EACH)
    ring.close()
