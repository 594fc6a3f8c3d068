"""What a book asks of its connection."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BookRequests:
    """What a book needs from its connection now."""

    snapshot: bool = False
    resubscribe: bool = False
    check_listing: str = ""
    """Why there is no book, though it was asked for again and again; or the venue's words, if it refuses it."""
    hopeless: bool = False
    """The venue refuses it, or has given nothing for so long that asking further is of no use."""
    audit: bool = False
    """The venue's own book, to compare with."""
    quiet: bool = False
    """The snapshot is for a book that is live: others go first."""
    complaint: str = ""
    """For the log."""


NOTHING = BookRequests()
