"""Slots and rings: what a subscriber is handed, when it is idle, busy, slow or gone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import cast

import grpc
import pytest

from server.publish.generator import GeneratorStream
from server.publish.push import PushStream
from server.publish.source import Overflow, Ring, Slot, Source, Subscriber


class Reader:
    """A subscriber that says by hand when a message has gone out."""

    def __init__(self, source: Source, overflow: Overflow = Overflow.DROP_OLDEST) -> None:
        self.cursor = 0
        self.overflow = overflow
        self.in_flight_since = 0.0
        self.source = source
        self.received: list[bytes] = []
        self.busy = False
        self.overran = False
        self.farewell = ""

    def deliver(self, payload: bytes) -> None:
        assert not self.busy, "one message in flight at most"
        self.busy = True
        self.received.append(payload)

    def overrun(self) -> None:
        self.overran = True

    def gone(self, reason: str) -> None:
        self.farewell = reason

    def broken(self, reason: str) -> None:
        self.farewell = f"broken: {reason}"

    def done(self) -> None:
        self.busy = False
        self.source.next(self)


def ring(capacity: int = 4) -> Ring:
    return Ring(capacity, lambda payload, dropped: payload + b" -%d" % dropped)


def test_new_subscriber_gets_the_newest_state_at_once() -> None:
    slot = Slot()
    slot.publish(b"1", 0)
    slot.publish(b"2", 0)
    reader = Reader(slot)
    slot.join(reader)
    assert reader.received == [b"2"]
    assert slot.conflated == 0


def test_new_subscriber_of_an_empty_slot_waits() -> None:
    slot, reader = Slot(), Reader(Slot())
    reader.source = slot
    slot.join(reader)
    assert reader.received == []
    slot.publish(b"1", 0)
    assert reader.received == [b"1"]


def test_idle_readers_get_every_state_and_busy_ones_skip() -> None:
    slot = Slot()
    quick, slow = Reader(slot), Reader(slot)
    for reader in (quick, slow):
        slot.join(reader)
    for number in range(1, 6):
        slot.publish(b"%d" % number, 0)
        quick.done()
    assert quick.received == [b"1", b"2", b"3", b"4", b"5"]
    assert slow.received == [b"1"]
    slow.done()
    assert slow.received == [b"1", b"5"]
    assert slot.conflated == 3
    slow.done()
    slot.publish(b"6", 0)
    assert slow.received[-1] == b"6"


def test_a_stream_that_fails_costs_the_others_nothing(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Reader):
        def deliver(self, payload: bytes) -> None:
            raise RuntimeError("the transport is gone")

    slot = Slot()
    broken, well = Broken(slot), Reader(slot)
    slot.join(broken)
    slot.join(well)
    slot.publish(b"1", 0)
    assert well.received == [b"1"]
    assert len(slot) == 1
    assert broken.farewell.startswith("broken: "), "it ends: silence would look like a quiet market"
    assert caplog.text.count("a stream failed") == 1
    slot.publish(b"2", 0)
    slot.join(late := Broken(slot))
    assert late.farewell.startswith("broken: ")
    assert caplog.text.count("a stream failed") == 1, "the same again is said once in a while"


def test_a_source_that_fails_ends_its_streams_and_takes_new_ones() -> None:
    slot = Slot()
    reader = Reader(slot)
    slot.join(reader)
    slot.fail("no message could be made")
    assert (reader.farewell, len(slot)) == ("broken: no message could be made", 0)
    slot.publish(b"1", 0)
    slot.join(later := Reader(slot))
    assert later.received == [b"1"]


def test_who_left_gets_nothing_more() -> None:
    slot = Slot()
    reader, other = Reader(slot), Reader(slot)
    slot.join(reader)
    slot.join(other)
    slot.leave(reader)
    slot.leave(reader)
    slot.publish(b"1", 0)
    reader.done()
    assert reader.received == []
    assert other.received == [b"1"]
    assert len(slot) == 1


def test_ring_delivers_all_events_in_order() -> None:
    source = ring()
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


def test_ring_counts_what_a_slow_reader_lost() -> None:
    source = ring(capacity=4)
    reader = Reader(source)
    source.join(reader)
    for number in range(11):
        source.publish(b"%d" % number, 0)
    for _ in range(5):
        reader.done()
    assert reader.received == [b"0", b"7 -6", b"8", b"9", b"10"]
    assert source.dropped == 6


def test_ring_ends_a_reader_that_must_not_lose() -> None:
    source = ring(capacity=2)
    reader = Reader(source, Overflow.DISCONNECT)
    source.join(reader)
    for number in range(4):
        source.publish(b"%d" % number, 0)
    reader.done()
    assert reader.overran


@pytest.mark.parametrize("kind", ["slot", "ring"])
def test_many_threads_keep_order_and_lose_nothing_they_should_not(kind: str) -> None:
    """Publishers, readers that finish on threads of their own, and comings and goings."""
    source: Source = Slot() if kind == "slot" else ring(10_000)
    readers = [Reader(source) for _ in range(8)]
    stop = threading.Event()
    for reader in readers:
        source.join(reader)

    def finish(reader: Reader) -> None:
        while not stop.is_set() or reader.busy:
            if reader.busy:
                reader.done()

    def come_and_go() -> None:
        while not stop.is_set():
            guest = Reader(source)
            source.join(guest)
            source.leave(guest)

    threads = [threading.Thread(target=finish, args=(reader,)) for reader in readers]
    threads.append(threading.Thread(target=come_and_go))
    for thread in threads:
        thread.start()
    for number in range(2_000):
        source.publish(b"%d" % number, 0)
    stop.set()
    for thread in threads:
        thread.join()
    for reader in readers:
        numbers = [int(payload) for payload in reader.received]
        assert numbers == sorted(set(numbers))
        assert numbers[-1] == 1_999
        if kind == "ring":
            assert numbers == list(range(2_000))


def test_a_closed_source_says_so_to_all_and_to_late_comers() -> None:
    slot = Slot()
    slot.publish(b"1", 0)
    idle, busy, late = Reader(slot), Reader(slot), Reader(slot)
    for reader in (idle, busy):
        slot.join(reader)
    idle.done()
    assert slot.close("it was removed") == 2
    slot.join(late)
    assert [reader.farewell for reader in (idle, busy, late)] == ["it was removed"] * 3
    slot.publish(b"2", 0)
    busy.done()
    assert (idle.received, busy.received, late.received) == ([b"1"], [b"1"], [])
    assert len(slot) == 0
    assert slot.close("again") == 0


def test_watchers_are_told_of_comings_and_goings() -> None:
    changes: list[int] = []
    slot = Slot(changes.append)
    readers = [Reader(slot) for _ in range(3)]
    for reader in readers:
        slot.join(reader)
    slot.leave(readers[0])
    slot.leave(readers[0])
    assert changes == [1, 1, 1, -1]
    slot.close("it was removed")
    slot.leave(readers[1])
    slot.join(Reader(slot))
    assert sum(changes) == 0


@pytest.mark.parametrize("kind", [PushStream, GeneratorStream])
def test_a_client_that_goes_while_its_stream_joins_is_no_member(kind: type[PushStream | GeneratorStream]) -> None:
    """The transport tells the end on a thread of its own, at any moment."""
    ends: list[Callable[[], None]] = []

    class Context:
        _state = None
        _rpc_event = type("Event", (), {"call": None})

        def add_callback(self, ended: Callable[[], None]) -> bool:
            ends.append(ended)
            return True

    class Late(Slot):
        def join(self, subscriber: Subscriber) -> None:
            ends[0]()
            super().join(subscriber)

    context = cast(grpc.ServicerContext, Context())
    source, told = Late(), list[str]()
    stream = kind(context, source)
    stream.start(lambda: told.append("end"), context)
    assert len(source) == 0
    assert told == ["end"]


def test_a_source_is_stalled_when_all_its_readers_are_busy_for_long() -> None:
    slot = Slot()
    first, second = Reader(slot), Reader(slot)
    assert not slot.stalled(10.0), "without readers"
    slot.publish(b"1", 0)
    for reader in (first, second):
        slot.join(reader)
        reader.in_flight_since = 5.0
    assert slot.stalled(10.0)
    assert not slot.stalled(4.0), "both have begun only now"
    second.in_flight_since = 0.0
    assert not slot.stalled(10.0), "how long is not known"
    second.done()
    assert not slot.stalled(10.0), "one is free"


def test_the_first_reader_who_is_free_is_told_once() -> None:
    slot, free = Slot(), []
    slot.publish(b"1", 0)
    first, second = Reader(slot), Reader(slot)
    slot.join(first)
    slot.join(second)
    slot.on_free = lambda: free.append(True)
    slot.publish(b"2", 0)
    first.done()
    assert not free, "it takes the newer state first"
    first.done()
    second.done()
    second.done()
    assert free == [True]
