"""A topic whose streams are in serving processes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from . import frames

if TYPE_CHECKING:
    from .remote_engine import RemoteEngine


class RemoteTopic:
    """As the engine's Topic: each message is written once, to memory that all serving processes read."""

    def __init__(self, engine: RemoteEngine, events: bool, capacity: int, dropped_fields: Mapping[int, int]) -> None:
        self._engine = engine
        self._events = events
        self._capacity = capacity
        self._dropped_fields = dropped_fields
        self.place, self.key = engine.board.open()

    def __del__(self) -> None:
        if hasattr(self, "place"):
            self._engine.board.close(self.place)

    def publish(self, payload: bytes) -> None:
        """Makes this the newest message of all streams of the topic."""
        if self._events:
            self._engine.board.event(self.place, payload)
        else:
            self._engine.board.state(self.place, payload)

    def attach(self, call: int, loses_nothing: bool) -> None:
        """The call reads the topic from now on; `loses_nothing`: it ends where it would lose an event."""
        position, version = self._engine.board.moment(self.place)
        shape = frames.shape(self.key, version, self.place, self._events, self._capacity, self._dropped_fields)
        self._engine.ask(call, frames.frame(frames.ATTACH, call, loses_nothing, position, (shape, b"", b"", b"")))

    def behind(self) -> bool:
        """Of a topic of events with one stream: whether it has not taken all of them yet. If so, FREE tells when it
        has."""
        return self._engine.board.behind(self.place)

    def busy(self) -> bool:
        """Whether no stream can take a message now. If so, FREE tells of the next stream that can."""
        return self._engine.board.busy(self.place)

    @property
    def conflated(self) -> int:
        """States that some stream skipped."""
        return self._engine.board.conflated(self.place)

    @property
    def dropped(self) -> int:
        """Events that some stream lost."""
        return self._engine.board.dropped(self.place)
