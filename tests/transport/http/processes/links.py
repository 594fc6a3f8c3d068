"""Both ends of a link in one process, without a socket: what is said is kept, or heard at once by the other end."""

from __future__ import annotations

from collections.abc import Callable

from server.codes import Code
from server.publish.channel import Channel, Overflow
from server.transport.http.processes import link_frames as kinds
from server.transport.http.processes.link_frames import Frame, FrameReader
from server.transport.http.processes.link_topics import LinkTopics
from server.transport.http.processes.mirrors import Mirrors, ReaderChannel


class Said:
    """Frames that were said."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self._reader = FrameReader()

    def __call__(self, said: bytes) -> None:
        self.frames += self._reader.read(said)

    def take(self) -> list[Frame]:
        taken, self.frames = self.frames, []
        return taken

    def of(self, kind: int) -> list[Frame]:
        return [each for each in self.frames if each.kind == kind]


class Reader:
    """A stream at the end of the process: takes messages when it is told to."""

    def __init__(self, channel: Channel, overflow: Overflow = Overflow.DROP_OLDEST) -> None:
        self.cursor = 0
        self.overflow = overflow
        self.in_flight_since = 0.0
        self.channel = channel
        self.payload: bytes | None = None
        self.ended: list[tuple[Code, str]] = []

    def deliver(self, payload: bytes) -> None:
        self.in_flight_since = 1.0
        self.payload = payload

    def end(self, code: Code, reason: str) -> None:
        self.ended.append((code, reason))

    def take(self) -> bytes | None:
        """The message that was delivered; asks for the next one."""
        payload, self.payload = self.payload, None
        self.in_flight_since = 0.0
        self.channel.next(self)
        return payload


class Opened:
    """A stream as the server's end knows it."""

    def __init__(self) -> None:
        self.ended: list[tuple[Code, str]] = []

    def end(self, code: Code, reason: str) -> None:
        self.ended.append((code, reason))


class Link:
    """The topics of the server's end and their mirrors; frames wait until pass_on()."""

    def __init__(self) -> None:
        self.to_process, self.to_server = Said(), Said()
        self.topics = LinkTopics(self.to_process)
        self.mirrors = Mirrors(self.to_server)
        self._numbers = 0

    def pass_on(self) -> None:
        """Both ends hear what was said, until nothing more is said."""
        while self.to_process.frames or self.to_server.frames:
            hears: dict[int, Callable[[Frame], object]] = {
                kinds.TOPIC: self.mirrors.topic, kinds.MESSAGE: self.mirrors.message, kinds.FORGET: self.mirrors.forget,
                kinds.END: self.mirrors.end,
            }  # fmt: skip
            for told in self.to_process.take():
                hears[told.kind](told)
            for told in self.to_server.take():
                topic = self.topics.of(told.number)
                if topic is not None and told.kind in (kinds.TAKEN, kinds.LOST):
                    (topic.taken if told.kind == kinds.TAKEN else topic.lost)(told.first)

    def open(
        self, channel: Channel, overflow: Overflow = Overflow.DROP_OLDEST, name: str = "StreamTrades"
    ) -> tuple[Reader, ReaderChannel, Opened]:
        """A stream of this channel, which has begun."""
        self._numbers += 1
        server_end = Opened()
        topic, position = self.topics.join(channel, server_end, "onebook.v1.MarketDataService", name)
        self.pass_on()
        place = position << 1 | (overflow is Overflow.DISCONNECT)
        source = self.mirrors.opened(Frame(kinds.OPENED, self._numbers, topic.key, place, b""))
        reader = Reader(source, overflow)
        source.join(reader)
        self.pass_on()
        return reader, source, server_end
