"""Runs of recorded messages in plain Python: the same steps as lane_run.pxi."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from struct import Struct
from typing import Any

from ._reference_lane import LEFT, REPEATED, TAKEN, FrameLane
from ._reference_played_time import PlayedTime

_HEAD = Struct("<IIB7xqq")
"""Of a record, as docs/recording.md has it: length of the body, source, kind, time, monotonic time."""
_RECEIVED, _TICK = 2, 7
_DECIDED = -1
"""What became of a message after which the run ends."""


class LaneRun:
    """See the interface in _book.pyi."""

    def __init__(
        self,
        time: PlayedTime,
        decide: Callable[[int, bytes, int, int, Exception | None], object],
        deliver: Callable[[int, Sequence[Any], bool], bool],
    ) -> None:
        self._time, self._decide, self._deliver = time, decide, deliver
        self._lanes: dict[int, FrameLane] = {}
        self._resting: dict[int, int] = {}

    def bind(self, source: int, lane: FrameLane) -> None:
        self._lanes[source] = lane
        self._resting.pop(source, None)

    def forget(self, source: int | None = None) -> None:
        if source is None:
            self._lanes.clear()
        else:
            self._lanes.pop(source, None)
        self.disturb(source)

    def rest(self, source: int, until: int) -> None:
        if source in self._lanes:
            self._resting[source] = until

    def disturb(self, source: int | None = None) -> None:
        if source is None:
            self._resting.clear()
        else:
            self._resting.pop(source, None)

    def take(self, payload: bytes, count: int, number: int, at: int, until: int) -> tuple[int, int, int]:
        if not (0 <= number <= count <= len(payload) // _HEAD.size and count * _HEAD.size <= at <= len(payload)):
            raise ValueError("these are not the records of a block")
        messages = 0
        while number < count:
            length, source, kind, time, monotonic = _HEAD.unpack_from(payload, number * _HEAD.size)
            lane = self._lanes.get(source)
            if kind not in (_RECEIVED, _TICK) or length > len(payload) - at or lane is None:
                break
            before = self._time.utc, self._time.elapsed
            elapsed = self._time.set(time, monotonic)
            if kind == _RECEIVED:
                outcome = self._give(lane, source, payload[at : at + length], time, elapsed)
            else:
                outcome = TAKEN if self._time.elapsed < self._resting.get(source, 0) else LEFT
            if outcome == LEFT:
                self._time.utc, self._time.elapsed = before
                break
            number, at, messages = number + 1, at + length, messages + (kind == _RECEIVED)
            if outcome == _DECIDED or self._time.elapsed >= until:
                break
        return number, at, messages

    def _give(self, lane: FrameLane, source: int, body: bytes, time: int, elapsed: int) -> int:
        """What became of a message."""
        failure: Exception | None = None
        effects, trades = None, lane.trades
        taken = trades.taken if trades is not None else 0
        with lane._lock:
            if lane.tap is not None:
                return LEFT
            try:
                outcome = lane._offer(body, time, elapsed)
                if outcome in (TAKEN, REPEATED):
                    return outcome
                if outcome == LEFT:
                    if trades is None or lane._decoder.valid:
                        return LEFT
                    lane.left += 1
                    effects = trades._read(body, elapsed)
                    if effects is None:
                        lane.left -= 1
                        return LEFT
            except Exception as error:  # Of the owner, or of the listener of changes, who decides.
                failure = error
            if effects is None:
                self._decide(source, body, time, elapsed, failure)
                return _DECIDED
        plain = trades is not None and trades.taken > taken and len(effects) == 1
        return _DECIDED if self._deliver(source, effects, plain) else TAKEN
