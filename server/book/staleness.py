"""How long a stream may say nothing before its book is doubted."""

from __future__ import annotations

SECOND = 1_000_000_000
# How often the threshold of a quiet but confirmed stream may double.
DOUBLINGS = 3
# A stream that has shown its pace may be silent for so many of its longest pauses, and at least for so long.
PAUSES = 6
LEAST = 3 * SECOND
# Before so many frames its pace is not known.
FRAMES = 50
# A long pause is forgotten by and by: each frame takes 1/2^FORGET of it.
FORGET = 9


class StalenessDetector:
    """The threshold of one stream. It begins as the venue's own; then the stream's pace decides.

    A busy stream is found dead within seconds, and a thin pair is not doubted for being thin. The longest pause of
    late is remembered and fades slowly. A pause far beyond the pace is a stall and not the pace: it raises what is
    remembered to at most twice its value, so that only pauses that come again and again are learnt. The pace alone
    never raises the threshold above the venue's own number. Each time that a silence turns out to be a quiet market
    the threshold doubles; a stream that is busy again loses the doublings. Times are monotonic nanoseconds.
    """

    def __init__(self, seconds: float) -> None:
        self._start = int(seconds * SECOND)
        self._doublings = 0
        self._began = self._heard = 0
        self._frames = 0
        self._longest = 0
        self._busy = 0
        """Frames in a row without a pause as long as the venue's own number."""

    def begin(self, now: int) -> None:
        """The stream begins, or begins anew: the time before was no pause of it."""
        self._began = self._heard = now

    @property
    def broken(self) -> bool:
        """Whether the stream has spoken since it began."""
        return self._heard != self._began

    def heard(self, now: int) -> None:
        """The stream spoke."""
        pause = now - self._heard
        self._heard = now
        self._frames += 1
        longest = self._longest
        if pause <= longest:
            self._longest = longest - (longest >> FORGET)
        else:
            self._longest = min(pause, max(2 * longest, LEAST // PAUSES))
        self._busy = self._busy + 1 if pause < self._start else 0
        if self._busy == FRAMES:
            self._busy, self._doublings = 0, max(0, self._doublings - 1)

    @property
    def threshold(self) -> int:
        """Nanoseconds of silence that are nothing unusual."""
        if self._frames < FRAMES:
            return self._start << self._doublings
        return max(LEAST, min(PAUSES * self._longest, self._start)) << self._doublings

    def lengthen(self, now: int) -> None:
        """The silence was no fault of the stream, or nothing more can be done about it: be more patient from now on."""
        self._doublings = min(self._doublings + 1, DOUBLINGS)
        self._busy = 0
        self._began += now - self._heard
        self._heard = now

    def lasts(self, now: int, times: int = 1) -> bool:
        """Whether nothing was heard for more than so many thresholds."""
        return now - self._heard > times * self.threshold

    def seconds(self, now: int) -> float:
        """How long nothing was heard."""
        return (now - self._heard) / SECOND
