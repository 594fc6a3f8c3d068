"""How one venue is read."""

from __future__ import annotations

from dataclasses import dataclass

from ..protocol.venue import Endpoint


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """The settings of a venue's feed, from the command line and the configuration."""

    endpoint: Endpoint
    book: str = "diff"
    """One of the venue's BOOK_MODES."""
    levels: int = 1000
    """Levels a side that its books should be known to at least."""
    proxy: str = ""
    max_message: int = 16 << 20
    audit: float = 600.0
    """Seconds between two audits of a book; 0 is never."""
    checks: bool = True
    """Whether tickers are read to compare the books with."""
