"""Event buffers: what a reader is handed in order, and what a slow one is told that it lost."""

from __future__ import annotations

from server.publish.channel import Overflow
from tests.publish.reader import Reader, buffer


def test_a_buffer_delivers_all_events_in_order() -> None:
    source = buffer()
    source.publish(b"before", 0)
    reader = Reader(source)
    source.join(reader)
    assert reader.received == [], "events of before the subscription are not its"
    for number in range(3):
        source.publish(b"%d" % number, 0)
    assert reader.received == [b"0"]
    for _ in range(3):
        reader.done()
    assert reader.received == [b"0", b"1", b"2"]


def test_a_buffer_counts_what_a_slow_reader_lost() -> None:
    source = buffer(capacity=4)
    reader = Reader(source)
    source.join(reader)
    for number in range(11):
        source.publish(b"%d" % number, 0)
    for _ in range(5):
        reader.done()
    assert reader.received == [b"0", b"7 -6", b"8", b"9", b"10"]
    assert source.dropped == 6


def test_a_buffer_ends_a_reader_that_must_not_lose() -> None:
    source = buffer(capacity=2)
    reader = Reader(source, Overflow.DISCONNECT)
    source.join(reader)
    for number in range(4):
        source.publish(b"%d" % number, 0)
    reader.done()
    assert reader.overran
