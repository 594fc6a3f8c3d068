"""Topics as the process has them: fanned out to its readers, who cost each other nothing."""

from __future__ import annotations

import time
from collections import deque

from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import types_pb2 as types
from server.codes import Code
from server.publish.channel import Channel, ConflatedChannel, Overflow, Subscriber
from server.publish.event_buffer import EventBuffer
from server.transport.http.processes.link_frames import CLOSE, Frame

from .links import Link, Reader


def trade(number: int) -> bytes:
    return pb.StreamTradesResponse(trade=types.Trade(trade_id=str(number))).SerializeToString()


def marked(payload: bytes, dropped: int) -> bytes:
    response = pb.StreamTradesResponse.FromString(payload)
    response.trade.dropped += dropped
    return response.SerializeToString()


def trades_of() -> EventBuffer:
    fields = {
        pb.StreamTradesResponse.DESCRIPTOR.fields_by_name["trade"].number: types.Trade.DESCRIPTOR.fields_by_name[
            "dropped"
        ].number
    }
    return EventBuffer(4, marked, dropped_fields=lambda: fields)


def test_a_reader_that_stalls_costs_the_others_nothing() -> None:
    link, channel = Link(), ConflatedChannel()
    slow, fast = link.open(channel)[0], link.open(channel)[0]
    for number in range(5):
        channel.publish(b"%d" % number, number)
        link.pass_on()
        assert fast.take() == b"%d" % number
        link.pass_on()
    assert [slow.take(), slow.take(), slow.take()] == [b"0", b"4", None]


def test_when_all_stall_nothing_more_crosses_the_link() -> None:
    link, channel = Link(), ConflatedChannel()
    readers = [link.open(channel)[0] for _ in range(2)]
    for number in range(5):
        channel.publish(b"%d" % number, number)
        link.pass_on()
    assert [reader.take() for reader in readers] == [b"0", b"0"]
    link.pass_on()
    assert [reader.take() for reader in readers] == [b"4", b"4"]


def test_a_new_reader_begins_with_the_newest_state_also_beside_one_that_stalls() -> None:
    link, channel = Link(), ConflatedChannel()
    link.open(channel)
    for number in range(5):
        channel.publish(b"%d" % number, number)
    assert link.open(channel)[0].payload == b"4"


def test_events_that_a_reader_loses_are_counted_for_it_alone() -> None:
    link, buffer = Link(), trades_of()
    slow, fast = link.open(buffer)[0], link.open(buffer)[0]
    strict = link.open(buffer, Overflow.DISCONNECT)[0]
    seen = []
    for number in range(10):
        buffer.publish(trade(number), number)
        link.pass_on()
        seen.append(fast.take())
    assert seen == [trade(number) for number in range(10)]
    assert slow.take() == trade(0)
    assert slow.take() == marked(trade(6), 5)
    strict.take()
    assert [code for code, _ in strict.ended] == [Code.RESOURCE_EXHAUSTED]
    link.mirrors.look(60.0)
    link.pass_on()
    assert buffer.dropped == 5


def test_no_event_is_missing_between_the_opening_and_the_reader() -> None:
    link, buffer = Link(), trades_of()
    link.open(buffer)
    buffer.publish(trade(0), 0)
    topic, position = link.topics.join(buffer, link.open(buffer)[2], "s", "n")
    buffer.publish(trade(1), 1)
    link.pass_on()
    source = link.mirrors.opened(Frame(0, 99, topic.key, position << 1, b""))
    buffer.publish(trade(2), 2)
    link.pass_on()
    late = Reader(source)
    source.join(late)
    assert [late.take(), late.take(), late.take()] == [trade(1), trade(2), None]


class Windowed(Channel):
    """A channel of one reader, which may have four messages on their way."""

    WINDOW = 4

    def __init__(self) -> None:
        super().__init__()
        self.waiting: deque[bytes] = deque()

    def _first_cursor(self) -> int:
        return 0

    def _store(self, payload: bytes) -> None:
        if not self._idle:
            self.waiting.append(payload)

    def _take(self, subscriber: Subscriber) -> bytes | None:
        payload = self.waiting.popleft()
        subscriber.cursor = self.version - len(self.waiting)
        return payload


def test_a_stream_with_a_window_is_sent_no_more_and_loses_nothing() -> None:
    link, channel = Link(), Windowed()
    for number in range(20):
        channel.publish(b"%d" % number, number)
    reader = link.open(channel)[0]
    assert len(channel.waiting) == 16, "four are on their way"
    found = []
    while (payload := reader.take()) is not None or channel.waiting:
        found += [] if payload is None else [payload]
        link.pass_on()
    assert found == [b"%d" % number for number in range(20)]
    channel.publish(b"live", 20)
    link.pass_on()
    assert reader.payload == b"live"


def test_an_end_comes_once_and_a_close_once() -> None:
    link, channel = Link(), ConflatedChannel()
    reader, source, _ = link.open(channel)
    link.mirrors.end(Frame(0, source.number, Code.NOT_FOUND.value, 0, b"why"))
    assert reader.ended == [(Code.NOT_FOUND, "why")]
    for _ in range(2):
        source.leave(reader)
    assert [told.number for told in link.to_server.of(CLOSE)] == [source.number]
    link.mirrors.end(Frame(0, source.number, Code.NOT_FOUND.value, 0, b"late"))
    assert len(reader.ended) == 1


def test_a_stream_that_ended_before_its_reader_came() -> None:
    link, channel = Link(), ConflatedChannel()
    _, source, _ = link.open(channel)
    source.end(Code.UNAVAILABLE, "stopping")
    late = Reader(source)
    source.join(late)
    assert late.ended == [(Code.UNAVAILABLE, "stopping")]


def test_who_reads_nothing_for_too_long_is_ended() -> None:
    link, channel = Link(), ConflatedChannel()
    reader = link.open(channel)[0]
    channel.publish(b"x", 1)
    link.pass_on()
    reader.in_flight_since = time.monotonic() - 5
    link.mirrors.look(10.0)
    assert not reader.ended
    link.mirrors.look(1.0)
    assert [code for code, _ in reader.ended] == [Code.RESOURCE_EXHAUSTED]
