"""How long a stream may say nothing before its book is doubted."""

from __future__ import annotations

from orderbook_ext import StreamPace
from orderbook_ext.pace import LEAST

from ..units import SECOND

# How often the threshold of a quiet but confirmed stream may double.
DOUBLINGS = 3


class StalenessDetector(StreamPace):
    """The threshold of one stream. It begins as the venue's own; then the stream's pace decides.

    A busy stream is found dead within seconds, and a thin pair is not doubted for being thin. The longest pause of
    late is remembered and fades slowly. A pause far beyond the pace is a stall and not the pace: it raises what is
    remembered to at most twice its value, so that only pauses that come again and again are learnt. The pace alone
    never raises the threshold above the venue's own number. Each time that a silence turns out to be a quiet market
    the threshold doubles; a stream that is busy again loses the doublings. Times are monotonic nanoseconds.
    """

    def __init__(self, seconds: float) -> None:
        """`seconds` is the venue's own threshold."""
        super().__init__(int(seconds * SECOND))
        self._shortest = min(LEAST, int(seconds * SECOND))

    def begin(self, now: int) -> None:
        """The stream begins, or begins anew: the time before was no pause of it."""
        self.began = self.last = now

    @property
    def broken(self) -> bool:
        """Whether the stream has spoken since it began."""
        return self.last != self.began

    def lengthen(self, now: int) -> None:
        """The silence was no fault of the stream, or nothing more can be done about it: be more patient from now on."""
        self.doublings = min(self.doublings + 1, DOUBLINGS)
        self.busy = 0
        self.began += now - self.last
        self.last = now

    @property
    def earliest(self) -> int:
        """Nothing that the stream says until then makes its silence last too long before."""
        return self.last + self._shortest

    def lasts(self, now: int, times: int = 1) -> bool:
        """Whether nothing was heard for more than so many thresholds."""
        return now - self.last > times * self.threshold

    def seconds(self, now: int) -> float:
        """How long nothing was heard."""
        return (now - self.last) / SECOND
