"""What an edge counts. Counters alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class EdgeCounters:
    """Written by the thread that reads the topics, read by any."""

    read: Counter[str] = field(default_factory=Counter)
    """Records that were read, by kind of topic."""
    repeated: Counter[str] = field(default_factory=Counter)
    """Records that had come before: of trades, those of the other ingester too."""
    aside: int = 0
    """Books of ingesters that are not followed."""
    malformed: Counter[str] = field(default_factory=Counter)
    """Records that do not follow the contract."""
    switches: int = 0
    """Times that a book was taken from another ingester."""
    mismatches: int = 0
    """Books whose levels did not have the digest that the record says."""
    gaps: int = 0
    """Gaps in the trades of a venue, as they were passed on."""
    delay: float = 0.0
    """Seconds from the ingester's writing of the newest book to its arrival, by both clocks."""
    lag: int = 0
    """Records of the topics that are not read yet, as far as the brokers have said."""
