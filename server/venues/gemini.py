"""Gemini: diffs numbered by ranges of ids that overlap by one, books in the stream that do not say that they are books.

Facts from docs.gemini.com, stored copies of 2026, and from what others measured at the venue in September 2026.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from orderbook_ext import FrameShape, RowShape, TradeShape

from ..model import Instrument, Pair, Side, Trade
from ..protocol.candle_source import CandleSource
from ..protocol.events import Confirmed, Event, Heartbeat, Rejected, Resubscribed, TradeEvent
from ..protocol.fields import flag, identity, least, moment, positive, repeated, text, whole
from ..protocol.rest_request import RestRequest
from ..protocol.sequence import RangeRule, StatelessRule
from ..protocol.stream_request import StreamRequest
from ..protocol.venue import BookPlan, Endpoint, Limits, Venue

MILLISECOND = 1_000_000
PARTIAL_DEPTHS = (5, 10, 20)
SIDES = {"buy": Side.BUY, "sell": Side.SELL}


class Gemini(Venue):
    """Gemini spot."""

    NAME = "gemini"
    TITLE = "Gemini"
    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {
        "default": Endpoint("wss://ws.gemini.com", "https://api.gemini.com"),
        "sandbox": Endpoint("wss://ws.sandbox.gemini.com", "https://api.sandbox.gemini.com"),
    }
    LIMITS = Limits(
        rest_weight=120,
        rest_seconds=60.0,
        streams_per_connection=100,
        # 7000 requests in ten seconds are allowed.
        sends_per_second=50.0,
        connects_per_minute=60.0,
        max_age=30 * 86400.0,
        heartbeat=20.0,
        # Thin books: half a minute of silence is normal.
        silence=60.0,
        # The venue pings every 20 s, and so do we.
        dead=60.0,
        resubscribe_pause=0.5,
        request_names=50,
    )
    # {"e":"depthUpdate","E":1760000000123456789,"s":"btcusd","U":500,"u":500,"b":[["64001.10","0.5"]],"a":[...]}
    # The first is the book. Then U is the u before it, or the number behind that.
    # {"lastUpdateId":505,"symbol":"btcusd","bids":[["64001.10","0.5"]],"asks":[...]}
    DEPTH = FrameShape(
        bids=(".b", ".bids"),
        asks=(".a", ".asks"),
        route=(".s", ".symbol"),
        first_id=(".U",),
        last_id=(".u", ".lastUpdateId"),
        time=(".E",),
    )
    TRADES: ClassVar[TradeShape | None] = TradeShape(
        suffix="@trade", rows="", form="object", symbol="s", id="t", price="p", size="q", side="m", buys=("false",),
        sells=("true",), time="E",
    )  # fmt: skip
    # {"bids":[{"price":"64001.10","amount":"0.5","timestamp":"1760000000"}],"asks":[...]}
    REST_DEPTH = FrameShape(bids=(".bids",), asks=(".asks",), rows=RowShape(price="price", size="amount"))
    # [[1760000000000,64001.5,64002,64000.1,64001.2,0.53],...]   The venue decides how far back it goes.
    CANDLES = CandleSource(
        path=lambda item, word, _start, _end, _rows: f"/v2/candles/{quote(item.symbol)}/{word}",
        words={60: "1m", 300: "5m", 900: "15m", 1800: "30m", 3600: "1hr", 21600: "6hr", 86400: "1day"},
        columns={"open_time": 0, "open": 1, "high": 2, "low": 3, "close": 4, "volume": 5},
        time_unit=MILLISECOND,
        limit=1440,
    )

    def discovery(self) -> RestRequest:
        return RestRequest("/v1/symbols/details/all", timeout=20.0)

    def instrument_rows(self, answer: Any) -> Any:
        return answer

    def instrument(self, row: Any) -> Instrument | None:
        # {"symbol":"BTCUSD","base_currency":"BTC","quote_currency":"USD","tick_size":1e-8,"quote_increment":0.01,
        #  "min_order_size":"0.00001","status":"open","product_type":"spot",...}   tick_size: of the quantity.
        if text(row["product_type"]) != "spot":
            return None
        return Instrument(
            pair=Pair(text(row["base_currency"]), text(row["quote_currency"])),
            symbol=text(row["symbol"]).lower(),
            tick=positive(row["quote_increment"]),
            lot=positive(row["tick_size"]),
            status=text(row["status"]),
            trading=row["status"] in ("open", "post_only", "limit_only"),
            min_size=least(row.get("min_order_size")),
        )

    def refusal(self, answer: Any) -> str:
        # {"result":"error","reason":"RateLimit","message":"Requests were made too frequently"}
        if not isinstance(answer, Mapping) or answer.get("result") != "error":
            return ""
        return f"{answer.get('reason', '')} {answer.get('message', '')}".strip() or "error"

    def book_plan(self, instrument: Instrument, mode: str, levels: int) -> BookPlan:
        symbol = instrument.symbol
        if mode == "partial":
            depth = next((depth for depth in PARTIAL_DEPTHS if depth >= levels), PARTIAL_DEPTHS[-1])
            return BookPlan(instrument, f"{symbol}@depth{depth}@100ms", StatelessRule, route=symbol)
        return BookPlan(
            instrument,
            f"{symbol}@depth@100ms",
            RangeRule,
            route=symbol,
            in_band=True,
            first_is_snapshot=True,
            audit=self._book(instrument),
        )

    @staticmethod
    def _book(instrument: Instrument) -> RestRequest:
        return RestRequest(f"/v1/book/{quote(instrument.symbol)}?limit_bids=0&limit_asks=0")

    def trade_stream(self, instrument: Instrument) -> str:
        return f"{instrument.symbol}@trade"

    def stream_path(self, streams: Sequence[str]) -> str:  # noqa: ARG002 - streams are subscribed by message
        return "/?snapshot=-1"

    def subscribe(self, streams: Sequence[str], first: int = 1) -> list[StreamRequest]:
        # Books come before the answer to their subscription. Requests are answered in their order: what comes behind
        # the answer to this ping, which is named after the stream, is no left-over of an earlier subscription.
        pings = [
            StreamRequest(json.dumps({"id": stream, "method": "ping"}))
            for stream in streams
            if stream.partition("@")[2] != "trade"
        ]
        return [*pings, *super().subscribe(streams, first)]

    def request(self, begin: bool, streams: Sequence[str], number: int) -> StreamRequest:
        message = {"id": str(number), "method": "subscribe" if begin else "unsubscribe", "params": list(streams)}
        return StreamRequest(json.dumps(message), tuple(streams), str(number))

    def heartbeat(self) -> str | None:
        return '{"id":"ping","method":"ping"}'

    def events(self, message: Any) -> Iterable[Event]:
        if "id" in message:
            yield self._control(repeated(message["id"]), message)
        elif "p" in message and "m" in message:
            stream = f"{text(message['s'])}@trade"
            yield from self.part(stream, message, lambda row: TradeEvent(stream, self._trade(row)))

    @staticmethod
    def _control(number: str, message: Mapping[str, Any]) -> Event:
        # {"id":"1","status":200}   {"id":"4","status":400,"error":{"code":-1013,"msg":"Invalid stream name: ..."}}
        if whole(message.get("status", 200)) != 200:
            error = message.get("error") or {}
            # One bad name fails its whole request.
            return Rejected(f"{error.get('code', message['status'])} {error.get('msg', '')}".strip(), request=number)
        if "@" in number:
            return Resubscribed(number)
        return Confirmed(request=number) if number.isdecimal() else Heartbeat()

    @staticmethod
    def _trade(data: Mapping[str, Any]) -> Trade:
        # {"E":1760000000200000000,"s":"btcusd","t":9000000001,"p":"64001.20","q":"0.01","m":false}   m: as at Binance,
        # the buyer was the maker.
        return Trade(
            symbol=text(data["s"]),
            trade_id=identity(data["t"]),
            price=positive(data["p"]),
            size=positive(data["q"]),
            side=Side.SELL if flag(data["m"]) else Side.BUY,
            exchange_time=moment(data["E"], 1),
        )

    def past_trades(self, instrument: Instrument, since: Trade | None) -> RestRequest | None:
        start = f"&timestamp={since.exchange_time // MILLISECOND}" if since is not None else ""
        return RestRequest(f"/v1/trades/{quote(instrument.symbol)}?limit_trades=500{start}")

    def past_trade(self, instrument: Instrument, row: Any) -> Trade | None:
        # [{"timestamp":1760000000,"timestampms":1760000000123,"tid":9000000001,"price":"64001.20","amount":"0.01",
        #   "exchange":"gemini","type":"buy"}]   type: of the taker; "block" and "auction" have none.
        return Trade(
            symbol=instrument.symbol,
            trade_id=identity(row["tid"]),
            price=positive(row["price"]),
            size=positive(row["amount"]),
            side=SIDES.get(text(row["type"]), Side.UNKNOWN),
            exchange_time=moment(row["timestampms"], MILLISECOND),
        )
