"""When a live book is compared with the venue's own, and what follows from it."""

from __future__ import annotations

from orderbook_ext import Audit, BookError, BookStatus, OrderBook

from ..protocol.sequence import Verdict
from ..units import SECOND
from .audit import MILLION, Comparison, Differences, LevelSnapshot, compare
from .depth_reader import Frame, apply_frame
from .replay import ReplayedBook

# Where the comparison is not at one and the same number, what differs is looked at a second time after so long.
AGAIN = 3 * SECOND
# Seconds. A book whose stream does not show the loss of every frame is audited at least so often: nothing else tells.
BLIND_EVERY = 15.0
NEVER = 2**62


class Auditor:
    """One book's audits. `every` is in seconds, 0 is never; times are monotonic nanoseconds.

    With `joins` the venue's answer is brought to the book's own sequence before they are compared. Otherwise the levels
    count that did not change while it was under way; and since the answer may be ahead of the stream, or a level may
    have gone and come back meanwhile, only those that differ in a second audit soon after the first, and have not
    changed in our book since: they are wrong, however few.
    """

    def __init__(self, every: float, joins: bool) -> None:
        self._every = int(every * SECOND)
        self._joins = joins
        self._last = 0
        self._before: LevelSnapshot | None = None
        self._wanted = False
        self.blind = False
        """The stream does not show the loss of every frame."""
        self.running = False
        self._doubted: Differences | None = None
        """What differed at the first look; the second is to come."""
        self.shadow: ReplayedBook | None = None
        """The venue's answer with the stream's changes behind it; it waits to be at the same number as the book."""

    @property
    def every(self) -> int:
        """Nanoseconds between two audits; 0 is never."""
        return min(self._every, int(BLIND_EVERY * SECOND)) if self.blind else self._every

    def due(self, now: int, live_since: int) -> bool:
        """Whether it is time; the first audit comes half a turn after the book went live."""
        every = self.every
        if not every or self.running:
            return False
        return now - self._last > every and now - live_since > every // 2

    def next_due(self, live_since: int) -> int:
        """When the next audit is due; NEVER while none comes by itself."""
        every = self.every
        if not every or self.running:
            return NEVER
        return max(self._last + every, live_since + every // 2)

    @property
    def busy(self) -> bool:
        """Whether the next frame or the owner's next turn concerns an audit."""
        return self._wanted or self.shadow is not None

    def begin(self, book: OrderBook) -> None:
        """An audit begins with what the book holds now."""
        self.running = True
        if not self._joins:
            self._before, self._wanted = LevelSnapshot.of(book), True

    def follow(self, frame: Frame) -> None:
        """The live book has taken this frame: the shadow takes it too, or the audit is given up."""
        shadow = self.shadow
        if shadow is None:
            return
        verdict = shadow.rule.check(frame)
        if verdict is Verdict.STALE:
            return
        try:
            if verdict is Verdict.APPLY:
                apply_frame(shadow.book, frame)
                return
        except BookError:
            pass  # The live book could take the frame: it is the shadow that is of no use.
        self.clear()

    def take(self) -> bool:
        """Whether the venue's book is to be asked for; handed out once."""
        wanted, self._wanted = self._wanted, False
        return wanted

    def judge(self, book: OrderBook, venue: OrderBook, entry: BookStatus) -> str:
        """Compares, writes the result into the entry, and says what is proved wrong; empty if nothing is, or if only a
        second look will tell."""
        now = LevelSnapshot.of(book)
        found = compare(self._before or now, now, LevelSnapshot.of(venue), self._doubted)
        if self._doubted is None and found.differing and not self._joins:
            self._doubted = found.differing
            return ""
        self._doubted = None
        entry.audit = Audit(entry.audit.audits + 1, found.bid_match, found.ask_match, found.ghosts, found.missing)
        return _summary(found) if found.differing else ""

    def end(self, now: int) -> None:
        """The audit is over, whatever came of it."""
        self._last = now if self._doubted is None else now + AGAIN - self.every
        self.clear()

    def forget(self) -> None:
        """The book that was looked at is gone."""
        self._doubted = None
        self.clear()

    def clear(self) -> None:
        """No audit is going on."""
        self._before, self._wanted, self.running, self.shadow = None, False, False, None


def _summary(found: Comparison) -> str:
    changed = len(found.differing) - found.ghosts - found.missing
    return (
        f"audit: {100 * found.bid_match / MILLION:.1f} % of bids and {100 * found.ask_match / MILLION:.1f} % of asks "
        f"match the venue's, {found.ghosts} extra and {found.missing} missing levels, {changed} of another size"
    )
