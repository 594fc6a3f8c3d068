"""The offsets of ring.h and of Python are the same: what C writes, Python finds, field by field."""

from __future__ import annotations

import mmap

import pytest

from recording import ring_layout as layout
from recording.ring import Ring

C = pytest.importorskip("recording._ring").RingAccess


def test_python_reads_what_c_writes() -> None:
    ring = Ring.made(1 << 16)
    with mmap.mmap(ring.descriptor, layout.HEADER_SIZE + ring.capacity) as memory:
        access = C(memory)
        access.put(1, 2, b"12345678", 77, 88)
        access.put(1, 2, bytes(1 << 17), 99, 88)
        access.advance(16)

        def number(at: int) -> int:
            return int(layout.U64.unpack_from(memory, at)[0])

        assert number(layout.CAPACITY_AT) == 1 << 16
        assert number(layout.HEAD_AT) == 40
        assert number(layout.TAIL_AT) == 16
        assert (number(layout.LOST_MESSAGES_AT), number(layout.LOST_BYTES_AT)) == (1, 1 << 17)
        assert (number(layout.LOST_SINCE_AT), number(layout.LOST_AT_AT)) == (99, 40)
        assert (number(layout.TOTAL_LOST_MESSAGES_AT), number(layout.TOTAL_LOST_BYTES_AT)) == (1, 1 << 17)
        access.close()
    ring.close()
