"""The venue's checksums against the book, and what to think of a venue whose checksums keep failing."""

from __future__ import annotations

from orderbook_ext import ChecksumRule, OrderBook

from ..model import VenueState
from .monitor import Fault

# So many mismatches without a match between them, each on a book built anew, are the check's fault and not the book's.
BROKEN_AFTER = 3
# So many matches in a row mend it.
MENDED_AFTER = 20

MISMATCH = Fault(VenueState.CHECKSUM_FAILED, "the venue's checksum does not match")


class ChecksumMonitor:
    """The checksums of one book, and of all books that replace it: what is counted outlives a restart."""

    def __init__(self, rule: ChecksumRule | None) -> None:
        self._rule = rule
        self.mismatches = 0
        """In a row, without a match between them."""
        self._matches = 0
        self.broken = False
        """The checksums prove nothing: they fail on books that were built anew. Such a book is served unverified."""

    @property
    def settled(self) -> bool:
        """Whether the last checksum matched, or there was none yet."""
        return not (self.broken or self.mismatches)

    @property
    def unverified(self) -> str:
        """Why the venue's checksums prove nothing; empty while they do, or where there are none."""
        if not self.broken:
            return ""
        return f"the venue's checksums do not match books built anew: {self.mismatches} failures in a row"

    def compare(self, book: OrderBook, expected: int | None) -> bool | None:
        """Whether the book has this checksum; None where there is nothing to compare.

        A checksum of 0 is none: a venue that gave its checksum up sends that for ever.
        """
        if self._rule is None or not expected:
            return None
        return book.checksum(self._rule) == expected

    def judge(self, book: OrderBook, evidence: bool | None, now: int) -> Fault | None:
        """Counts what compare() has said; a mismatch is a fault, unless the check itself is broken."""
        del book, now
        if evidence is None:
            return None
        if evidence:
            self.mismatches = 0
            self._matches += 1
            self.broken = self.broken and self._matches < MENDED_AFTER
            return None
        self._matches = 0
        self.mismatches += 1
        self.broken = self.broken or self.mismatches >= BROKEN_AFTER
        return None if self.broken else MISMATCH

    def restart(self) -> None:
        """The book begins anew. Only books built anew show whether the check is at fault: the counts stay."""
