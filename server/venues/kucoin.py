"""KuCoin spot: numbered diffs joined to a REST book of 100 levels; every connection asks for its address first.

Facts from www.kucoin.com/docs-new, stored copies of 2025 and 2026, and a recording of 2021.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from orderbook_ext import FrameShape, RowShape, TradeShape

from ..model import Instrument, Pair, Side, Trade
from ..protocol.candle_source import CandleSource
from ..protocol.events import Confirmed, Event, Heartbeat, Hello, Rejected, TradeEvent
from ..protocol.fields import flag, identity, least, moment, one_of, positive, repeated, text
from ..protocol.rest_request import RestRequest
from ..protocol.sequence import RangeRule, StatelessRule
from ..protocol.stream_request import StreamRequest
from ..protocol.venue import BookPlan, Endpoint, Limits, TradeIds, Venue
from ..units import SECOND

MILLISECOND = 1_000_000
REST_BOOK = 100
OK = "200000"
SIDES = {"buy": Side.BUY, "sell": Side.SELL}
INTERVALS = {
    60: "1min", 180: "3min", 300: "5min", 900: "15min", 1800: "30min", 3600: "1hour", 7200: "2hour", 14400: "4hour",
    21600: "6hour", 28800: "8hour", 43200: "12hour", 86400: "1day", 604800: "1week",
}  # fmt: skip


class Kucoin(Venue):
    """KuCoin spot."""

    NAME = "kucoin"
    TITLE = "KuCoin"
    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {
        # The websocket's own address comes with its token.
        "default": Endpoint("wss://ws-api-spot.kucoin.com", "https://api.kucoin.com"),
    }
    LIMITS = Limits(
        rest_weight=2000,
        rest_seconds=30.0,
        streams_per_connection=300,
        # 100 in ten seconds.
        sends_per_second=8.0,
        connects_per_minute=30.0,
        max_age=24 * 3600.0,
        heartbeat=18.0,
        silence=15.0,
        # Our pings are answered.
        dead=45.0,
        request_names=100,
    )
    # {"type":"message","topic":"/market/level2:BTC-USDT","subject":"trade.l2update","data":{"sequenceStart":101,
    #  "sequenceEnd":102,"symbol":"BTC-USDT","changes":{"asks":[["64001.2","0","101"]],
    #  "bids":[["64001.1","0.4","102"]]},"time":1760000000000}}   A row of price 0 only has a number.
    # {"type":"message","topic":"/spotMarket/level2Depth50:BTC-USDT","subject":"level2","data":{
    #  "asks":[["64001.2","1.5"]],"bids":[["64001.1","0.4"]],"timestamp":1760000000000}}
    DEPTH = FrameShape(
        bids=(".data.changes.bids", ".data.bids"),
        asks=(".data.changes.asks", ".data.asks"),
        route=(".topic",),
        first_id=(".data.sequenceStart",),
        last_id=(".data.sequenceEnd", ".data.timestamp"),
        time=(".data.time", ".data.timestamp"),
        rows=RowShape(number=2, skip_zero_price=True),
    )
    TRADES = TradeShape(
        stream=".topic", rows=".data", form="object", kind=".subject", kinds=("trade.l3match",), also=".type",
        also_words=("message",), symbol="symbol", id="tradeId", price="price", size="size", side="side",
        buys=("buy",), sells=("sell",), time="time",
    )  # fmt: skip
    # {"code":"200000","data":{"time":1760000000000,"sequence":"100","bids":[["64001.1","0.5"]],"asks":[...]}}
    REST_DEPTH = FrameShape(
        bids=(".data.bids",), asks=(".data.asks",), last_id=(".data.sequence",), time=(".data.time",)
    )
    GREETS = True
    # Names in recordings, numbers today.
    TRADE_IDS = TradeIds.OPAQUE
    THROTTLED = ("429000",)
    # {"code":"200000","data":[["1760000000","64001.5","64001.2","64002","64000.1","0.53","33920.1"],...]}
    CANDLES = CandleSource(
        path=lambda item, word, start, end, _rows: (
            f"/api/v1/market/candles?symbol={quote(item.symbol)}&type={word}&startAt={start // SECOND}"
            f"&endAt={end // SECOND - 1}"
        ),
        words=INTERVALS,
        rows=("data",),
        columns={"open_time": 0, "open": 1, "close": 2, "high": 3, "low": 4, "volume": 5, "quote_volume": 6},
        limit=1500,
        weight=3,
    )

    def discovery(self) -> RestRequest:
        return RestRequest("/api/v2/symbols", weight=4, timeout=20.0)

    def instrument_rows(self, answer: Any) -> Any:
        return answer["data"]

    def instrument(self, row: Any) -> Instrument | None:
        # {"symbol":"BTC-USDT","baseCurrency":"BTC","quoteCurrency":"USDT","priceIncrement":"0.1",
        #  "baseIncrement":"0.00000001","enableTrading":true,...}
        trading = flag(row["enableTrading"])
        return Instrument(
            pair=Pair(text(row["baseCurrency"]), text(row["quoteCurrency"])),
            symbol=text(row["symbol"]),
            tick=positive(row["priceIncrement"]),
            lot=positive(row["baseIncrement"]),
            status="trading" if trading else "not trading",
            trading=trading,
            min_size=least(row.get("baseMinSize")),
            min_notional=least(row.get("minFunds")),
        )

    def refusal(self, answer: Any) -> str:
        # {"code":"429000","msg":"Too Many Requests"}
        return f"{answer['code']} {answer.get('msg', '')}".strip() if answer.get("code", OK) != OK else ""

    def book_plan(self, instrument: Instrument, mode: str, levels: int) -> BookPlan:
        symbol = instrument.symbol
        if mode == "partial":
            depth = 5 if levels <= 5 else 50
            return BookPlan(instrument, f"/spotMarket/level2Depth{depth}:{symbol}", StatelessRule, MILLISECOND)
        return BookPlan(
            instrument,
            f"/market/level2:{symbol}",
            RangeRule,
            MILLISECOND,
            # The whole book is for customers only.
            rest_snapshot=RestRequest(f"/api/v1/market/orderbook/level2_{REST_BOOK}?symbol={quote(symbol)}", 4),
            snapshot_levels=REST_BOOK,
            provisional=self.book_plan(instrument, "partial", 50),
        )

    def trade_stream(self, instrument: Instrument) -> str:
        return f"/market/match:{instrument.symbol}"

    def address(self) -> RestRequest | None:
        return RestRequest("/api/v1/bullet-public", weight=10, method="POST")

    def read_address(self, answer: Any) -> str:
        # {"code":"200000","data":{"token":"2neAiu","instanceServers":[{"endpoint":"wss://ws-api-spot.kucoin.com/",
        #  "encrypt":true,"protocol":"websocket","pingInterval":18000,"pingTimeout":10000}]}}
        data = answer["data"]
        return f"{text(data['instanceServers'][0]['endpoint'])}?token={quote(text(data['token']), safe='')}"

    def stream_path(self, streams: Sequence[str]) -> str:  # noqa: ARG002 - the address is given
        return "/"

    def request_group(self, stream: str) -> str:
        """One topic a request."""
        return stream.partition(":")[0]

    def request(self, begin: bool, streams: Sequence[str], number: int) -> StreamRequest:
        name = f"{self.request_group(streams[0])}:{','.join(stream.partition(':')[2] for stream in streams)}"
        kind = "subscribe" if begin else "unsubscribe"
        message = {"id": str(number), "type": kind, "topic": name, "privateChannel": False, "response": True}
        return StreamRequest(json.dumps(message), tuple(streams), str(number))

    def heartbeat(self) -> str | None:
        return '{"id":"ping","type":"ping"}'

    def events(self, message: Any) -> Iterable[Event]:
        # {"id":"NSkIrWGB1s","type":"welcome"}   {"id":"1","type":"ack"}
        # {"id":"1","type":"error","code":509,"data":"exceed max subscription count limitation of 100 per time"}
        kind = message["type"]
        if kind == "welcome":
            yield Hello()
        elif kind == "ack":
            yield Confirmed(request=repeated(message.get("id")))
        elif kind == "pong":
            yield Heartbeat()
        elif kind == "error":
            reason = f"{message.get('code', '')} {message.get('data', '')}".strip()
            yield Rejected(reason, request=repeated(message.get("id")))
        elif message.get("subject") == "trade.l3match":
            topic = text(message["topic"])
            yield from self.part(topic, message.get("data"), lambda row: TradeEvent(topic, self._trade(row)))

    @staticmethod
    def _trade(data: Mapping[str, Any]) -> Trade:
        # {"symbol":"BTC-USDT","sequence":"8002","side":"buy","size":"0.01","price":"64001.2","takerOrderId":"t",
        #  "makerOrderId":"m","tradeId":"8002","time":"1760000000000000000","type":"match"}   side: of the taker.
        return Trade(
            symbol=text(data["symbol"]),
            trade_id=identity(data["tradeId"]),
            price=positive(data["price"]),
            size=positive(data["size"]),
            side=one_of(data["side"], SIDES),
            exchange_time=moment(data["time"], 1),
        )

    def past_trades(self, instrument: Instrument, since: Trade | None) -> RestRequest | None:  # noqa: ARG002 - newest only
        return RestRequest(f"/api/v1/market/histories?symbol={quote(instrument.symbol)}", 3)

    def trade_rows(self, answer: Any) -> Any:
        return answer["data"]

    def past_trade(self, instrument: Instrument, row: Any) -> Trade | None:
        # {"code":"200000","data":[{"sequence":"8002","price":"64001.2","size":"0.01","side":"buy",
        #  "time":1760000000000000000}]}   Today sequence and tradeId are one number.
        return self._trade({"symbol": instrument.symbol, "tradeId": row["sequence"], **row})
