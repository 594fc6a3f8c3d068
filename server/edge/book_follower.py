"""Which of several ingesters' records of one book are shown. Pure: times are given.

Several ingesters write the same key while one stands by for another, and while a market moves between shards. The
records of one epoch, which is one life of one ingester, are followed. Records of another epoch are shown only after
that epoch has taken over:

1. at once, where nothing was followed before;
2. where the followed book is withdrawn and the other one is live and not behind what was shown, or the followed book
   has been withdrawn for SILENT;
3. where the followed epoch has been silent for HASTY and the other one is live and ahead of what was shown;
4. where the followed epoch has been silent for SILENT, which is longer than the pause between two heartbeats.

The number of the venue's newest update never falls by rules 2 and 3, so that a shown book never goes backwards while
the ingester lives that it is of.
"""

from __future__ import annotations

from enum import Enum

from ..units import SECOND
from .events import BookState

HASTY = 3 * SECOND // 2
"""Silence after which a source that is ahead takes over."""
SILENT = 7 * SECOND
"""Silence that no living ingester keeps: its heartbeats come every 5 s."""
STALE = 12 * SECOND
"""Age of the newest record after which the book is not shown any more."""
FORGOTTEN = 60 * SECOND
"""Silence after which a source is not remembered."""
SOURCES = 8
"""Epochs that are remembered per book."""


class Verdict(Enum):
    """What follows from a record."""

    SHOW = "show"
    SWITCH = "switch"
    """Show the state: its epoch has taken over."""
    ASIDE = "aside"
    """Another epoch is followed."""
    REPEATED = "repeated"
    """The record came before, or a newer one did."""


class Source:
    """The newest record of one epoch."""

    def __init__(self, state: BookState, now: int, spoken: int) -> None:
        self.state = state
        self.heard = now
        """Monotonic time of its arrival."""
        self.spoken = spoken
        """Monotonic time at which the ingester wrote the record, by both clocks."""
        self.withdrawn = 0 if state.live else now
        """Since when the book is not live; 0: the book is."""

    def precedes(self, state: BookState) -> bool:
        """Whether a state is newer than this one. A heartbeat repeats the number; a stream that began anew, such as
        that of a market that was removed and added, begins with a lower number and a later time."""
        known = self.state
        return state.sequence > known.sequence or state.published > known.published

    def take(self, state: BookState, now: int, spoken: int) -> None:
        """A newer state."""
        if state.live:
            self.withdrawn = 0
        elif not self.withdrawn:
            self.withdrawn = now
        self.state, self.heard, self.spoken = state, now, spoken


class BookFollower:
    """The sources of one book, and the one that is followed."""

    def __init__(self) -> None:
        self._sources: dict[int, Source] = {}
        self._followed: Source | None = None
        self._shown = (-1, 0)
        """Where the live state was that was shown last."""

    @property
    def followed(self) -> Source | None:
        """The source whose states are shown; None before the first."""
        return self._followed

    @property
    def sources(self) -> int:
        """How many ingesters write this book, as far as that is known."""
        return len(self._sources)

    def offer(self, state: BookState, now: int, delay: int = 0) -> Verdict:
        """A record has come; `delay` is its age at its arrival."""
        source = self._sources.get(state.epoch)
        if source is None:
            source = self._begin(state, now, now - delay)
        elif not source.precedes(state):
            return Verdict.REPEATED
        else:
            source.take(state, now, now - delay)
        if self._followed is None:
            self._follow(source)
            return Verdict.SHOW
        if source is self._followed:
            self._follow(source)
            return Verdict.SHOW
        if not self._takes_over(source, now):
            return Verdict.ASIDE
        self._follow(source)
        return Verdict.SWITCH

    def due(self, now: int) -> BookState | None:
        """The state of an epoch that takes over because time has passed."""
        others = [source for source in self._sources.values() if source is not self._followed]
        able = [source for source in others if now - source.heard < SILENT and self._takes_over(source, now)]
        if not able:
            return None
        best = max(able, key=lambda source: (source.state.live, position(source.state), source.heard))
        self._follow(best)
        return best.state

    def stale(self, now: int) -> bool:
        """Whether the followed epoch has written nothing for too long."""
        return self._followed is not None and now - self._followed.spoken > STALE

    def _takes_over(self, other: Source, now: int) -> bool:
        followed, state = self._followed, other.state
        assert followed is not None
        silent = now - followed.heard
        if silent >= SILENT:
            return True
        if not state.live:
            return False
        if followed.withdrawn:
            return position(state) >= self._shown or now - followed.withdrawn >= SILENT
        return silent >= HASTY and position(state) > self._shown

    def _follow(self, source: Source) -> None:
        self._followed = source
        if source.state.live:
            self._shown = position(source.state)

    def _begin(self, state: BookState, now: int, spoken: int) -> Source:
        self._sources = {
            epoch: source for epoch, source in self._sources.items()
            if source is self._followed or now - source.heard < FORGOTTEN
        }  # fmt: skip
        if len(self._sources) >= SOURCES:
            spare = [source for source in self._sources.values() if source is not self._followed]
            del self._sources[min(spare, key=lambda source: source.heard).state.epoch]
        made = self._sources[state.epoch] = Source(state, now, spoken)
        return made


def position(state: BookState) -> tuple[int, int]:
    """How far a book is: the venue's number of its newest update and, where the venue has none, its time."""
    return state.venue_sequence, state.quality.exchange_time_nanos
