"""Gemini's archived market data v2: books in the stream without numbers, book and trades in one subscription.

Facts from docs.gemini.com, stored copies of 2023 to 2026, and a recording of 2021.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from orderbook_ext import FrameShape

from ..model import Instrument, Side, Trade
from ..protocol.events import Event, Heartbeat, Rejected, TradeEvent
from ..protocol.fields import identity, moment, positive, text
from ..protocol.sequence import PlainRule
from ..protocol.stream_request import StreamRequest
from ..protocol.venue import BookPlan, Endpoint, Limits
from .gemini import MILLISECOND, SIDES, Gemini


class GeminiV2(Gemini):
    """Gemini spot by its archived protocol."""

    NAME = "gemini_v2"
    TITLE = "Gemini (v2)"
    MIRRORS = Gemini.NAME
    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {
        "default": Endpoint("wss://api.gemini.com", "https://api.gemini.com"),
        "sandbox": Endpoint("wss://api.sandbox.gemini.com", "https://api.sandbox.gemini.com"),
    }
    LIMITS = Limits(
        rest_weight=120,
        rest_seconds=60.0,
        streams_per_connection=100,
        sends_per_second=10.0,
        connects_per_minute=12.0,
        max_age=30 * 86400.0,
        silence=60.0,
        # The venue's heartbeat comes every 5 s.
        dead=20.0,
        request_names=50,
    )
    TRADES = None  # Symbols are in capitals there, and not in lists: read by events(), the protocol being an old one.
    # {"type":"l2_updates","symbol":"BTCUSD","changes":[["buy","64001.10","0.5"],["sell","64001.20","1"]],
    #  "trades":[...50...],"auction_events":[...]}   Only the first, which is the book, has the last two keys.
    # {"type":"l2_updates","symbol":"BTCUSD","changes":[["buy","64001.10","0"]]}
    DEPTH = FrameShape(
        changes=(".changes",), route=(".symbol",), snapshot=(".trades", ".auction_events"), snapshot_words=("*",)
    )  # fmt: skip
    BOOK_MODES = ("diff",)
    CONFIRMS = False

    def book_plan(self, instrument: Instrument, mode: str, levels: int) -> BookPlan:  # noqa: ARG002 - one mode, all levels
        symbol = instrument.symbol.upper()
        return BookPlan(
            instrument, self._stream(symbol), PlainRule, route=symbol, in_band=True, audit=self._book(instrument)
        )  # fmt: skip

    @staticmethod
    def _stream(symbol: str) -> str:
        return f"l2:{symbol}"

    def trade_stream(self, instrument: Instrument) -> str:
        return self._stream(instrument.symbol.upper())

    def stream_path(self, streams: Sequence[str]) -> str:  # noqa: ARG002 - streams are subscribed by message
        return "/v2/marketdata"

    def request(self, begin: bool, streams: Sequence[str], number: int) -> StreamRequest:  # noqa: ARG002 - no answer
        symbols = [stream.partition(":")[2] for stream in streams]
        kind = "subscribe" if begin else "unsubscribe"
        message = {"type": kind, "subscriptions": [{"name": "l2", "symbols": symbols}]}
        return StreamRequest(json.dumps(message), tuple(streams))

    def subscribe(self, streams: Sequence[str], first: int = 1) -> list[StreamRequest]:
        return self._requests(True, streams, first)

    def heartbeat(self) -> str | None:
        return None

    def events(self, message: Any) -> Iterable[Event]:
        # {"type":"heartbeat","timestamp":1760000000000}   {"reason":"NoValidTradingPairs","result":"error"}
        if message.get("result") == "error":
            yield Rejected(f"{message.get('reason', '')} {message.get('message', '')}".strip())
        elif message["type"] == "heartbeat":
            yield Heartbeat()
        elif message["type"] == "trade":
            stream = self._stream(text(message["symbol"]))
            yield from self.part(stream, message, lambda row: TradeEvent(stream, self._trade(row)))

    @staticmethod
    def _trade(data: Mapping[str, Any]) -> Trade:
        # {"type":"trade","symbol":"BTCUSD","event_id":3575573053,"timestamp":1760000000123,"price":"64001.20",
        #  "quantity":"0.01","side":"buy"}   side: of the taker; block trades have none.
        return Trade(
            symbol=text(data["symbol"]).lower(),
            trade_id=identity(data["event_id"]),
            price=positive(data["price"]),
            size=positive(data["quantity"]),
            side=SIDES.get(text(data["side"]), Side.UNKNOWN),
            exchange_time=moment(data["timestamp"], MILLISECOND),
        )
