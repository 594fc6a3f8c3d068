"""Holds the books of a replay against the digests that the live server recorded."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from orderbook_ext import BookStatus, DigestChain

from ..logs import about
from ..neighbours import recording

log = logging.getLogger(__name__)

SHOWN = 20
"""Differences that are named at most."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A book of the replay that is not the live server's."""

    market: str
    venue: str
    sequence: int
    time: int
    """When the live server looked at the book, nanoseconds UTC."""
    live: str
    """The live server's digest, 16 hexadecimal digits."""
    played: str
    """The replay's."""

    def __str__(self) -> str:
        return f"{self.market} on {self.venue} at {self.sequence}: {self.played}, and live {self.live}"


@dataclass
class StateCheck:
    """The chains of all books of a replay, and what the recorded digests say of them."""

    equal: int = 0
    """Recorded digests that are the replay's."""
    missed: int = 0
    """Recorded digests of sequence numbers at which the replay had no live book."""
    different: int = 0
    first: list[Difference] = field(default_factory=list)
    """The first differences."""
    chains: dict[tuple[str, str], DigestChain] = field(default_factory=dict)
    """By market and venue."""
    _since: int = 0
    _waiting: dict[tuple[str, str], list[recording.bodies.BookState]] = field(default_factory=dict)

    def begin(self, time: int) -> None:
        """All chains begin now, and digests of before this time (nanoseconds UTC) do not count."""
        self._since = time
        for key, chain in self.chains.items():
            chain.close()
            self.chains[key] = DigestChain(chain.entry)

    def follow(self, market: str, entries: Mapping[str, BookStatus]) -> None:
        """Begins the chains of a market's books."""
        for venue, entry in entries.items():
            self.chains.setdefault((market, venue), DigestChain(entry))

    def recorded(self, states: list[recording.bodies.BookState]) -> None:
        """Digests of the live server. A book of the replay may be a few frames ahead or behind."""
        self.settle()
        for state in states:
            if state.time >= self._since and not self._compare(state):
                self._waiting.setdefault((state.market, state.venue), []).append(state)

    def settle(self, *, last: bool = False) -> None:
        """Compares what had to wait for its frame; with `last`, what still waits will never come."""
        waiting, self._waiting = self._waiting, {}
        for states in waiting.values():
            for state in states:
                if self._compare(state):
                    continue
                chain = self.chains.get((state.market, state.venue))
                if not last and chain is not None and chain.entry.sequence < state.sequence:
                    self._waiting.setdefault((state.market, state.venue), []).append(state)
                else:
                    self.missed += 1

    def _compare(self, state: recording.bodies.BookState) -> bool:
        chain = self.chains.get((state.market, state.venue))
        found = chain.digests_at(state.sequence) if chain is not None else ()
        if not found:
            return False
        played = [f"{digest:016x}" for digest in found]
        if state.digest in played:
            self.equal += 1
        elif state.sequence <= 0:
            return False  # The venue numbers nothing: which of its frames it was, nobody can say.
        else:
            self._differs(state, played[-1])
        return True

    def _differs(self, state: recording.bodies.BookState, played: str) -> None:
        self.different += 1
        if len(self.first) < SHOWN:
            found = Difference(state.market, state.venue, state.sequence, state.time, state.digest, played)
            self.first.append(found)
            log.error("the replay differs: %s", found, extra=about("replay_differs", state.market, state.venue))
