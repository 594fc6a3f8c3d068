"""The stream of one market's book into its slot."""

from __future__ import annotations

import threading
import time

from ...codes import Code
from ...publish.channel import Channel, Overflow
from ._slots import SlotWriter


class SlotStream:
    """A subscriber of the channel of a book: whatever every subscriber is sent is in the slot, and nothing else."""

    def __init__(self, writer: SlotWriter, slot: int, channel: Channel) -> None:
        self.cursor = 0
        self.overflow = Overflow.DROP_OLDEST
        self.in_flight_since = 0.0
        self.slot = slot
        self.ended: Code | None = None
        """Why nothing comes any more."""
        self._writer = writer
        self._channel = channel
        self._lock = threading.Lock()
        """Held while the slot is written to: a late message must not follow the end."""

    def begin(self) -> None:
        """The channel's newest book is shown, and all that come."""
        self._channel.join(self)

    def deliver(self, payload: bytes) -> None:
        """Shows this book, and the newest one if another thread has published one meanwhile."""
        with self._lock:
            if self.ended is None:
                self._writer.write(self.slot, payload, self._channel.published_at)
        self._channel.next(self)

    def end(self, code: Code, reason: str) -> None:  # noqa: ARG002 - the log has it, and the quality of the book before
        """The market was removed, or no book can be made now: the one before is not shown as the newest any more."""
        with self._lock:
            if self.ended is not None:
                return
            self.ended = code
            if code is Code.NOT_FOUND:
                self._writer.remove(self.slot)
            else:
                self._writer.withhold(self.slot, time.time_ns(), time.monotonic_ns())

    def close(self) -> None:
        """Nothing is written any more; the slot stays as it is."""
        with self._lock:
            self.ended = self.ended or Code.UNAVAILABLE
        self._channel.leave(self)
