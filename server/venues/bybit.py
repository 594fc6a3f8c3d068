"""Bybit, websocket v5, spot and linear perpetuals: a book snapshot in the stream, then deltas numbered one by one.

Facts from bybit-exchange/docs (v5), state of July 2026, and frames recorded in 2025 and 2026.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import quote

from orderbook_ext import FrameShape, TradeShape

from ..model import Instrument, MarketKind, Pair, Side, Trade
from ..protocol.candle_source import CandleSource, OpenInterest
from ..protocol.events import Bbo, Confirmed, Event, Heartbeat, OpenInterestUpdate, Rejected, TradeEvent
from ..protocol.fields import amount, flag, identity, least, moment, one_of, positive, repeated, text
from ..protocol.rest_request import RestRequest
from ..protocol.sequence import CounterRule, StatelessRule
from ..protocol.stream_request import StreamRequest
from ..protocol.venue import BookPlan, Endpoint, Limits, TradeIds, Venue

MILLISECOND = 1_000_000
DEPTHS = (50, 200, 1000)
SIDES = {"Buy": Side.BUY, "Sell": Side.SELL}
AUDITED = 200
INTERVALS = {
    60: "1", 180: "3", 300: "5", 900: "15", 1800: "30", 3600: "60", 7200: "120", 14400: "240", 21600: "360",
    43200: "720", 86400: "D", 604800: "W",
}  # fmt: skip


def candles(category: str) -> CandleSource:
    """Candles of a category; the venue's end is included, ours is not."""
    return CandleSource(
        path=lambda item, word, start, end, rows: (
            f"/v5/market/kline?category={category}&symbol={quote(item.symbol)}&interval={word}"
            f"&start={start // MILLISECOND}&end={end // MILLISECOND - 1}&limit={rows}"
        ),
        words=INTERVALS,
        rows=("result", "list"),
        columns={"open_time": 0, "open": 1, "high": 2, "low": 3, "close": 4, "volume": 5, "quote_volume": 6},
        time_unit=MILLISECOND,
        limit=1000,
    )


