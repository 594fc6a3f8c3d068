"""Exact order books of many venues: decode a frame, apply it, merge the books, encode the result.

The C core (_book) is used where it was built; ONEBOOK_PURE=1, or its absence, selects the Python twin (reference).
IMPLEMENTATION says which: "c" or "python".
"""

import os
from typing import TYPE_CHECKING

from .model import Audit, BookError, BookStats, LevelError, ScaleError, SideVwap
from .shape import ChecksumRule, FrameShape, Positions, RowShape, key_path
from .sweep import Sweep, SweepSlice, SweepTerms

if TYPE_CHECKING:
    from ._book import BookLock, ConsolidatedView, FrameDecoder, OrderBook, VenueEntry

    IMPLEMENTATION: str
else:
    IMPLEMENTATION = "python"
    if os.environ.get("ONEBOOK_PURE") != "1":
        try:
            from ._book import BookLock, ConsolidatedView, FrameDecoder, OrderBook, VenueEntry

            IMPLEMENTATION = "c"
        except ModuleNotFoundError as error:
            if error.name != f"{__name__}._book":
                raise
    if IMPLEMENTATION == "python":
        from .reference import BookLock, ConsolidatedView, FrameDecoder, OrderBook, VenueEntry

__all__ = [
    "IMPLEMENTATION",
    "Audit",
    "BookError",
    "BookLock",
    "BookStats",
    "ChecksumRule",
    "ConsolidatedView",
    "FrameDecoder",
    "FrameShape",
    "LevelError",
    "OrderBook",
    "Positions",
    "RowShape",
    "ScaleError",
    "SideVwap",
    "Sweep",
    "SweepSlice",
    "SweepTerms",
    "VenueEntry",
    "key_path",
]
