"""The past, then live: nothing is missing, nothing comes twice, and nothing is read faster than it is taken."""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable

import pytest

from server import clock
from server.publish.channel import Channel, ConflatedChannel, Overflow
from server.publish.past_channel import CAPACITY, HIGH, PART, PastChannel, PastError, PastMessage
from tests.publish.reader import Reader, buffer
from tests.volume import examples


class Log:
    """What happens: each event goes to the topic, and some time later it can be read in the history."""

    def __init__(self, live: Channel) -> None:
        self.live = live
        self.written: list[bytes] = []
        self.unwritten: list[bytes] = []
        self.count = 0

    def happen(self) -> None:
        payload = b"%d" % self.count
        self.count += 1
        self.unwritten.append(payload)
        self.live.publish(payload, 0)

    def write(self, number: int) -> None:
        self.written += self.unwritten[:number]
        del self.unwritten[:number]


class PastOf:
    LATE = 3
    conflates = False

    def __init__(self, log: Log, settles: bool = True) -> None:
        self.log, self.settles = log, settles
        self.at = 0
        self.broken = ""

    def begin(self) -> list[bytes]:
        return [b"begin"]

    def read(self, limit: int) -> list[PastMessage]:
        if self.broken:
            raise PastError(self.broken)
        found = self.log.written[self.at : self.at + limit]
        self.at += len(found)
        return [PastMessage(payload, self.at - len(found) + place, payload) for place, payload in enumerate(found)]

    def settle(self) -> bool:
        if self.settles:
            self.log.write(len(self.log.unwritten))
        self.at = max(0, self.at - 3)
        return self.settles

    def unsettled(self) -> list[bytes]:
        return [b"perhaps missing"]

    def key_of(self, payload: bytes) -> Hashable | None:
        return payload