class Bybit(Venue):
    """Bybit spot."""

    NAME = "bybit"
    TITLE = "Bybit"
    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {
        "default": Endpoint("wss://stream.bybit.com", "https://api.bybit.com"),
        "bytick": Endpoint("wss://stream.bybit.com", "https://api.bytick.com"),
        "testnet": Endpoint("wss://stream-testnet.bybit.com", "https://api-testnet.bybit.com"),
    }
    LIMITS = Limits(
        rest_weight=600,
        rest_seconds=5.0,
        # The names of all topics of a connection have 21,000 characters at most; the longest have 40.
        streams_per_connection=500,
        sends_per_second=10.0,
        connects_per_minute=100.0,
        max_age=30 * 86400.0,
        heartbeat=20.0,
        silence=30.0,
        dead=45.0,
        # Of spot; one bad name fails its whole request, so linear gets no more.
        request_names=10,
    )
    # {"topic":"orderbook.50.BTCUSDT","type":"delta","ts":1760000000030,"data":{"s":"BTCUSDT","b":[["64001.1","0"]],
    #  "a":[],"u":501,"seq":900017},"cts":1760000000028}
    # REST: {"retCode":0,"result":{"s":"BTCUSDT","b":[...],"a":[...],"ts":176...,"u":501,"seq":900017,"cts":176...}}
    DEPTH = FrameShape(
        bids=(".data.b", ".result.b"),
        asks=(".data.a", ".result.a"),
        route=(".data.s", ".result.s"),
        snapshot=(".type",),
        first_id=(".data.u", ".result.u"),
        last_id=(".data.u", ".result.u"),
        time=(".cts", ".ts", ".result.cts", ".result.ts"),
    )
    TRADES = TradeShape(
        stream=".topic", rows=".data", kind=".topic", kinds=("publicTrade.*",), top=(".type", ".ts"), symbol="s",
        id="i", price="p", size="v", side="S", buys=("Buy",), sells=("Sell",), time="T", time_unit=MILLISECOND,
        unless="BT",
    )  # fmt: skip
    TRADE_IDS = TradeIds.OPAQUE
    THROTTLED = ("10006", "10018", "10429")
    # {"retCode":0,"result":{"category":"spot","symbol":"BTCUSDT","list":[["1670608800000","o","h","l","c","volume",
    #  "turnover"]]}}, newest first
    CANDLES = candles("spot")
    CATEGORY: ClassVar[str] = "spot"
    LOT: ClassVar[str] = "basePrecision"
    LEAST: ClassVar[str] = "minOrderAmt"
    """Where an entry of the list has its size step."""
    PAST_TRADES: ClassVar[int] = 60

    def discovery(self) -> RestRequest:
        return RestRequest(f"/v5/market/instruments-info?category={self.CATEGORY}&limit=1000", timeout=20.0)

    def instrument_rows(self, answer: Any) -> Any:
        return answer["result"]["list"]

    def next_page(self, answer: Any) -> RestRequest | None:
        cursor = answer["result"].get("nextPageCursor")
        request = self.discovery()
        return RestRequest(f"{request.path}&cursor={quote(text(cursor), safe='')}", timeout=20.0) if cursor else None

    def instrument(self, row: Any) -> Instrument | None:
        # {"symbol":"BTCUSDT","baseCoin":"BTC","quoteCoin":"USDT","status":"Trading","lotSizeFilter":{"basePrecision":
        #  "0.000001",...},"priceFilter":{"tickSize":"0.1"},...}
        return Instrument(
            pair=Pair(text(row["baseCoin"]), text(row["quoteCoin"])),
            symbol=text(row["symbol"]),
            tick=positive(row["priceFilter"]["tickSize"]),
            lot=positive(row["lotSizeFilter"][self.LOT]),
            status=text(row["status"]),
            trading=row["status"] == "Trading",
            min_size=least(row["lotSizeFilter"].get("minOrderQty")),
            min_notional=least(row["lotSizeFilter"].get(self.LEAST)),
        )

    def refusal(self, answer: Any) -> str:
        # {"retCode":10006,"retMsg":"Too many visits!","result":{}}
        return f"{answer['retCode']} {answer.get('retMsg', '')}".strip() if answer.get("retCode", 0) != 0 else ""

    def _path(self, name: str, instrument: Instrument) -> str:
        return f"/v5/market/{name}?category={self.CATEGORY}&symbol={quote(instrument.symbol)}"

    def book_plan(self, instrument: Instrument, mode: str, levels: int) -> BookPlan:
        partial = mode == "partial"
        depth = 1 if partial else next((depth for depth in DEPTHS if depth >= levels), DEPTHS[-1])
        return BookPlan(
            instrument,
            f"orderbook.{depth}.{instrument.symbol}",
            StatelessRule if partial else CounterRule,
            MILLISECOND,
            route=instrument.symbol,
            in_band=True,
            window=depth,
            audit=RestRequest(f"{self._path('orderbook', instrument)}&limit={AUDITED}"),
        )

    def trade_stream(self, instrument: Instrument) -> str:
        return f"publicTrade.{instrument.symbol}"

    def stream_path(self, streams: Sequence[str]) -> str:  # noqa: ARG002 - streams are subscribed by message
        return f"/v5/public/{self.CATEGORY}"

    def request(self, begin: bool, streams: Sequence[str], number: int) -> StreamRequest:
        message = {"req_id": str(number), "op": "subscribe" if begin else "unsubscribe", "args": list(streams)}
        return StreamRequest(json.dumps(message), tuple(streams), str(number))

    def heartbeat(self) -> str | None:
        return '{"op":"ping"}'

    def events(self, message: Any) -> Iterable[Event]:
        # {"success":false,"ret_msg":"error:handler not found,topic:orderbook.51.X","req_id":"1","op":"subscribe",...}
        # {"success":true,"ret_msg":"pong","op":"ping",...}   {"op":"pong","args":["1760000000000"],...}
        topic = message.get("topic", "")
        if topic.startswith(("publicTrade.", "tickers.")):
            yield Heartbeat()  # No event at all would make it a depth frame of its symbol that cannot be read.
        if topic.startswith("publicTrade."):
            yield from self.parts(topic, message.get("data"), lambda row: self._trade(topic, row))
        elif topic.startswith("tickers."):
            yield from self._ticker(topic, message["data"], message["ts"])
        elif not message.get("success", True):
            # One bad topic fails its whole request.
            reason = str(message.get("ret_msg", ""))
            yield Rejected(reason, reason.partition(",topic:")[2], repeated(message.get("req_id")))
        elif message.get("op") == "subscribe":
            yield Confirmed(request=repeated(message.get("req_id")))
        elif "op" in message:
            yield Heartbeat()

    @staticmethod
    def _trade(topic: str, row: Mapping[str, Any]) -> Event | None:
        # {"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1760000000040,"data":[{"T":1760000000038,"s":"BTCUSDT",
        #  "S":"Buy","v":"0.01","p":"64001.2","i":"6f1c-uuid","BT":false,"RPI":false,"seq":900020}]}   S: of the taker
        if "BT" in row and flag(row["BT"]):
            return None  # A block trade: agreed on elsewhere, at a price of its own.
        trade = Trade(
            symbol=text(row["s"]),
            trade_id=identity(row["i"]),
            price=positive(row["p"]),
            size=positive(row["v"]),
            side=one_of(row["S"], SIDES),
            exchange_time=moment(row["T"], MILLISECOND),
        )
        return TradeEvent(topic, trade)

    def _ticker(self, topic: str, data: Mapping[str, Any], time: Any) -> Iterable[Event]:
        # {"topic":"tickers.BTCUSDT","type":"delta","data":{"symbol":"BTCUSDT","bid1Price":"65114.20","bid1Size":"6",
        #  "ask1Price":"65114.30",...,"openInterest":"59891.732","singleOpenInterest":"29945.866"},"ts":...}
        # A delta has only what changed. The open interest counts both sides.
        if data.get("bid1Price") and data.get("ask1Price"):
            yield from self.part(
                topic, data, lambda row: Bbo(row["symbol"], positive(row["bid1Price"]), positive(row["ask1Price"]))
            )
        if "openInterest" in data or "singleOpenInterest" in data:
            yield from self.part(topic, data, lambda row: _interest(topic, row, time))

    def past_trades(self, instrument: Instrument, since: Trade | None) -> RestRequest | None:  # noqa: ARG002
        return RestRequest(f"{self._path('recent-trade', instrument)}&limit={self.PAST_TRADES}")

    def trade_rows(self, answer: Any) -> Any:
        return answer["result"]["list"]

    def past_trade(self, instrument: Instrument, row: Any) -> Trade | None:
        # {"result":{"list":[{"execId":"6f1c-uuid","symbol":"BTCUSDT","price":"64001.2","size":"0.01","side":"Sell",
        #  "time":"1760000000038","isBlockTrade":false,...}]}}
        if "isBlockTrade" in row and flag(row["isBlockTrade"]):
            return None
        return Trade(
            symbol=instrument.symbol,
            trade_id=identity(row["execId"]),
            price=positive(row["price"]),
            size=positive(row["size"]),
            side=one_of(row["side"], SIDES),
            exchange_time=moment(row["time"], MILLISECOND),
        )


