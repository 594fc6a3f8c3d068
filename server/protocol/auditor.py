"""When a live book is compared with the venue's own, and what follows from it."""

from __future__ import annotations

from orderbook_ext import Audit, OrderBook, VenueEntry

from .audit import MILLION, Picture, Prices, compare
from .depth_reader import Frame, apply_frame
from .rebuild import Rebuilt
from .sequence import Verdict

SECOND = 1_000_000_000
# Below this share of equal levels a book is rebuilt.
FLOOR = 990_000
# And so many levels must differ: in a thin book a few are much.
FEW = 2
# Where the comparison is not at one and the same number, what differs is looked at a second time after so long.
AGAIN = 3 * SECOND


class Auditor:
    """One book's audits. `every` is in seconds, 0 is never; times are monotonic nanoseconds.

    With `joins` the venue's answer is brought to the book's own sequence before they are compared. Otherwise the levels
    count that did not change while it was under way; and since the answer may be ahead of the stream, or a level may
    have gone and come back meanwhile, only those that differ in a second audit soon after the first.
    """

    def __init__(self, every: float, joins: bool) -> None:
        self._every = int(every * SECOND)
        self._joins = joins
        self._last = 0
        self._before: Picture | None = None
        self._wish = False
        self.running = False
        self._doubted: Prices | None = None
        """What differed at the first look; the second is to come."""
        self.wants_mending = False
        """The last audit found levels that are wrong for sure, but too few to withdraw the book: a new snapshot in the
        background mends it."""
        self.shadow: Rebuilt | None = None
        """The venue's answer with the stream's changes behind it; it waits to be at the same number as the book."""

    def due(self, now: int, live_since: int) -> bool:
        """Whether it is time; the first audit comes half a turn after the book went live."""
        if not self._every or self.running:
            return False
        return now - self._last > self._every and now - live_since > self._every // 2

    def begin(self, book: OrderBook) -> None:
        """An audit begins with what the book holds now."""
        self.running = True
        if not self._joins:
            self._before, self._wish = Picture.of(book), True

    def follow(self, frame: Frame) -> None:
        """The live book has taken this frame: the shadow takes it too. Raises BookError."""
        shadow = self.shadow
        if shadow is None:
            return
        verdict = shadow.rule.check(frame)
        if verdict is Verdict.APPLY:
            apply_frame(shadow.book, frame)
        elif verdict is not Verdict.STALE:
            self.clear()

    def take(self) -> bool:
        """Whether the venue's book is to be asked for; handed out once."""
        wish, self._wish = self._wish, False
        return wish

    def judge(self, book: OrderBook, venue: OrderBook, entry: VenueEntry) -> str:
        """Compares, writes the result into the entry, and says why the book cannot stay; empty if it can, or if only a
        second look will tell."""
        now = Picture.of(book)
        found = compare(self._before or now, now, Picture.of(venue), self._doubted)
        if self._doubted is None and found.differing and not self._joins:
            self._doubted = found.differing
            return ""
        self._doubted = None
        entry.audit = Audit(entry.audit.audits + 1, found.bid_match, found.ask_match, found.ghosts, found.missing)
        self.wants_mending = self._joins and len(found.differing) > 0
        if len(found.differing) <= FEW or (found.worst >= FLOOR and self._joins):
            return ""
        return (
            f"audit: {100 * found.bid_match / MILLION:.1f} % of bids and {100 * found.ask_match / MILLION:.1f} % of "
            f"asks match the venue's, {found.ghosts} ghost and {found.missing} missing levels"
        )

    def end(self, now: int) -> None:
        """The audit is over, whatever came of it."""
        self._last = now if self._doubted is None else now + AGAIN - self._every
        self.clear()

    def forget(self) -> None:
        """The book that was looked at is gone."""
        self._doubted, self.wants_mending = None, False
        self.clear()

    def clear(self) -> None:
        """No audit is going on."""
        self._before, self._wish, self.running, self.shadow = None, False, False, None
