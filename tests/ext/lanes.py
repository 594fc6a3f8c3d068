"""A fast lane with its book, and frames for it."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

from orderbook_ext import ChecksumRule, FrameShape

SHAPE = FrameShape(
    bids=("b",), asks=("a",), route=("r",), snapshot=("k",), first_id=("f",), last_id=("l",), previous_id=("p",),
    time=("t",), checksum=("c",),
)  # fmt: skip
LIVE, SUSPECT = 3, 8
TAKEN, LEFT, PROVED = "taken", "left", "proved"
CHECKSUM = ChecksumRule(levels=5)
NOW = 1_767_225_600_000
"""Milliseconds."""


def frame(route: str = "x", **fields: Any) -> bytes:
    """A depth frame: f, l, p, t, c, k, b and a as given."""
    return json.dumps({"r": route, "b": [], "a": [], **fields}).encode()


class LaneRig:
    """One book behind one lane, live, at number 100. It is the lane's owner and notes what it is told."""

    def __init__(self, impl: ModuleType, kind: str = "range", *, counted: bool = False, **options: Any) -> None:
        self.impl = impl
        self.proved: list[tuple[int, int, bool | None]] = []
        self.changes = 0
        lock = impl.BookLock()
        self.gate = impl.ConsistencyLock()
        self.mark = impl.ChangeMark(self._changed)
        self.book = impl.OrderBook(2, 3, lock=lock)
        self.book.load([("100", "1"), ("99", "1")], [("101", "1"), ("102", "1")], whole=True)
        self.entry = impl.BookStatus("venue", lock)
        self.entry.book, self.entry.state = self.book, LIVE
        self.sequence = impl.SequenceState()
        self.sequence.position = 100
        self.pace = impl.StreamPace(10**10)
        self.awaited = impl.AwaitedPrices()
        self.numbers = impl.MessageNumbers() if counted else None
        self.decoder = impl.FrameDecoder(SHAPE)
        self.frames = impl.FrameLane(self.decoder, impl.ConsistencyLock(), self._otherwise, self.numbers)
        options = {"time_unit": 1_000_000, **options}
        self.lane = impl.BookLane(self, self.gate, lock, self.pace, self.awaited, kind=kind, **options)
        self.arm()
        self.decoder.scan(frame())
        self.frames.bind(self.lane)

    def _changed(self) -> None:
        self.changes += 1

    def arm(self) -> None:
        self.lane.arm(self.book, self.entry, self.sequence, self.mark)

    def prove(self, found: Any, received: int, monotonic: int, matches: bool | None) -> None:
        assert found.valid
        self.proved.append((received, monotonic, matches))

    def _otherwise(self, data: bytes, at: tuple[int, int], error: Exception | None) -> str:
        assert isinstance(data, bytes)
        self.at = at
        if error is not None:
            raise error
        return LEFT if self.frames.book is None else PROVED

    def receive(self, received: int = 5, monotonic: int = 7, **fields: Any) -> str:
        return self.frames.receive(frame(**fields), (received, monotonic)) or TAKEN

    def state(self) -> tuple[Any, ...]:
        """All that frames change."""
        entry = self.entry
        return (
            self.sequence.position, self.sequence.other, self.book.levels(), self.book.version, entry.exchange_time,
            entry.receive_time, entry.receive_monotonic, entry.sequence, entry.checksums_verified, self.pace.last,
            self.pace.threshold, self.pace.busy, self.awaited.waits, self.changes, tuple(self.proved),
            self.frames.taken, self.frames.left, self.lane.armed, self.numbers and self.numbers.last,
        )  # fmt: skip
