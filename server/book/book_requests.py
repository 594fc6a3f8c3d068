"""What a book asks of its connection."""

from __future__ import annotations

from dataclasses import dataclass

from .recovery import Question


@dataclass(frozen=True, slots=True)
class BookRequests:
    """What a book needs from its connection now."""

    snapshot: bool = False
    resubscribe: bool = False
    question: Question | None = None
    """Whether the venue still has the pair."""
    audit: bool = False
    """The venue's own book, to compare with."""
    quiet: bool = False
    """The snapshot is for a book that is live: others go first."""
    complaint: str = ""
    """For the log."""


NOTHING = BookRequests()
