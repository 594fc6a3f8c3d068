"""How far our clock is ahead of a venue's, from the times that its messages carry."""

from __future__ import annotations

from collections import deque

from ..units import SECOND

WINDOW = 30 * SECOND
"""The fastest message of so long counts."""
FORGOTTEN = 60 * SECOND
"""After so long without a message nothing is known."""
MOST = 180 * SECOND
"""A clock that seems to be farther off is believed when all messages of a second agree: else the time is no time, or
the message is from the past."""
FARTHEST = 86_400 * SECOND
"""And one farther than this never."""
SUDDEN = SECOND
"""A difference that needs more than one message to be believed."""
QUICKEST = SECOND // 4
"""The fastest message of a window is taken to have been under way for at most so long."""
CLOCK_SKEW = 2 * SECOND
"""Where a single event is dated, a venue's clock that is farther off is not believed: the time of receipt counts."""
_STEP_SAMPLES, _STEP_TIME = 4, SECOND
_AGREEING = 5 * SECOND


class VenueClock:
    """The smallest time of receipt less time of the venue over a sliding window, in nanoseconds.

    A message cannot arrive before it was sent: the true offset is at most that, and at most QUICKEST below it. One odd
    time changes nothing: what is a second below what is known counts when a second message confirms it, and what is a
    second above when all messages of a second do. Pure; times never come from here.
    """

    def __init__(self) -> None:
        self._fastest: deque[tuple[int, int]] = deque()
        """(our time, difference), rising in both: the first is the smallest of the window."""
        self._newest = 0
        self._odd: int | None = None
        self._above: list[tuple[int, int]] = []
        self._far: list[tuple[int, int]] = []

    def note(self, ahead: int, now: int) -> None:
        """A message: its receipt less its own time, and the server's time."""
        if abs(ahead) > FARTHEST:
            return
        known = self.offset(now)
        if abs(ahead) > MOST and (known is None or abs(known) <= MOST):
            self._note_far(ahead, now)
            return
        self._far.clear()
        if known is not None and not self._is_usual(ahead, known, now):
            return
        self._take(ahead, now)

    def _note_far(self, ahead: int, now: int) -> None:
        """One message more that seems to be from far away; all of a second that agree replace what is known."""
        self._far.append((now, ahead))
        if len(self._far) < _STEP_SAMPLES or now - self._far[0][0] < _STEP_TIME:
            return
        differences = [each for _, each in self._far]
        if max(differences) - min(differences) <= _AGREEING:
            self._fastest.clear()
            for time, each in self._far:
                self._take(each, time)
        self._far.clear()

    def _take(self, ahead: int, now: int) -> None:
        self._newest = max(self._newest, now)
        while self._fastest and self._fastest[-1][1] >= ahead:
            self._fastest.pop()
        self._fastest.append((now, ahead))

    def _is_usual(self, ahead: int, known: int, now: int) -> bool:
        if ahead < known - SUDDEN:
            confirmed = self._odd is not None and abs(self._odd - ahead) <= SUDDEN
            self._odd = None if confirmed else ahead
            self._above.clear()
            return confirmed
        self._odd = None
        if ahead <= known + SUDDEN:
            self._above.clear()
            return True
        self._above.append((now, ahead))
        if len(self._above) < _STEP_SAMPLES or now - self._above[0][0] < _STEP_TIME:
            return True
        # All of a second say so: one of the two clocks was set, or everything takes longer.
        self._fastest.clear()
        for time, each in self._above[-_STEP_SAMPLES:]:
            self._take(each, time)
        self._above.clear()
        return True

    def stepped(self, by: int) -> None:
        """Our clock was put forward by so much (negative: back)."""
        self._fastest = deque((time + by, ahead + by) for time, ahead in self._fastest)
        self._newest += by
        self._odd = None
        self._above.clear()
        self._far.clear()

    def offset(self, now: int) -> int | None:
        """Our clock less the venue's; None where nothing is known."""
        while len(self._fastest) > 1 and self._fastest[0][0] < now - WINDOW:
            self._fastest.popleft()
        if not self._fastest or self._newest < now - FORGOTTEN:
            return None
        return self._fastest[0][1]


def event_time(exchange_time: int, receive_time: int) -> int:
    """Time of a change: by the venue's clock, unless this clock is far off, and never after the receipt."""
    return min(exchange_time, receive_time) if receive_time - exchange_time <= CLOCK_SKEW else receive_time
