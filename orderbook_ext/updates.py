"""Updates of one venue's book, as those who need every one of them get them."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

MAX_LOG_LEVELS = 1000
MAX_LOG_CAPACITY = 65_536


class UpdateKind(IntEnum):
    """What happened to the book."""

    FRAME = 0
    """A frame was applied to the shown book."""
    SHOWN = 1
    """The book is shown from now on, or the log begins: the levels say nothing of what happened before."""
    REPLACED = 2
    """Another book has taken the shown one's place: what differs from the levels before is not what happened."""
    HIDDEN = 3
    """The book is hidden, crossed, or has a size without a place in base units: there are no levels."""


class BookUpdate(NamedTuple):
    """The best levels after one update. Times are nanoseconds since 1970 UTC."""

    kind: int
    """An UpdateKind."""
    exchange_time: int
    """By the venue's clock; 0 or less: the venue does not say."""
    receive_time: int
    sequence: int
    price_decimals: int
    size_decimals: int
    bids: tuple[tuple[int, int], ...]
    """Price x 10^price_decimals and size in base units x 10^size_decimals, best first."""
    asks: tuple[tuple[int, int], ...]
