"""How long a stream may say nothing before its book is doubted."""

from __future__ import annotations

SECOND = 1_000_000_000
# How often the threshold of a quiet but confirmed stream may double.
DOUBLINGS = 5


class Silence:
    """The threshold of one stream: the venue's own, doubled each time that a silence turned out to be a quiet market.

    Times are monotonic nanoseconds.
    """

    def __init__(self, seconds: float) -> None:
        self._threshold = int(seconds * SECOND)
        self._doublings = 0
        self._heard = 0

    def heard(self, now: int) -> None:
        """The stream spoke, or begins now."""
        self._heard = now

    def lengthen(self, now: int) -> None:
        """The silence was no fault of the stream, or nothing more can be done about it: be more patient from now on."""
        self._doublings = min(self._doublings + 1, DOUBLINGS)
        self._heard = now

    def lasts(self, now: int, times: int = 1) -> bool:
        """Whether nothing was heard for more than so many thresholds."""
        return now - self._heard > times * (self._threshold << self._doublings)

    def seconds(self, now: int) -> float:
        """How long nothing was heard."""
        return (now - self._heard) / SECOND
