"""The calls of trade VWAPs: every field of a request is checked, and errors name it."""

from __future__ import annotations

from typing import Any

from onebook.v1 import analytics_pb2 as pb

from ...market.market import Market
from ...readable.rule import DECIMAL, HEADER, IN_VWAP
from ...request_errors import invalid
from ..calls import Calls, Opened, Streaming, Unary
from .runtime import TAPE, WindowChoice
from .topic import TradeVwapTopic

MILLISECOND = 1_000_000
DEFAULT_TRADES = 200
MAX_WINDOW_MS = 3_600_000


class VwapCalls(Calls):
    """GetTradeVwap and StreamTradeVwap."""

    RULES = {
        "TradeVwap": {**HEADER, "vwap": IN_VWAP, "volume": DECIMAL, "quote_volume": DECIMAL, "venues": IN_VWAP},
    }

    def unary(self) -> Unary:
        return {"GetTradeVwap": (self._get, pb.GetTradeVwapRequest.FromString)}

    def streaming(self) -> Streaming:
        return {"StreamTradeVwap": (self._stream, pb.StreamTradeVwapRequest.FromString)}

    def _get(self, request: pb.GetTradeVwapRequest) -> bytes:
        market, choice = self._window(request)
        return self._topic(market, choice).encode_once()

    def _stream(self, request: pb.StreamTradeVwapRequest) -> Opened:
        market, choice = self._window(request)
        return self._topics.events(choice, market, lambda: self._topic(market, choice), request.on_overflow)

    def _topic(self, market: Market, choice: WindowChoice) -> TradeVwapTopic:
        return TradeVwapTopic(self._of(market), self._topics.epoch, choice)

    def _window(self, request: Any) -> tuple[Market, WindowChoice]:
        market = self._reader.market(request.market)
        return market, window_of(request, self._reader.venue(market, request.venue))


def window_of(request: Any, venue: str) -> WindowChoice:
    """The trades of a VWAP request. Raises RequestError."""
    kind = request.WhichOneof("window")
    if kind == "milliseconds":
        if not 1 <= request.milliseconds <= MAX_WINDOW_MS:
            raise invalid("milliseconds", f"1 to {MAX_WINDOW_MS} are taken, were {request.milliseconds}")
        return WindowChoice(venue, None, request.milliseconds * MILLISECOND)
    trades = request.trades if kind == "trades" else DEFAULT_TRADES
    if trades > TAPE:
        raise invalid("trades", f"at most {TAPE} trades are remembered, were {trades}")
    return WindowChoice(venue, trades)
