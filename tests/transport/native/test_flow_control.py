"""Flow control against a model: a client that grants a few bytes at a time, and takes them back.

The engine never sends more than was granted, for a stream and for the connection; what it sends is whole messages in
their order; and when the client grants enough, every stream has the newest state.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.publish.channel import ConflatedChannel
from server.transport.native import AVAILABLE
from tests.strangers.http2 import DATA, GOAWAY, RESET, SETTINGS, RawConnection, frame
from tests.volume import examples
from tests.waiting import eventually

from ..service_rig import ServiceRig

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="the engine was not built here")
WINDOW_UPDATE, INITIAL_WINDOW, MAX_FRAME = 8, 4, 16_384
CONNECTION_WINDOW = 65_535
READ = "/a.Service/Read"


class Grants(RawConnection):
    """Counts what it has granted and what has come, of each stream and of the connection (0)."""

    def __init__(self, port: int, window: int) -> None:
        self.window = window
        self.granted: dict[int, int] = {0: CONNECTION_WINDOW}
        self.received: defaultdict[int, bytes] = defaultdict(bytes)
        self.excess: list[tuple[int, int]] = []
        """Streams and bytes of which more came than were ever granted."""
        super().__init__(port, window)

    def read(self) -> int:
        """Opens a stream; returns its number."""
        self.granted[self._next] = self.window
        return self.request(READ)

    def grant(self, stream: int, size: int) -> None:
        self.granted[stream] += size
        self.write(frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", size)))

    def change_window(self, window: int) -> None:
        """Every stream's window changes by the difference, below zero too (RFC 9113, 6.9.2)."""
        change, self.window = window - self.window, window
        for stream in list(self.granted):
            if stream:
                # What was granted once may be on its way already: only a rise is counted.
                self.granted[stream] += max(0, change)
        self.write(frame(SETTINGS, 0, 0, struct.pack(">HI", INITIAL_WINDOW, window)))

    def _take(self, waiting: bytes) -> bytes:
        rest = waiting
        while len(rest) >= 9 and len(rest) >= (size := 9 + int.from_bytes(rest[:3], "big")):
            kind, stream = rest[3], int.from_bytes(rest[5:9], "big")
            if kind == DATA:
                self.received[stream] += rest[9:size]
                self.received[0] += rest[9:size]
                for of in (stream, 0):
                    if len(self.received[of]) > self.granted[of]:
                        self.excess.append((of, len(self.received[of]) - self.granted[of]))
                if size - 9 > MAX_FRAME:
                    self.excess.append((stream, size))
            rest = rest[size:]
        return super()._take(waiting)

    def messages(self, stream: int) -> list[bytes]:
        """The whole messages of a stream so far."""
        found, rest = [], self.received[stream]
        while len(rest) >= 5 and len(rest) >= 5 + (size := int.from_bytes(rest[1:5], "big")):
            assert rest[0] == 0
            found.append(rest[5 : 5 + size])
            rest = rest[5 + size :]
        return found


@pytest.fixture(scope="module")
def rig(engine: str) -> Iterator[ServiceRig]:
    made = ServiceRig(engine, ConflatedChannel(), limit=200)
    yield made
    made.close()


STEPS = st.one_of(
    st.tuples(st.just("publish"), st.integers(0, 40_000)),
    st.tuples(st.just("grant"), st.integers(0, 3), st.integers(1, 20_000)),
    st.tuples(st.just("window"), st.integers(0, 30_000)),
    st.tuples(
        st.just("open"),
    ),
    st.tuples(st.just("reset"), st.integers(0, 3)),
)


@given(window=st.sampled_from([0, 1, 5, 9, 100, 16_384, 65_535]), steps=st.lists(STEPS, max_size=25))
@settings(max_examples=examples(100), deadline=None)
def test_never_more_than_was_granted_and_all_of_it_in_the_end(
    rig: ServiceRig, window: int, steps: list[tuple[object, ...]]
) -> None:
    published: list[bytes] = []

    def publish(size: int) -> None:
        published.append(b"%06d" % len(published) + bytes(size))
        rig.publish(published[-1])

    publish(10)
    with Grants(rig.server.port, window) as client:
        streams = [client.read()]
        for step in steps:
            match step:
                case ("publish", int(size)):
                    publish(size)
                case ("grant", int(which), int(size)):
                    client.grant(0 if which == 0 else streams[which % len(streams)], size)
                case ("window", int(size)):
                    client.change_window(size)
                case ("open",) if len(streams) < 4:
                    streams.append(client.read())
                case ("reset", int(which)) if len(streams) > 1:
                    client.write(frame(RESET, 0, streams.pop(which % len(streams)), struct.pack(">I", 8)))
        publish(7)
        client.grant(0, 1 << 24)
        for stream in streams:
            client.grant(stream, 1 << 22)
        eventually(
            lambda: all(client.messages(stream)[-1:] == published[-1:] for stream in streams) or client.excess,
            lambda: (client.frames, client.ended.is_set()),
        )
        assert not client.excess
        assert not client.frames[GOAWAY]
        order = {message: number for number, message in enumerate(published)}
        for stream in streams:
            numbers = [order[message] for message in client.messages(stream)]
            assert numbers == sorted(set(numbers)), "whole messages of what was published, each once and in order"
    eventually(lambda: len(rig.streams) == 0)
