"""How much of a stream may be under way: of states one record, of events a window; nothing is skipped by it."""

from __future__ import annotations

from server.codes import Code
from server.kafka.contract import BOOK, TRADE
from server.kafka.record import Record
from server.kafka.stream import EVENT_WINDOW, STATE_WINDOW, KafkaStream, Route
from server.publish.channel import Channel, ConflatedChannel, Overflow
from server.publish.event_buffer import EventBuffer
from tests.publish.reader import buffer


class Taken:
    """A sink that does by hand what the pump does."""

    def __init__(self) -> None:
        self.payloads: list[bytes] = []
        self.farewells: list[str] = []

    def put(self, stream: KafkaStream, payload: bytes) -> None:
        self.payloads.append(payload)
        if payload != b"heartbeat":
            stream.began(payload)
        stream.taken()

    def ended(self, _stream: KafkaStream, _code: Code, reason: str) -> None:
        self.farewells.append(reason)


def opened(source: Channel, window: int, sink: Taken) -> KafkaStream:
    route = Route(
        BOOK if window == STATE_WINDOW else TRADE, "topic", "BTC/USDT", window,
        lambda _last: (source, Overflow.DROP_OLDEST), lambda payload: Record(b"", payload),
    )  # fmt: skip
    stream = KafkaStream(route, sink)
    stream.open()
    return stream


def test_a_state_follows_when_the_one_before_has_arrived_and_is_the_newest() -> None:
    channel, sink = ConflatedChannel(), Taken()
    stream = opened(channel, STATE_WINDOW, sink)
    for number in range(5):
        channel.publish(b"%d" % number, 0)
    assert sink.payloads == [b"0"]
    assert stream.behind
    stream.done()
    assert sink.payloads == [b"0", b"4"]
    assert not stream.behind
    stream.done()
    channel.publish(b"5", 0)
    assert sink.payloads == [b"0", b"4", b"5"]
    assert channel.conflated == 3


def test_events_follow_until_the_window_is_full_and_none_is_skipped() -> None:
    source: EventBuffer = buffer(4096)
    sink = Taken()
    stream = opened(source, EVENT_WINDOW, sink)
    for number in range(1000):
        source.publish(b"%d" % number, 0)
    assert len(sink.payloads) == stream.waiting == EVENT_WINDOW
    while stream.waiting:
        stream.done()
    assert sink.payloads == [b"%d" % number for number in range(1000)]
    assert stream.last == b"999"


def test_a_message_that_becomes_no_record_takes_no_place() -> None:
    channel, sink = ConflatedChannel(), Taken()
    stream = opened(channel, STATE_WINDOW, sink)
    channel.publish(b"heartbeat", 0)
    channel.publish(b"1", 0)
    assert (sink.payloads, stream.waiting, stream.last) == ([b"heartbeat", b"1"], 1, b"1")


def test_the_end_of_the_channel_is_handed_on_and_a_closed_stream_takes_nothing() -> None:
    channel, sink = ConflatedChannel(), Taken()
    stream = opened(channel, STATE_WINDOW, sink)
    stream.close()
    channel.publish(b"1", 0)
    assert (sink.payloads, len(channel)) == ([], 0)
    again = opened(channel, STATE_WINDOW, sink)
    channel.close("the market was removed")
    assert sink.farewells == ["the market was removed"]
    assert again.waiting == 1
    again.done()
    assert sink.payloads == [b"1"]
