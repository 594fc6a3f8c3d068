"""What time it is at the venues of a market: our clock, less what it is ahead of theirs. Pure."""

from __future__ import annotations

from ..units import SECOND
from .venue_clock import MOST, VenueClock

LEAD = 60 * SECOND
"""A trade may lie this far ahead of our clock and still turn candles: some venues' clocks are fast."""
STEADY = 8
"""So many calls of advance() in a row, each within a second, show that the clock goes evenly."""


class VenueClocks:
    """The clocks of venues, from the times of their trades and other messages. All times are nanoseconds UTC."""

    def __init__(self, started: int, lateness: int) -> None:
        """`lateness`: a step of our clock that is shorter is none."""
        self.now = started
        """The latest time of advance()."""
        self.newest = started - lateness
        """The time of the newest trade."""
        self._lateness = lateness
        self._venue_now = self._clock_now = started
        self._clocks: dict[str, VenueClock] = {}
        self._since: dict[str, int] = {}
        """By venue: the newest time of a trade since the last advance()."""
        self._steady = 0
        """Calls of advance() in a row that came within a second."""

    @property
    def ours(self) -> int:
        """Our clock, or the slowest venue's where that is later."""
        return max(self.now, self._clock_now)

    @property
    def newest_time(self) -> int:
        """The newest time that is known of the venues, from clocks and trades."""
        return max(self._venue_now, min(self.newest, self._clock_now + LEAD))

    def traded(self, venue: str, time: int) -> None:
        """A trade of the venue has this time."""
        if time > self._since.get(venue, 0):
            self._since[venue] = time

    def seen(self, venue: str, ahead: int, now: int) -> None:
        """A message of the venue that is no trade: its receipt less its own time, and the server's time."""
        self._clock(venue).note(ahead, now)

    def stepped(self, by: int) -> None:
        """Our clock was put forward by so much (negative: back)."""
        self.now += by
        for clock in self._clocks.values():
            clock.stepped(by)

    def ahead(self, venue: str) -> int | None:
        """Our clock less the venue's, from the newest messages; None where nothing is known."""
        clock = self._clocks.get(venue)
        return None if clock is None else clock.offset(self.now)

    def advance(self, now: int) -> int:
        """Time passes. Returns the time of the slowest venue's clock now."""
        self._look(now)
        self.now = max(self.now, now)
        self._venue_now = self._time_of_venues(now)
        return self._venue_now

    def _clock(self, venue: str) -> VenueClock:
        clock = self._clocks.get(venue)
        if clock is None:
            clock = self._clocks[venue] = VenueClock()
        return clock

    def _look(self, now: int) -> None:
        """The newest trade of a venue arrived between the last call and this call: estimates how far our clock is
        ahead."""
        passed = now - self.now
        jumped = self._steady >= STEADY and abs(passed) > self._lateness
        self._steady = self._steady + 1 if 0 <= passed <= SECOND else 0
        if jumped:
            # Our clock was set, or nothing ran for a while: the next messages show which.
            self.stepped(passed)
        if 0 <= passed <= SECOND:  # Else nobody knows when they came.
            for venue, newest in self._since.items():
                self._clock(venue).note(now - newest, now)
        self._since.clear()

    def _time_of_venues(self, now: int) -> int:
        offsets = [known for clock in self._clocks.values() if (known := clock.offset(now)) is not None]
        if not offsets:
            self._clock_now = self.now
            return max(self.now, min(self.newest, self.now + LEAD))
        if len(offsets) == 1:
            self._clock_now = now - offsets[0]
            return self._clock_now
        offsets.sort()
        # One venue whose clock is far behind those of the others holds nobody back: its trades are corrections.
        likely = offsets[(len(offsets) - 1) // 2] + MOST
        self._clock_now = now - max(each for each in offsets if each <= likely)
        return self._clock_now
