"""The venue's checksums against the book, and what to think of a venue whose checksums keep failing."""

from __future__ import annotations

from enum import Enum

from orderbook_ext import ChecksumRule, OrderBook

# So many mismatches without a match between them, each on a book built anew, are the check's fault and not the book's.
BROKEN_AFTER = 3
# So many matches in a row mend it.
MENDED_AFTER = 20


class Outcome(Enum):
    """Of one comparison."""

    NONE = "none"
    """The frame has no checksum."""
    MATCH = "match"
    MISMATCH = "mismatch"
    IGNORED = "ignored"
    """A mismatch of a check that is broken."""


class ChecksumMonitor:
    """One book's checks. `broken` is what makes it unverified."""

    def __init__(self, rule: ChecksumRule | None) -> None:
        self._rule = rule
        self.mismatches = 0
        """In a row, without a match between them."""
        self._matches = 0
        self.broken = False

    @property
    def settled(self) -> bool:
        """The last comparison matched, or there was none yet: another match changes nothing here."""
        return not (self.broken or self.mismatches)

    def matches(self, book: OrderBook, expected: int | None) -> bool | None:
        """Compares; None where there is nothing to compare.

        A checksum of 0 is none: a venue that gave its checksum up sends that for ever.
        """
        if self._rule is None or not expected:
            return None
        return book.checksum(self._rule) == expected

    def compare(self, book: OrderBook, expected: int | None) -> Outcome:
        """Compares and counts."""
        return self.count(self.matches(book, expected))

    def count(self, matches: bool | None) -> Outcome:
        """Counts a comparison that was made elsewhere; None is none."""
        if matches is None:
            return Outcome.NONE
        if matches:
            self.mismatches = 0
            self._matches += 1
            self.broken = self.broken and self._matches < MENDED_AFTER
            return Outcome.MATCH
        self._matches = 0
        self.mismatches += 1
        self.broken = self.broken or self.mismatches >= BROKEN_AFTER
        return Outcome.IGNORED if self.broken else Outcome.MISMATCH
