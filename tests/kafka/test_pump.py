"""Records on their way: refused, repeated, conflated while brokers are away, and counted when they are lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from server.codes import Code
from server.kafka.client import Delivered
from server.kafka.contract import BOOK, TRADE
from server.kafka.directory import Directory
from server.kafka.pump import AGAIN, Pump
from server.kafka.record import Record
from server.kafka.stream import EVENT_WINDOW, STATE_WINDOW, KafkaStream, Route
from server.publish.channel import Channel, ConflatedChannel, Overflow
from server.request_errors import removed
from tests.publish.reader import buffer
from tests.waiting import eventually


class Brokers:
    """A client by hand, which takes records and answers when it is told to."""

    def __init__(self) -> None:
        self.trouble = ""
        self.fatal = False
        self.full = False
        self.sent: list[tuple[bytes | None, Delivered]] = []
        self.values: list[bytes | None] = []
        self.refuses: KafkaError | None = None
        self.asked = threading.Event()

    @property
    def busy(self) -> bool:
        return bool(self.sent)

    def produce(self, _topic: str, _at: int, _key: bytes, value: bytes | None, _kind: bytes, done: Delivered) -> bool:
        if self.refuses is not None:
            raise KafkaException(self.refuses)
        if self.full:
            return False
        self.values.append(value)
        self.sent.append((value, done))
        return True

    def answer(self, error: KafkaError | None = None) -> None:
        answered, self.sent = self.sent, []
        for _, done in answered:
            done(error)

    def poll(self, seconds: float) -> int:
        self.asked.wait(seconds)
        return 0

    def arrived(self) -> None:
        self.trouble = ""

    def partitions(self) -> dict[str, int]:
        return {"topic": 4}

    def make(self, _topics: object) -> dict[str, str]:
        return {}

    def close(self) -> None:
        self.answer(KafkaError(KafkaError._PURGE_QUEUE))  # noqa: SLF001 - its public name


class Rig:
    """A pump whose turns are taken by the test."""

    def __init__(self) -> None:
        self.clients = [Brokers()]
        self.directory = Directory({"topic": {}}, create=False)
        make: Any = self._client
        self.pump = Pump(make, self.directory)
        self.directory.refresh(self.brokers)
        self.now = 0.0

    def _client(self) -> Brokers:
        if self.clients[-1].fatal:
            self.clients.append(Brokers())
        return self.clients[-1]

    @property
    def brokers(self) -> Brokers:
        return self.clients[-1]

    def stream(self, source: Channel, window: int, **changes: Any) -> KafkaStream:
        kind = BOOK if window == STATE_WINDOW else TRADE
        route = Route(
            kind, "topic", "BTC/USDT", window, lambda _last: (source, Overflow.DROP_OLDEST),
            lambda payload: Record(b"key", payload),
        )._replace(**changes)  # fmt: skip
        stream = KafkaStream(route, self.pump)
        self.pump.open(stream)
        return stream

    def turn(self, later: float = 0.0) -> None:
        """Does all that waits and what is due in so many seconds."""
        self.pump.turn(time.monotonic())  # What is to be done later is known then.
        for _ in range(1000):
            self.pump.turn(time.monotonic() + later)
            if not self.pump._steps:  # noqa: SLF001 - until nothing is left to do
                return


def error(code: int) -> KafkaError:
    return KafkaError(code)


def test_while_brokers_are_away_there_is_one_record_of_a_state_and_then_the_newest() -> None:
    rig, channel = Rig(), ConflatedChannel()
    rig.stream(channel, STATE_WINDOW)
    for number in range(1000):
        channel.publish(b"%d" % number, 0)
        rig.turn()
    assert rig.brokers.values == [b"0"]
    rig.brokers.answer()
    rig.turn()
    assert rig.brokers.values == [b"0", b"999"]
    assert rig.pump.counters.acknowledged == {"book": 1}


def test_events_that_do_not_fit_are_kept_by_their_buffer_and_counted_there() -> None:
    rig, source = Rig(), buffer(100)
    rig.stream(source, EVENT_WINDOW)
    for number in range(1000):
        source.publish(b"%d" % number, 0)
        rig.turn()
    assert len(rig.brokers.values) == EVENT_WINDOW
    while rig.brokers.sent:
        rig.brokers.answer()
        rig.turn()
    assert len(rig.brokers.values) == EVENT_WINDOW + 100
    assert source.dropped == 1000 - EVENT_WINDOW - 100
    assert rig.brokers.values[EVENT_WINDOW] == b"900 -%d" % source.dropped


def test_a_record_is_sent_again_after_an_error_unless_it_is_a_state_that_is_old(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rig, channel, source = Rig(), ConflatedChannel(), buffer(100)
    rig.stream(channel, STATE_WINDOW)
    rig.stream(source, EVENT_WINDOW)
    channel.publish(b"state 1", 0)
    source.publish(b"event 1", 0)
    rig.turn()
    channel.publish(b"state 2", 0)
    rig.brokers.answer(error(KafkaError.TOPIC_AUTHORIZATION_FAILED))
    rig.turn()
    assert rig.brokers.values == [b"state 1", b"event 1"]
    rig.turn(later=AGAIN + 1)
    assert sorted(rig.brokers.values[2:]) == [b"event 1", b"state 2"]  # type: ignore[type-var]
    rig.brokers.answer(error(KafkaError.TOPIC_AUTHORIZATION_FAILED))
    rig.turn()
    rig.turn(later=AGAIN + 1)
    assert sorted(rig.brokers.values[4:]) == [b"event 1", b"state 2"], "no newer state"  # type: ignore[type-var]
    assert rig.pump.counters.repeated == {"book": 2, "trade": 2}
    assert "is sent again" in caplog.text


@pytest.mark.parametrize("at_once", [True, False], ids=["by the client", "by the broker"])
def test_a_record_that_no_broker_takes_is_lost_counted_and_said(
    at_once: bool, caplog: pytest.LogCaptureFixture
) -> None:
    rig, source = Rig(), buffer(100)
    rig.stream(source, EVENT_WINDOW)
    too_large = error(KafkaError.MSG_SIZE_TOO_LARGE)
    rig.brokers.refuses = too_large if at_once else None
    source.publish(b"1", 0)
    rig.turn()
    rig.brokers.answer(too_large)
    rig.turn()
    rig.brokers.refuses = None
    source.publish(b"2", 0)
    rig.turn()
    assert rig.pump.counters.refused == {"trade": 1}
    assert rig.brokers.values[-1] == b"2"
    assert "a record of topic is lost" in caplog.text


def test_a_full_client_and_an_unknown_topic_are_waited_for() -> None:
    rig, source = Rig(), buffer(100)
    rig.stream(source, EVENT_WINDOW)
    stranger = buffer(100)
    rig.stream(stranger, EVENT_WINDOW, topic="unknown")
    rig.brokers.full = True
    source.publish(b"1", 0)
    stranger.publish(b"x", 0)
    rig.turn()
    assert rig.brokers.values == []
    rig.brokers.full = False
    rig.turn(later=0.5)
    assert rig.brokers.values == [b"1"], "the topic that is missing holds up nobody"


def test_events_keep_their_order_when_some_are_sent_again() -> None:
    rig, source = Rig(), buffer(1000)
    rig.stream(source, EVENT_WINDOW)
    rig.brokers.full = True
    for number in range(5):
        source.publish(b"%d" % number, 0)
        rig.turn()
        rig.brokers.full = False
    rig.turn()
    assert rig.brokers.values == [], "those that came later wait, too"
    rig.turn(later=0.5)
    assert rig.brokers.values == [b"%d" % number for number in range(5)]
    rig.brokers.answer(error(KafkaError.TOPIC_AUTHORIZATION_FAILED))
    rig.turn()
    for number in range(5, 10):
        source.publish(b"%d" % number, 0)
        rig.turn()
    rig.turn(later=AGAIN + 1)
    assert rig.brokers.values[5:] == [b"%d" % number for number in range(10)]


def test_a_stream_that_ends_is_opened_again_from_its_last_message() -> None:
    rig, source = Rig(), buffer(100)
    opened: list[bytes] = []

    def begin(last: bytes) -> tuple[Channel, Overflow]:
        opened.append(last)
        return source, Overflow.DISCONNECT

    stream = rig.stream(source, EVENT_WINDOW, open=begin)
    source.publish(b"1", 0)
    rig.turn()
    source.fail("a defect")
    rig.turn(later=AGAIN + 1)
    rig.turn()
    assert opened == [b"", b"1"]
    assert rig.pump.counters.reopened == {"trade": 1}
    source.publish(b"2", 0)
    rig.turn()
    assert rig.brokers.values == [b"1", b"2"]
    rig.pump.ended(stream, Code.NOT_FOUND, "the market was removed")
    rig.turn(later=AGAIN + 1)
    assert len(opened) == 2, "there is nothing to open"


def test_a_stream_whose_market_is_gone_is_given_up() -> None:
    def gone(_last: bytes) -> tuple[Channel, Overflow]:
        raise removed("the market was removed")

    rig = Rig()
    stream = rig.stream(buffer(1), EVENT_WINDOW, open=gone)
    assert stream.closed


def test_a_defect_of_one_stream_costs_the_others_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_payload: bytes) -> Record:
        raise ValueError("no record")

    rig, bad, good = Rig(), buffer(100), buffer(100)
    rig.stream(bad, EVENT_WINDOW, record=broken)
    rig.stream(good, EVENT_WINDOW)
    bad.publish(b"1", 0)
    good.publish(b"2", 0)
    rig.turn()
    assert rig.brokers.values == [b"2"]
    assert "a stream into Kafka failed" in caplog.text


def test_a_client_that_cannot_go_on_is_made_anew_and_nothing_is_lost() -> None:
    rig, source = Rig(), buffer(100)
    rig.stream(source, EVENT_WINDOW)
    source.publish(b"1", 0)
    rig.pump.start()
    try:
        first = rig.brokers
        eventually(lambda: first.values)
        first.fatal = True
        first.asked.set()
        eventually(lambda: len(rig.clients) == 2)
        eventually(lambda: rig.brokers.values == [b"1"])
        rig.brokers.answer()
        eventually(lambda: rig.pump.counters.acknowledged == {"trade": 1})
        assert rig.pump.counters.restarts == 1
    finally:
        rig.brokers.answer()
        rig.pump.stop(1.0)


def test_what_has_not_arrived_at_the_end_is_counted_and_said(caplog: pytest.LogCaptureFixture) -> None:
    rig, source = Rig(), buffer(100)
    rig.stream(source, EVENT_WINDOW)
    rig.pump.start()
    for number in range(3):
        source.publish(b"%d" % number, 0)
    eventually(lambda: len(rig.brokers.values) == 3)
    rig.pump.stop(0.2)
    assert rig.pump.counters.lost == {"trade": 3}
    assert "records did not reach Kafka before the end: trade 3" in caplog.text


def test_a_stop_waits_for_what_is_under_way() -> None:
    rig, source = Rig(), buffer(100)
    rig.stream(source, EVENT_WINDOW)
    rig.pump.start()
    source.publish(b"1", 0)
    eventually(lambda: rig.brokers.values)
    answered: Callable[[], None] = rig.brokers.answer
    later = threading.Timer(0.3, answered)
    later.start()
    rig.pump.stop(20.0)
    assert not rig.pump.counters.lost
    assert rig.pump.counters.acknowledged == {"trade": 1}
