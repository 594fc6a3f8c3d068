"""A recorded connection on whose messages faults are put, and the connections beside it that take its place.

A recording has no answers to what a server asks for after such a fault. So other connections are kept beside the one
that readers see: they have all messages as they were recorded, and one of them takes over, as the successor of a live
connection does, when the fault is over.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Sequence

from orderbook_ext import DigestChain

from .. import clock
from ..connection.connection_thread import Callbacks
from ..connection.session import Session
from ..feed.failover_connection import FailoverConnection
from ..logs import about
from ..model import Pair, Receipt
from ..units import SECOND
from .played_connection import PlayedConnection
from .replay_fault import ReplayFault, VenueFaults

log = logging.getLogger(__name__)

REASON = "a fault of the replay"


class FaultedConnection:
    """What the player plays in the place of a PlayedConnection. `public` has the faults, `spares` never have any."""

    def __init__(
        self,
        public: PlayedConnection,
        spares: Sequence[PlayedConnection],
        faults: VenueFaults,
        serving: Callable[[PlayedConnection], FailoverConnection | None],
        propose: Callable[[FailoverConnection, PlayedConnection], None],
        callbacks: Callbacks,
    ) -> None:
        """`serving` finds who may replace a connection, `propose` names the successor; `callbacks` are those of a
        connection that readers see."""
        self.public = public
        self._spares = list(spares)
        self._faults, self._serving, self._propose, self._callbacks = faults, serving, propose, callbacks
        self._chains: dict[str, DigestChain] = {}
        """By pair: counts the frames of the first spare's books."""
        self._counts: dict[str, int] = {}
        self._heal_at: int | None = None
        """When the fault is over, monotonic nanoseconds."""
        self._late: tuple[str, bytes] | None = None
        """A frame that comes after the next of its book, and its pair."""
        self._stalled: list[bytes] | None = None
        """Messages that are held back."""
        self._watch()

    @property
    def session(self) -> Session:
        """The session whose books readers see."""
        return self.public.session

    # -- records, as of a PlayedConnection -----------------------------------------------------------------------

    def opened(self) -> None:
        """The websocket was opened."""
        for each in self._all:
            each.opened()

    def sent(self, text: str) -> None:
        """A message left."""
        for each in self._all:
            each.sent(text)

    def closed(self, reason: str) -> None:
        """The websocket has ended."""
        self._late = self._stalled = None
        for each in self._all:
            each.closed(reason)

    def stop(self) -> None:
        """The session ends at once."""
        for each in self._all:
            each.stop()

    def ticked(self) -> None:
        """The connection looked at its clock."""
        for spare in self._spares:
            spare.ticked()
        now = clock.monotonic_ns()
        if self._heal_at is not None and now >= self._heal_at:
            self._release(Receipt(clock.time_ns(), now))
        self.public.ticked()
        if self._heal_at is not None and now >= self._heal_at:
            self._heal()

    def received(self, data: bytes, at: Receipt) -> None:
        """A message came."""
        for spare in self._spares:
            spare.received(data, at)
        pairs = self._changed()
        if self._stalled is not None:
            self._stalled.append(data)
            return
        hits = [(pair, fault) for pair in pairs if (fault := self._faults.hit(pair, at.time)) is not None]
        if hits:
            self._put(*hits[0], data, at)
        else:
            self.public.received(data, at)
        if self._late is not None and self._late[0] in pairs and self._late[1] is not data:
            (_, late), self._late = self._late, None
            self.public.received(late, at)

    @property
    def _all(self) -> tuple[PlayedConnection, ...]:
        return (self.public, *self._spares)

    # -- faults --------------------------------------------------------------------------------------------------

    def _put(self, pair: str, fault: ReplayFault, data: bytes, at: Receipt) -> None:
        """This message, a frame of this pair's book, is hit."""
        venue = self.public.session.venue.NAME
        log.info("%s on %s: fault %s", pair, venue, fault.kind, extra=about("fault", pair, venue))
        self._heal_at = at.monotonic + int(fault.away * SECOND)
        if fault.kind == "duplicate":
            self.public.received(data, at)
            self.public.received(data, at)
        elif fault.kind == "corrupt":
            self.public.received(data[: len(data) // 2], at)
        elif fault.kind == "reorder":
            self._late = pair, data
        elif fault.kind == "stall":
            self._stalled = [data]
        elif fault.kind == "disconnect":
            self.public.closed(REASON)
        # Of "drop" nothing is left.

    def _release(self, at: Receipt) -> None:
        """Hands on what was held back."""
        waiting, self._stalled = self._stalled, None
        for data in waiting or ():
            self.public.received(data, at)

    def _heal(self) -> None:
        """The fault is over: a spare takes over as soon as it has its books, also where the books have returned by
        themselves, as pauses and requests of the other connection are not those of the recording any more."""
        failover = self._serving(self.public)
        if failover is None or not self._spares:  # A successor of the recording has taken over meanwhile.
            self._heal_at = None
            return
        spare = self._spares[0]
        if failover.successor is not None or not any(sync.live for sync in spare.session.syncs):
            return
        _prepare(spare, set(failover.pairs))
        spare.serve(self._callbacks)
        self._propose(failover, spare)
        self._callbacks.tick(spare)
        if failover.connection is not spare:  # It has not all of its streams itself, as the recorded server had not.
            failover.successor = None
            return
        self.public = self._spares.pop(0)
        self._heal_at = self._late = None
        self._watch()

    # -- which frames count --------------------------------------------------------------------------------------

    def _watch(self) -> None:
        """Begins to count the frames of the first spare's books."""
        for chain in self._chains.values():
            chain.close()
        syncs = self._spares[0].session.syncs if self._spares else ()
        self._chains = {str(sync.plan.instrument.pair): DigestChain(sync.entry) for sync in syncs}
        self._counts = dict.fromkeys(self._chains, 0)

    def _changed(self) -> list[str]:
        """The pairs whose books the last message has changed, in the spare that has no faults."""
        changed = []
        for pair, chain in self._chains.items():
            count = chain.read()[1]
            if count != self._counts[pair]:
                self._counts[pair] = count
                changed.append(pair)
        return changed


def _prepare(spare: PlayedConnection, pairs: Container[Pair]) -> None:
    """Before a spare takes over: markets that were removed meanwhile are not its, and what it has counted was counted
    already."""
    for instrument in [sync.plan.instrument for sync in spare.session.syncs]:
        if instrument.pair not in pairs:
            spare.session.drop(instrument)
    for sync in spare.session.syncs:
        entry = spare.session.holder(sync).entry
        entry.gaps = entry.resyncs = entry.checksums_verified = entry.checksum_failures = 0
