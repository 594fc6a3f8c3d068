"""The slow twin of the C core in plain Python: oracle of its tests, and used where the extension is missing."""

from ._reference_book import BookLock, OrderBook
from ._reference_book_status import BookStatus
from ._reference_change_log import ChangeLog
from ._reference_digest_chain import DigestChain
from ._reference_lane import BookLane, FrameLane
from ._reference_lane_run import LaneRun
from ._reference_played_time import PlayedTime
from ._reference_scan import FrameDecoder
from ._reference_shared import (
    AwaitedPrices,
    ChangeMark,
    ConsistencyLock,
    MessageNumbers,
    SequenceState,
    StreamPace,
)
from ._reference_trade_lane import TradeLane
from ._reference_trade_sequence import TradeSequence
from ._reference_trade_through import TradeThroughCounter
from ._reference_trades import TradeDecoder
from ._reference_transcode import JsonWriter
from ._reference_update_log import UpdateLog
from ._reference_view import ConsolidatedView

__all__ = [
    "AwaitedPrices",
    "BookLane",
    "BookLock",
    "BookStatus",
    "ChangeLog",
    "ChangeMark",
    "ConsistencyLock",
    "ConsolidatedView",
    "DigestChain",
    "FrameDecoder",
    "FrameLane",
    "JsonWriter",
    "LaneRun",
    "MessageNumbers",
    "OrderBook",
    "PlayedTime",
    "SequenceState",
    "StreamPace",
    "TradeDecoder",
    "TradeLane",
    "TradeSequence",
    "TradeThroughCounter",
    "UpdateLog",
]
