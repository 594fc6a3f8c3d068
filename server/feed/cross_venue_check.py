"""A venue far from its peers: its book may be of another asset, stuck, or of a market that cannot be reached."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from math import inf
from statistics import median
from weakref import WeakKeyDictionary

from ..book.evidence import best_prices
from ..book.synchronizer import BookSynchronizer
from ..connection.session import Session
from ..market.market import Market

# Between two looks at one book, seconds; how far from the median of the others is far; and for how long.
EVERY = 1.0
FAR = Decimal("0.03")
SPELL = 5.0
PEERS = 2


class CrossVenueCheck:
    """Compares each live book of one venue with those of the other venues. Called on feed threads."""

    def __init__(self, venue: str) -> None:
        self._venue = venue
        # By book and not by market: while a connection is renewed there are two.
        self._looked: WeakKeyDictionary[BookSynchronizer, float] = WeakKeyDictionary()
        self._far_since: WeakKeyDictionary[BookSynchronizer, float] = WeakKeyDictionary()

    def due(self, syncs: Iterable[BookSynchronizer], now: float) -> list[BookSynchronizer]:
        """The books that were not checked within the last second."""
        looked = self._looked.get
        return [sync for sync in syncs if now - looked(sync, 0.0) >= EVERY]

    def next_look(self, syncs: Iterable[BookSynchronizer]) -> float:
        """When the first of these books is due."""
        return min((self._looked.get(sync, 0.0) + EVERY for sync in syncs), default=inf)

    def look(self, market: Market, session: Session, sync: BookSynchronizer, now: float) -> None:
        """Checks a book that is due; a book far from at least two peers is hidden until it comes back."""
        self._looked[sync] = now
        reason = self._doubt(market, sync, now)
        if reason or sync.proved.distrusted:
            with session.lock:
                sync.distrust(reason, int(now * 1e9))

    def _doubt(self, market: Market, sync: BookSynchronizer, now: float) -> str:
        # Too few venues need no look at any price.
        peers = self._peers(market) if len(market.entries) > PEERS else []
        own = best_prices(sync.book) if len(peers) >= PEERS else None
        if own is None:
            self._far_since.pop(sync, None)
            return ""
        middle, mid = median(peers), (own[0] + own[1]) / 2
        if abs(mid - middle) <= middle * FAR:
            self._far_since.pop(sync, None)
            return ""
        if now - self._far_since.setdefault(sync, now) < SPELL:
            return ""
        return f"its mid {mid.normalize():f} is more than {100 * FAR:f} % from the median of {len(peers)} other venues"

    def _peers(self, market: Market) -> list[Decimal]:
        mids = []
        for name in market.live_venues():
            entry = market.entries.get(name)
            best = best_prices(entry.book) if entry is not None and entry.book is not None else None
            if name != self._venue and best is not None:
                mids.append((best[0] + best[1]) / 2)
        return mids
