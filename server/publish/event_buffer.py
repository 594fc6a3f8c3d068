"""The newest events of a topic, which subscribers read in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from .channel import Channel, Overflow, Subscriber


class EventBuffer(Channel):
    """Holds the newest events; a subscriber reads them in order, with the number of events that it lost."""

    def __init__(
        self,
        capacity: int,
        with_dropped: DroppedMark,
        watch: Callable[[int], None] = lambda _more: None,
        dropped_fields: Callable[[], dict[int, int]] = dict,
    ) -> None:
        super().__init__(watch)
        self.capacity = capacity
        """Events that are kept."""
        self.dropped_fields = dropped_fields
        """By the field number of a response's only message: that of the number of lost events in this message."""
        self._events: deque[bytes] = deque(maxlen=capacity)
        self._with_dropped = with_dropped
        self.dropped = 0
        """Events that some subscriber lost."""

    def also_dropped(self, events: int) -> None:
        """Counts events that streams of a subscriber lost, beside those that the subscriber itself lost here."""
        with self._lock:
            self.dropped += events

    def marked(self, payload: bytes, dropped: int) -> bytes:
        """An event that says how many events were lost before it."""
        return self._with_dropped(payload, dropped)

    def join_after(self, subscriber: Subscriber, version: int) -> None:
        """As join(), with the events that came after this version. What is not kept any more counts as lost."""
        self._join(subscriber, version)

    def _first_cursor(self) -> int:
        return self.version

    def _store(self, payload: bytes) -> None:
        self._events.append(payload)

    def _take(self, subscriber: Subscriber) -> bytes | None:
        oldest = self.version - len(self._events) + 1
        lost = oldest - subscriber.cursor - 1
        if lost <= 0:
            subscriber.cursor += 1
            return self._events[subscriber.cursor - oldest]
        if subscriber.overflow is Overflow.DISCONNECT:
            return None
        self.dropped += lost
        subscriber.cursor = oldest
        return self._with_dropped(self._events[0], lost)


class DroppedMark(Protocol):
    """Writes into an encoded event how many events were lost before it."""

    def __call__(self, payload: bytes, dropped: int, /) -> bytes: ...
