"""One subscriber of a channel stands for all of its streams."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from server.codes import Code
from server.publish.channel import ConflatedChannel, Overflow
from server.publish.event_buffer import EventBuffer
from server.transport.native import AVAILABLE
from tests.waiting import eventually

if AVAILABLE:
    from server.transport.native._engine import Engine
    from server.transport.native.native_stream import NativeStream
    from server.transport.native.relay import Relay, Relays

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="the engine was not built here")


class Published:
    """Stands in a topic's place, to say by hand whether its streams are busy."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.occupied = False
        self.conflated = self.dropped = 0

    def publish(self, payload: bytes) -> None:
        self.messages.append(payload)

    def busy(self) -> bool:
        return self.occupied


def stream(engine: Engine, call: int) -> NativeStream:
    return NativeStream(engine, call, lambda _stream: lambda: None, lambda _step: True, Overflow.DROP_OLDEST)


def watched(channel: Any) -> list[int]:
    counts = [0]
    channel._watch = lambda more: counts.append(counts[-1] + more)  # noqa: SLF001 - the channel is made already
    return counts


def relayed(channel: Any) -> tuple[Relay, Published]:
    relay, topic = Relay(Engine(), channel), Published()
    relay.topic = topic  # type: ignore[assignment]
    channel.join(relay)
    return relay, topic


def test_a_channel_has_one_relay_while_it_has_streams_and_counts_them_all() -> None:
    engine, channel = Engine(), ConflatedChannel()
    relays, counts = Relays(engine), watched(channel)
    first, second = stream(engine, 1), stream(engine, 2)
    relay = relays.join(channel, first)
    assert relays.join(channel, second) is relay
    assert channel.members() == [relay]
    assert counts[-1] == 2
    relays.leave(channel, relay, first)
    assert counts[-1] == 1
    relays.leave(channel, relay, second)
    assert (counts[-1], channel.members(), len(relays)) == (0, [], 0)
    assert relays.join(channel, first) is not relay


def test_states_that_pass_while_all_streams_are_busy_count_for_each_of_them() -> None:
    channel = ConflatedChannel()
    channel.publish(b"before", 0)
    relay, topic = relayed(channel)
    relay.streams = {stream(Engine(), number) for number in range(3)}
    topic.occupied = True
    for state in (b"first", b"second", b"third", b"fourth"):
        channel.publish(state, 0)
    assert topic.messages == [b"before", b"first"]
    assert channel.conflated == 0
    relay.freed()
    assert topic.messages[2:] == [b"fourth"]
    assert channel.conflated == 2 * 3


def test_a_channel_that_closes_ends_every_stream() -> None:
    engine, channel = Engine(), ConflatedChannel()
    relays, counts = Relays(engine), watched(channel)
    ended: list[tuple[int, Code, str]] = []
    streams = [stream(engine, number) for number in range(3)]
    for each in streams:
        each.end = lambda code, reason, each=each: ended.append((each.call, code, reason))  # type: ignore[misc,method-assign]
        relay = relays.join(channel, each)
    channel.close("the market was removed")
    assert sorted(ended, key=lambda end: end[0]) == [
        (number, Code.NOT_FOUND, "the market was removed") for number in range(3)
    ]
    for each in streams:
        relays.leave(channel, relay, each)
    assert counts[-1] == 0


def test_while_all_streams_are_busy_the_channel_keeps_the_newest_state() -> None:
    channel = ConflatedChannel()
    relay, topic = relayed(channel)
    channel.publish(b"1", 0)
    topic.occupied = True
    for number in range(2, 10):
        channel.publish(b"%d" % number, 0)
    assert topic.messages == [b"1", b"2"], "the second fills what the streams can take"
    assert not channel.waits
    assert channel.stalled(time.monotonic() + 1)
    topic.occupied = False
    relay.freed()
    assert topic.messages == [b"1", b"2", b"9"]
    assert channel.waits
    assert channel.conflated == 6
    relay.freed()
    assert topic.messages == [b"1", b"2", b"9"], "nobody waited"


def test_events_of_many_threads_are_handed_on_once_and_in_order() -> None:
    numbers = iter(range(100_000))
    lock = threading.Lock()
    channel = EventBuffer(100_000, lambda payload, _dropped: payload)
    _, topic = relayed(channel)

    def publish() -> None:
        for _ in range(3_000):
            with lock:
                channel.publish(b"%d" % next(numbers), 0)

    threads = [threading.Thread(target=publish) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    eventually(lambda: len(topic.messages) == 12_000)
    assert topic.messages == [b"%d" % number for number in range(12_000)]


def test_a_long_way_behind_takes_no_stack() -> None:
    """Events that came while the relay was busy are handed on in a loop, and not each inside of the one before."""
    channel = EventBuffer(20_000, lambda payload, _dropped: payload)
    _, topic = relayed(channel)
    publish, count = topic.publish, 10_000

    def first(payload: bytes) -> None:
        topic.publish = publish  # type: ignore[method-assign]
        for number in range(1, count):
            channel.publish(b"%d" % number, 0)  # The relay is busy with this one.
        publish(payload)

    topic.publish = first  # type: ignore[method-assign]
    channel.publish(b"0", 0)
    assert len(topic.messages) == count


def test_what_streams_have_lost_is_the_channels() -> None:
    channel = ConflatedChannel()
    _, topic = relayed(channel)
    topic.conflated = 5
    channel.publish(b"1", 0)
    topic.conflated = 7
    channel.publish(b"2", 0)
    assert channel.conflated == 7