class Works:
    """Work that waits for the test."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def submit(self, work: Callable[[], None]) -> None:
        self.waiting.append(work)

    def do(self) -> bool:
        if not self.waiting:
            return False
        self.waiting.pop(0)()
        return True


def made(log: Log, past: PastOf, overflow: Overflow = Overflow.DROP_OLDEST) -> tuple[PastChannel, Reader, Works]:
    works = Works()
    channel = PastChannel(log.live, past, overflow, works.submit)
    reader = Reader(channel)
    channel.join(reader)
    return channel, reader, works


def drain(reader: Reader, most: int = 1 << 30) -> None:
    while reader.busy and most:
        most -= 1
        reader.done()


@pytest.mark.parametrize("seed", range(examples(150)))
def test_none_is_missing_and_none_comes_twice(seed: int) -> None:
    """Events, writes, reads and a subscriber in any order."""
    chance = random.Random(seed)
    log = Log(buffer(10_000))
    for _ in range(chance.choice([0, 1, 5, 600])):
        log.happen()
    log.write(chance.randint(0, log.count))
    _channel, reader, works = made(log, PastOf(log))
    for _ in range(400):
        steps: list[Callable[[], object]] = [log.happen, lambda: log.write(1), works.do, lambda: drain(reader, 1)]
        chance.choice(steps)()
    while works.do() or reader.busy:
        drain(reader)
    log.happen()
    drain(reader)
    assert reader.received == [b"begin", *(b"%d" % number for number in range(log.count))]


def test_the_past_is_read_as_it_is_taken() -> None:
    log = Log(buffer())
    for _ in range(20 * PART):
        log.happen()
    log.write(log.count)
    channel, reader, works = made(log, PastOf(log))
    while works.do():
        pass
    waiting = channel.version - reader.cursor
    assert waiting <= HIGH + PART + 1
    while reader.busy:
        reader.done()
        while works.do():
            pass
        assert channel.version - reader.cursor <= HIGH + PART + 1
    assert len(reader.received) == 20 * PART + 1


def test_too_much_to_wait_comes_from_the_history() -> None:
    log = Log(buffer(10))
    past = PastOf(log)
    settle = past.settle
    bursts = [CAPACITY + 10, CAPACITY + 10, 5]

    def settled() -> bool:
        for _ in range(bursts.pop(0) if bursts else 0):
            log.happen()
        return settle()

    past.settle = settled  # type: ignore[method-assign]
    _channel, reader, works = made(log, past)
    while works.do() or reader.busy:
        drain(reader)
    log.happen()
    drain(reader)
    assert reader.received == [b"begin", *(b"%d" % number for number in range(log.count))]
    assert not bursts


def test_a_history_that_cannot_settle_says_so() -> None:
    log = Log(buffer())
    log.happen()
    _channel, reader, works = made(log, PastOf(log, settles=False))
    while works.do():
        drain(reader)
    assert reader.received == [b"begin", b"perhaps missing"]
    log.happen()
    drain(reader)
    assert reader.received[-1] == b"1"


def test_a_history_that_cannot_be_read_ends_the_stream() -> None:
    log = Log(buffer())
    past = PastOf(log)
    past.broken = "the disk is away"
    channel, reader, works = made(log, past)
    while works.do():
        drain(reader)
    assert reader.farewell == "broken: the disk is away"
    assert len(channel) == 0
    assert len(log.live) == 0


def test_a_defect_ends_the_stream_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    log = Log(buffer())
    past = PastOf(log)
    past.log = None  # type: ignore[assignment]
    _channel, reader, works = made(log, past)
    while works.do():
        drain(reader)
    assert "see the server's log" in reader.farewell
    assert "AttributeError" in caplog.text


def test_who_leaves_leaves_the_topic_too() -> None:
    log = Log(buffer())
    channel, reader, works = made(log, PastOf(log))
    assert len(log.live) == 1
    channel.leave(reader)
    assert len(log.live) == 0
    while works.do():
        pass
    log.happen()
    assert reader.received == []


def test_the_end_of_the_topic_is_the_end_of_the_stream() -> None:
    log = Log(buffer())
    _channel, reader, _works = made(log, PastOf(log))
    log.live.close("the market was removed")
    assert reader.farewell == "the market was removed"


@pytest.mark.parametrize("overflow", Overflow)
def test_a_slow_subscriber_of_live_events(overflow: Overflow) -> None:
    log = Log(buffer(CAPACITY * 2))
    _channel, reader, works = made(log, PastOf(log), overflow)
    while works.do():
        drain(reader)
    log.happen()
    for _ in range(CAPACITY + 5):
        log.happen()
    if overflow is Overflow.DISCONNECT:
        reader.done()
        assert reader.overran
        return
    drain(reader)
    assert reader.received[2] == b"6 -5"
    assert reader.received[-1] == b"%d" % (log.count - 1)


def test_live_states_replace_one_another_and_never_one_of_the_past() -> None:
    live = ConflatedChannel()
    live.publish(b"old", 0)
    log = Log(live)
    log.written = [b"p%d" % number for number in range(10)]
    past = PastOf(log)
    past.conflates = True
    _channel, reader, works = made(log, past)
    while works.do():
        pass
    for number in range(50):
        live.publish(b"l%d" % number, 0)
    drain(reader)
    assert reader.received == [b"begin", *log.written, b"l49"]
    live.publish(b"last", 0)
    drain(reader)
    assert reader.received[-1] == b"last"


def test_what_is_remembered_is_what_may_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    log = Log(buffer())
    for _ in range(5 * PART):
        log.happen()
    log.write(log.count)
    channel, reader, works = made(log, PastOf(log))
    while works.do() or reader.busy:
        drain(reader)
    assert len(reader.received) == 5 * PART + 1
    assert len(channel._known) == len(channel._seen) <= 2 * PastOf.LATE + 1  # noqa: SLF001 - what is kept is bounded
    monkeypatch.setattr(clock, "monotonic_ns", lambda: 2**62)
    log.happen()
    assert not channel._known  # noqa: SLF001
