"""Binance spot: diff stream joined to a REST snapshot by update ids, or the stateless top-N streams.

Facts from github.com/binance/binance-spot-api-docs (web-socket-streams.md, rest-api.md), state of July 2026.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from orderbook_ext import FrameShape, TradeShape

from ..model import Instrument, Pair, Side, Trade
from ..protocol.candle_source import CandleSource
from ..protocol.events import Confirmed, Event, ReconnectRequest, Rejected, TradeEvent
from ..protocol.fields import flag, identity, least, moment, positive, repeated, text
from ..protocol.rest_request import RestRequest
from ..protocol.sequence import RangeRule, StatelessRule
from ..protocol.stream_request import StreamRequest
from ..protocol.venue import BookPlan, Endpoint, Limits, TradeIds, Venue

MILLISECOND = 1_000_000
PARTIAL_DEPTHS = (5, 10, 20)
# Keys of a past trade: id, price, size, time, and whether the buyer was the maker.
SINGLE = ("id", "price", "qty", "time", "isBuyerMaker")
AGGREGATE = ("a", "p", "q", "T", "m")
# A SUBSCRIBE with very many names is refused, and one that is longer has no answer; 5 messages per second are allowed.
NAMES_PER_SUBSCRIBE = 200
BYTES_PER_SUBSCRIBE = 4096
INTERVALS = {
    60: "1m", 180: "3m", 300: "5m", 900: "15m", 1800: "30m", 3600: "1h", 7200: "2h", 14400: "4h", 21600: "6h",
    28800: "8h", 43200: "12h", 86400: "1d", 259200: "3d", 604800: "1w",
}  # fmt: skip


def klines(path: str, words: Mapping[int, str], limit: int, weight: int) -> CandleSource:
    """Candles at this path."""

    def request(instrument: Instrument, word: str, start: int, end: int, rows: int) -> str:
        # The venue's end is included, ours is not.
        times = f"startTime={start // MILLISECOND}&endTime={end // MILLISECOND - 1}"
        return f"{path}?symbol={quote(instrument.symbol)}&interval={word}&{times}&limit={rows}"

    # [[1499040000000,"0.01634790","0.80000000","0.01575800","0.01577100","148976.11427815",1499644799999,
    #   "2434.19055334",308,"1756.87402397","28.46694368","0"]]
    columns = {
        "open_time": 0, "open": 1, "high": 2, "low": 3, "close": 4, "volume": 5, "quote_volume": 7, "trades": 8,
    }  # fmt: skip
    return CandleSource(
        path=request, words=words, columns=columns, time_unit=MILLISECOND, limit=limit, weight=weight
    )  # fmt: skip


class Binance(Venue):
    """Binance spot."""

    NAME = "binance"
    TITLE = "Binance"
    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {
        "default": Endpoint("wss://stream.binance.com:9443", "https://api.binance.com"),
        # Market data only; reachable from regions where the other answers 451.
        "data": Endpoint("wss://data-stream.binance.vision", "https://data-api.binance.vision"),
        "testnet": Endpoint("wss://stream.testnet.binance.vision", "https://testnet.binance.vision"),
    }
    LIMITS = Limits(
        rest_weight=6000,
        rest_seconds=60.0,
        streams_per_connection=1024,
        sends_per_second=5.0,
        connects_per_minute=60.0,
        max_age=24 * 3600.0,
        used_weight_header="X-MBX-USED-WEIGHT-1M",
        request_names=NAMES_PER_SUBSCRIBE,
        request_bytes=BYTES_PER_SUBSCRIBE,
        silence=10.0,
        # The venue pings every 20 s and was seen to ping every 3 minutes.
        dead=200.0,
    )
    # {"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161255208,"s":"BTCUSDT","U":50093239189,
    #  "u":50093239202,"b":[["61737.63000000","0.00000000"]],"a":[]}}
    # {"stream":"btcusdt@depth20@100ms","data":{"lastUpdateId":105,"bids":[["64001.10","0.50"]],"asks":[...]}}
    # REST: {"lastUpdateId":105,"bids":[["64001.10","0.50"]],"asks":[["64001.20","1.00"]]}
    DEPTH = FrameShape(
        bids=(".data.b", ".data.bids", ".bids"),
        asks=(".data.a", ".data.asks", ".asks"),
        route=(".stream",),
        first_id=(".data.U",),
        last_id=(".data.u", ".data.lastUpdateId", ".lastUpdateId"),
        time=(".data.E",),
    )
    TRADES = TradeShape(
        stream=".stream", rows=".data", form="object", kind=".data.e", kinds=("trade",), symbol="s", id="t",
        price="p", size="q", side="m", buys=("false",), sells=("true",), time="T", time_unit=MILLISECOND,
    )  # fmt: skip
    SNAPSHOT_WEIGHTS: ClassVar[Sequence[tuple[int, int]]] = ((100, 5), (500, 25), (1000, 50), (5000, 250))
    """(levels per side, weight), ascending."""
    TRADE_IDS = TradeIds.CONSECUTIVE
    THROTTLED = ("-1003", "-1015")
    CANDLES = klines("/api/v3/klines", {1: "1s", **INTERVALS}, limit=1000, weight=2)

    def discovery(self) -> RestRequest:
        return RestRequest("/api/v3/exchangeInfo?permissions=SPOT&showPermissionSets=false", weight=20, timeout=20.0)

    def instrument_rows(self, answer: Any) -> Any:
        return answer["symbols"]

    def instrument(self, row: Any) -> Instrument | None:
        filters = {item["filterType"]: item for item in row["filters"]}
        notional = filters.get("NOTIONAL") or filters.get("MIN_NOTIONAL") or {}
        return Instrument(
            pair=Pair(text(row["baseAsset"]), text(row["quoteAsset"])),
            symbol=text(row["symbol"]),
            tick=positive(filters["PRICE_FILTER"]["tickSize"]),
            lot=positive(filters["LOT_SIZE"]["stepSize"]),
            status=text(row["status"]),
            trading=row["status"] == "TRADING",
            min_size=least(filters["LOT_SIZE"].get("minQty")),
            min_notional=least(notional.get("minNotional", notional.get("notional"))),
        )

    def book_plan(self, instrument: Instrument, mode: str, levels: int) -> BookPlan:
        symbol = instrument.symbol.lower()
        if mode == "partial":
            depth = next((depth for depth in PARTIAL_DEPTHS if depth >= levels), PARTIAL_DEPTHS[-1])
            return BookPlan(instrument, f"{symbol}@depth{depth}@100ms", StatelessRule, MILLISECOND)
        limit, weight = next((row for row in self.SNAPSHOT_WEIGHTS if row[0] >= levels), self.SNAPSHOT_WEIGHTS[-1])
        path = f"/api/v3/depth?symbol={quote(instrument.symbol)}&limit={limit}"
        return BookPlan(
            instrument,
            f"{symbol}@depth@100ms",
            RangeRule,
            MILLISECOND,
            rest_snapshot=RestRequest(path, weight),
            snapshot_levels=limit,
            provisional=self.book_plan(instrument, "partial", PARTIAL_DEPTHS[-1]),
        )

    def trade_stream(self, instrument: Instrument) -> str:
        return f"{instrument.symbol.lower()}@trade"

    def stream_path(self, streams: Sequence[str]) -> str:  # noqa: ARG002 - streams are subscribed by message
        return "/stream"

    def request(self, begin: bool, streams: Sequence[str], number: int) -> StreamRequest:
        message = {"method": "SUBSCRIBE" if begin else "UNSUBSCRIBE", "params": list(streams), "id": number}
        return StreamRequest(json.dumps(message, ensure_ascii=False), tuple(streams), str(number))

    def events(self, message: Any) -> Iterable[Event]:
        # {"result":null,"id":1}   {"code":2,"msg":"Invalid request: ..."}   {"error":{"code":2,"msg":"..."},"id":1}
        # Streams that do not exist are confirmed too.
        if "result" in message:
            yield Confirmed(request=repeated(message.get("id")))
        elif "error" in message or "code" in message:
            error = message.get("error", message)
            reason = f"{error.get('code')} {error.get('msg', '')}".strip()
            yield Rejected(reason, request=repeated(message.get("id")))
        else:
            yield from self._data_events(message.get("stream", ""), message.get("data", message))

    def _data_events(self, stream: str, data: Mapping[str, Any]) -> Iterable[Event]:
        kind = data.get("e")
        if kind in ("trade", "aggTrade"):
            yield from self.part(stream, data, lambda row: TradeEvent(stream, self._trade(row)))
        elif kind == "serverShutdown":
            yield ReconnectRequest("the venue announced a shutdown")

    @staticmethod
    def _trade(data: Mapping[str, Any]) -> Trade:
        # {"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000","q":"0.02000000",
        #  "T":1723161255342,"m":true,"M":true}   m: the buyer was the maker, so the seller was the aggressor.
        return Trade(
            symbol=text(data["s"]),
            trade_id=identity(data["t" if data["e"] == "trade" else "a"]),
            price=positive(data["p"]),
            size=positive(data["q"]),
            side=Side.SELL if flag(data["m"]) else Side.BUY,
            exchange_time=moment(data["T"], MILLISECOND),
        )

    def past_trades(self, instrument: Instrument, since: Trade | None) -> RestRequest | None:
        if since is None:
            return RestRequest(f"/api/v3/trades?symbol={quote(instrument.symbol)}&limit=1000", 25)
        path = f"/api/v3/historicalTrades?symbol={quote(instrument.symbol)}&limit=1000&fromId={since.number + 1}"
        return RestRequest(path, 25)

    def past_trade(self, instrument: Instrument, row: Any) -> Trade | None:
        # [{"id":28457,"price":"4.00","qty":"12.0","quoteQty":"48.0","time":1499865549590,"isBuyerMaker":true,...}]
        # aggregates: [{"a":26129,"p":"0.01633102","q":"4.70","f":27781,"l":27781,"T":1498793709153,"m":true}]
        number, price, size, time, maker = AGGREGATE if "a" in row else SINGLE
        return Trade(
            symbol=instrument.symbol,
            trade_id=identity(row[number]),
            price=positive(row[price]),
            size=positive(row[size]),
            side=Side.SELL if flag(row[maker]) else Side.BUY,
            exchange_time=moment(row[time], MILLISECOND),
        )

    def refusal(self, answer: Any) -> str:
        # {"code":-1003,"msg":"Too many requests; current limit is ..."}
        if not isinstance(answer, Mapping) or "code" not in answer:
            return ""
        return f"{answer['code']} {answer.get('msg', '')}".strip()
