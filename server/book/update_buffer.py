"""Depth frames that wait for a snapshot."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from ..errors import FrameError
from ..model import Receipt
from ..protocol.sequence import FirstBuffered, SequenceRule, Verdict
from .depth_reader import DepthReader, Frame

# Past that the oldest frames are of no use any more: holding starts anew, so that a later snapshot can still join.
HELD_BYTES = 32 << 20


class BufferGap(Exception):
    """A held frame does not follow the one before it. It is the first now; what was before is gone."""


class UpdateBuffer:
    """Frames as bytes with the times of their receipt, oldest first."""

    def __init__(self, limit: int = HELD_BYTES) -> None:
        self.first: FirstBuffered | None = None
        """Numbers of the oldest frame: what a snapshot has to reach."""
        self._limit = limit
        self._frames: deque[tuple[bytes, Receipt]] = deque()
        self._size = 0

    def add(self, frame: Frame, data: bytes, at: Receipt) -> bool:
        """Holds a frame; whether it is from before the first, and all others were dropped."""
        # The first one's id was nonsense, and no snapshot would ever reach it; or the venue's clock went back.
        backwards = self.first is not None and 0 <= frame.last_id < self.first.first_id
        if backwards or self._size + len(data) > self._limit:
            self.clear()
        if self.first is None:
            self.first = _numbers(frame)
        self._frames.append((bytes(data), at))
        self._size += len(data)
        return backwards

    def clear(self) -> None:
        """Drops all frames: there is a gap behind them, or nobody needs them any more."""
        self._frames.clear()
        self.first, self._size = None, 0

    def replay(self, reader: DepthReader, rule: SequenceRule, apply: Callable[[Frame, Receipt], None]) -> None:
        """Hands the frames that continue the rule's position to `apply`, in order, and drops all.

        Raises BufferGap, FrameError, and what `apply` raises.
        """
        while self._frames:
            data, at = self._frames[0]
            frame = reader.read(data, rule.position)
            if frame is None:
                raise FrameError("a held frame could not be read again")
            verdict = rule.check(frame)
            if verdict is Verdict.GAP:
                self.first = _numbers(frame)
                raise BufferGap(f"expected update {rule.position + 1}, was {frame.first_id}")
            if verdict is Verdict.APPLY:
                apply(frame, at)
            self._frames.popleft()
        self.clear()


def _numbers(frame: Frame) -> FirstBuffered:
    return FirstBuffered(frame.first_id, frame.last_id, frame.previous_id)