def one_sided(data: Mapping[str, Any]) -> Decimal | None:
    """The open interest of a ticker, counted once; None if the ticker says nothing of it."""
    if data.get("singleOpenInterest"):
        return amount(data["singleOpenInterest"])
    return amount(data["openInterest"]) / 2 if data.get("openInterest") else None


def _interest(topic: str, data: Mapping[str, Any], time: Any) -> Event | None:
    found = one_sided(data)
    return OpenInterestUpdate(topic, found, moment(time, MILLISECOND)) if found is not None else None


class BybitLinear(Bybit):
    """Bybit perpetuals margined in USDT or USDC. Sizes are in base units."""

    NAME = "bybit_linear"
    TITLE = "Bybit Linear"
    MARKET_KIND = MarketKind.PERPETUAL
    CANDLES = candles("linear")
    CATEGORY = "linear"
    LOT = "qtyStep"
    LEAST = "minNotionalValue"
    PAST_TRADES = 1000

    def instrument(self, row: Any) -> Instrument | None:
        return super().instrument(row) if text(row["contractType"]) == "LinearPerpetual" else None

    def ticker_stream(self, instrument: Instrument) -> str:
        return f"tickers.{instrument.symbol}"

    def interest_stream(self, instrument: Instrument) -> str:
        return f"tickers.{instrument.symbol}"

    def open_interest(self, instrument: Instrument) -> RestRequest | None:
        return RestRequest(self._path("tickers", instrument))

    def interest(self, instrument: Instrument, answer: Any) -> OpenInterest:  # noqa: ARG002 - base units
        # {"result":{"category":"linear","list":[{"symbol":"BTCUSDT",...,"openInterest":"59891.732",
        #  "singleOpenInterest":"29945.866"}]},"time":1760000000000}
        found = one_sided(answer["result"]["list"][0])
        if found is None:
            raise ValueError("the ticker has none")
        return OpenInterest(found, moment(answer["time"], MILLISECOND))
