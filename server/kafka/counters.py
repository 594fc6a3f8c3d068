"""What is counted of the way into Kafka. Counters alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Counters:
    """By the name of the kind of topic. Written by the pump's thread, read by any."""

    acknowledged: Counter[str] = field(default_factory=Counter)
    """Records that the brokers have."""
    bytes: Counter[str] = field(default_factory=Counter)
    """Of their keys and values."""
    refused: Counter[str] = field(default_factory=Counter)
    """Records that no broker takes, as they are too large: they are lost."""
    repeated: Counter[str] = field(default_factory=Counter)
    """Records that were sent again after an error."""
    lost: Counter[str] = field(default_factory=Counter)
    """Records that were not acknowledged when the server stopped."""
    reopened: Counter[str] = field(default_factory=Counter)
    """Streams that were opened again after their end."""
    latency: float = 0.0
    """Seconds from the newest acknowledged record's way into the client to its acknowledgement."""
    restarts: int = 0
    """Times that the client was made anew after an error that it cannot mend."""
