"""The venues whose every trade of an interval was received, and the reasons for the other venues."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

KEPT = 1000
"""Number of periods to keep per venue."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A venue whose trades of an interval were not all received."""

    venue: str
    reason: str
    partly: bool
    """True: some trades were received, or may have been, and are counted. False: no trade of the venue is counted."""
    ongoing: bool
    """The period has not ended."""


@dataclass(frozen=True, slots=True)
class _Period:
    after: int
    before: int | None
    reason: str


def missing_of_all(venues: Iterable[str], parts: Sequence[Iterable[Missing]]) -> tuple[Missing, ...]:
    """The venues that are missing in some part of an interval: the newest reason counts."""
    found = []
    for venue in venues:
        gaps = [each for part in parts for each in part if each.venue == venue]
        if gaps:
            partly = len(gaps) < len(parts) or any(each.partly for each in gaps)
            found.append(replace(gaps[-1], partly=partly))
    return tuple(found)


class Coverage:
    """Periods in which trades of venues were missing. Times are nanoseconds UTC; both ends belong to a period."""

    def __init__(self) -> None:
        self._periods: dict[str, deque[_Period]] = {}

    def away(self, venue: str, since: int, reason: str) -> None:
        """Nothing of the venue is received from this time on."""
        self._of(venue).append(_Period(since, None, reason))

    def back(self, venue: str, at: int) -> None:
        """Everything of the venue is received after this time."""
        periods = self._of(venue)
        if periods and periods[-1].before is None:
            last = periods.pop()
            periods.append(replace(last, before=max(at, last.after)))

    def cancel(self, venue: str) -> None:
        """Nothing of the venue was missed in the period that still lasts."""
        periods = self._of(venue)
        if periods and periods[-1].before is None:
            periods.pop()

    def gap(self, venue: str, after: int, before: int, reason: str) -> None:
        """Trades between these times are missing."""
        after, before = sorted((after, before))
        periods = self._of(venue)
        # What still lasts stays last.
        place = len(periods) - 1 if periods and periods[-1].before is None else len(periods)
        if len(periods) == periods.maxlen:
            periods.popleft()
            place -= 1
        periods.insert(max(0, place), _Period(after, before, reason))

    def forget(self, venue: str) -> None:
        """The venue is read no longer."""
        self._periods.pop(venue, None)

    def missing(self, venues: Iterable[str], open_time: int, close_time: int) -> tuple[Missing, ...]:
        """The venues whose trades in [open_time, close_time) are not complete, in their order."""
        found = (self._missing(venue, open_time, close_time) for venue in venues)
        return tuple(each for each in found if each is not None)

    def _missing(self, venue: str, open_time: int, close_time: int) -> Missing | None:
        touched = [
            each
            for each in self._periods.get(venue, ())
            if each.after < close_time and (each.before is None or each.before >= open_time)
        ]
        if not touched:
            return None
        whole = [each for each in touched if each.after <= open_time and not (each.before or close_time) < close_time]
        worst = (whole or touched)[-1]
        return Missing(venue, worst.reason, partly=not whole, ongoing=worst.before is None)

    def _of(self, venue: str) -> deque[_Period]:
        return self._periods.setdefault(venue, deque(maxlen=KEPT))
