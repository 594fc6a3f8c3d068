"""Exact order books of many venues: decode a frame, apply it, merge the books, encode the result.

The C core (_book) is used where it was built; ONEBOOK_PURE=1, or its absence, selects the Python twin (reference).
IMPLEMENTATION says which: "c" or "python".
"""

import os
from typing import TYPE_CHECKING

from .checksum import JAVASCRIPT, PYTHON, ChecksumRule, Exponent, NumberText
from .model import Audit, BookError, BookStats, LevelError, ScaleError, SideVwap
from .shape import FrameShape, Positions, RowShape, key_path
from .sweep import Sweep, SweepSlice, SweepTerms
from .trades import TradeShape
from .updates import BookUpdate, UpdateKind

if TYPE_CHECKING:
    from ._book import (
        AwaitedPrices,
        BookLane,
        BookLock,
        BookStatus,
        ChangeLog,
        ChangeMark,
        ConsistencyLock,
        ConsolidatedView,
        DigestChain,
        FrameDecoder,
        FrameLane,
        JsonWriter,
        LaneRun,
        MessageNumbers,
        OrderBook,
        PlayedTime,
        SequenceState,
        StreamPace,
        TradeDecoder,
        TradeLane,
        TradeSequence,
        TradeThroughCounter,
        UpdateLog,
    )

    IMPLEMENTATION: str
else:
    IMPLEMENTATION = "python"
    if os.environ.get("ONEBOOK_PURE") != "1":
        try:
            from ._book import (
                AwaitedPrices,
                BookLane,
                BookLock,
                BookStatus,
                ChangeLog,
                ChangeMark,
                ConsistencyLock,
                ConsolidatedView,
                DigestChain,
                FrameDecoder,
                FrameLane,
                JsonWriter,
                LaneRun,
                MessageNumbers,
                OrderBook,
                PlayedTime,
                SequenceState,
                StreamPace,
                TradeDecoder,
                TradeLane,
                TradeSequence,
                TradeThroughCounter,
                UpdateLog,
            )

            IMPLEMENTATION = "c"
        except ModuleNotFoundError as error:
            if error.name != f"{__name__}._book":
                raise
    if IMPLEMENTATION == "python":
        from .reference import (
            AwaitedPrices,
            BookLane,
            BookLock,
            BookStatus,
            ChangeLog,
            ChangeMark,
            ConsistencyLock,
            ConsolidatedView,
            DigestChain,
            FrameDecoder,
            FrameLane,
            JsonWriter,
            LaneRun,
            MessageNumbers,
            OrderBook,
            PlayedTime,
            SequenceState,
            StreamPace,
            TradeDecoder,
            TradeLane,
            TradeSequence,
            TradeThroughCounter,
            UpdateLog,
        )

__all__ = [
    "IMPLEMENTATION",
    "JAVASCRIPT",
    "PYTHON",
    "Audit",
    "AwaitedPrices",
    "BookError",
    "BookLane",
    "BookLock",
    "BookStats",
    "BookStatus",
    "BookUpdate",
    "ChangeLog",
    "ChangeMark",
    "ChecksumRule",
    "ConsistencyLock",
    "ConsolidatedView",
    "DigestChain",
    "Exponent",
    "FrameDecoder",
    "FrameLane",
    "FrameShape",
    "JsonWriter",
    "LaneRun",
    "LevelError",
    "MessageNumbers",
    "NumberText",
    "OrderBook",
    "PlayedTime",
    "Positions",
    "RowShape",
    "ScaleError",
    "SequenceState",
    "SideVwap",
    "StreamPace",
    "Sweep",
    "SweepSlice",
    "SweepTerms",
    "TradeDecoder",
    "TradeLane",
    "TradeSequence",
    "TradeShape",
    "TradeThroughCounter",
    "UpdateKind",
    "UpdateLog",
    "key_path",
]
