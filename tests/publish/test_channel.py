"""Channels: what a subscriber is handed, when it is idle, busy, slow or gone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import cast

import grpc
import pytest

from server.publish.channel import Channel, ConflatedChannel, Subscriber
from server.transport.grpc.generator_stream import GeneratorStream
from server.transport.grpc.push_stream import PushStream
from tests.publish.reader import Reader, buffer


def test_new_subscriber_gets_the_newest_state_at_once() -> None:
    channel = ConflatedChannel()
    channel.publish(b"1", 0)
    channel.publish(b"2", 0)
    reader = Reader(channel)
    channel.join(reader)
    assert reader.received == [b"2"]
    assert channel.conflated == 0


def test_new_subscriber_of_an_empty_channel_waits() -> None:
    channel, reader = ConflatedChannel(), Reader(ConflatedChannel())
    reader.source = channel
    channel.join(reader)
    assert reader.received == []
    channel.publish(b"1", 0)
    assert reader.received == [b"1"]


def test_idle_readers_get_every_state_and_busy_ones_skip() -> None:
    channel = ConflatedChannel()
    quick, slow = Reader(channel), Reader(channel)
    for reader in (quick, slow):
        channel.join(reader)
    for number in range(1, 6):
        channel.publish(b"%d" % number, 0)
        quick.done()
    assert quick.received == [b"1", b"2", b"3", b"4", b"5"]
    assert slow.received == [b"1"]
    slow.done()
    assert slow.received == [b"1", b"5"]
    assert channel.conflated == 3
    slow.done()
    channel.publish(b"6", 0)
    assert slow.received[-1] == b"6"


def test_a_stream_that_fails_costs_the_others_nothing(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Reader):
        def deliver(self, payload: bytes) -> None:
            raise RuntimeError("the transport is gone")

    channel = ConflatedChannel()
    broken, well = Broken(channel), Reader(channel)
    channel.join(broken)
    channel.join(well)
    channel.publish(b"1", 0)
    assert well.received == [b"1"]
    assert len(channel) == 1
    assert broken.farewell.startswith("broken: "), "it ends: silence would look like a quiet market"
    assert caplog.text.count("a stream failed") == 1
    channel.publish(b"2", 0)
    channel.join(late := Broken(channel))
    assert late.farewell.startswith("broken: ")
    assert caplog.text.count("a stream failed") == 1, "the same again is said once in a while"


def test_a_channel_that_fails_ends_its_streams_and_takes_new_ones() -> None:
    channel = ConflatedChannel()
    reader = Reader(channel)
    channel.join(reader)
    channel.fail("no message could be made")
    assert (reader.farewell, len(channel)) == ("broken: no message could be made", 0)
    channel.publish(b"1", 0)
    channel.join(later := Reader(channel))
    assert later.received == [b"1"]


def test_who_left_gets_nothing_more() -> None:
    channel = ConflatedChannel()
    reader, other = Reader(channel), Reader(channel)
    channel.join(reader)
    channel.join(other)
    channel.leave(reader)
    channel.leave(reader)
    channel.publish(b"1", 0)
    reader.done()
    assert reader.received == []
    assert other.received == [b"1"]
    assert len(channel) == 1


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["channel", "buffer"])
def test_many_threads_keep_order_and_lose_nothing_they_should_not(kind: str) -> None:
    """Publishers, readers that finish on threads of their own, and comings and goings."""
    source: Channel = ConflatedChannel() if kind == "channel" else buffer(10_000)
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
        if kind == "buffer":
            assert numbers == list(range(2_000))


def test_a_closed_channel_says_so_to_all_and_to_late_comers() -> None:
    channel = ConflatedChannel()
    channel.publish(b"1", 0)
    idle, busy, late = Reader(channel), Reader(channel), Reader(channel)
    for reader in (idle, busy):
        channel.join(reader)
    idle.done()
    assert channel.close("it was removed") == 2
    channel.join(late)
    assert [reader.farewell for reader in (idle, busy, late)] == ["it was removed"] * 3
    channel.publish(b"2", 0)
    busy.done()
    assert (idle.received, busy.received, late.received) == ([b"1"], [b"1"], [])
    assert len(channel) == 0
    assert channel.close("again") == 0


def test_watchers_are_told_of_comings_and_goings() -> None:
    changes: list[int] = []
    channel = ConflatedChannel(changes.append)
    readers = [Reader(channel) for _ in range(3)]
    for reader in readers:
        channel.join(reader)
    channel.leave(readers[0])
    channel.leave(readers[0])
    assert changes == [1, 1, 1, -1]
    channel.close("it was removed")
    channel.leave(readers[1])
    channel.join(Reader(channel))
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

    class Late(ConflatedChannel):
        def join(self, subscriber: Subscriber) -> None:
            ends[0]()
            super().join(subscriber)

    context = cast(grpc.ServicerContext, Context())
    source, told = Late(), list[str]()
    stream = kind(context, source)
    stream.start(lambda: told.append("end"))
    assert len(source) == 0
    assert told == ["end"]


def test_a_channel_is_stalled_when_all_its_readers_are_busy_for_long() -> None:
    channel = ConflatedChannel()
    first, second = Reader(channel), Reader(channel)
    assert not channel.stalled(10.0), "without readers"
    channel.publish(b"1", 0)
    for reader in (first, second):
        channel.join(reader)
        reader.in_flight_since = 5.0
    assert channel.stalled(10.0)
    assert not channel.stalled(4.0), "both have begun only now"
    second.in_flight_since = 0.0
    assert not channel.stalled(10.0), "how long is not known"
    second.done()
    assert not channel.stalled(10.0), "one is free"


def test_the_first_reader_who_is_free_is_told_once() -> None:
    channel, free = ConflatedChannel(), []
    channel.publish(b"1", 0)
    first, second = Reader(channel), Reader(channel)
    channel.join(first)
    channel.join(second)
    channel.on_free = lambda: free.append(True)
    channel.publish(b"2", 0)
    first.done()
    assert not free, "it takes the newer state first"
    first.done()
    second.done()
    second.done()
    assert free == [True]
