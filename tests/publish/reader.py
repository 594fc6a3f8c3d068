"""A subscriber by hand, and a buffer for it."""

from __future__ import annotations

from server.codes import Code
from server.publish.channel import Channel, Overflow
from server.publish.event_buffer import EventBuffer


class Reader:
    """A subscriber that says by hand when a message has gone out."""

    def __init__(self, source: Channel, overflow: Overflow = Overflow.DROP_OLDEST) -> None:
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

    def end(self, code: Code, reason: str) -> None:
        if code is Code.RESOURCE_EXHAUSTED:
            self.overran = True
        else:
            self.farewell = reason if code is Code.NOT_FOUND else f"broken: {reason}"

    def done(self) -> None:
        self.busy = False
        self.source.next(self)


def buffer(capacity: int = 4) -> EventBuffer:
    return EventBuffer(capacity, lambda payload, dropped: payload + b" -%d" % dropped)
