"""What a book asks of its connection."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a book needs from its connection now."""

    snapshot: bool = False
    resubscribe: bool = False
    reconnect: str = ""


NOTHING = Wishes()
