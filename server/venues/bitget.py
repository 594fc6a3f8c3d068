"""Bitget spot, websocket v2: book snapshots in the stream, changes with a rising number and a checksum of 25 levels.

Facts from bitget.com/api-doc (spot, websocket and common), stored copies of 2025 and 2026; no recording.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from orderbook_ext import ChecksumRule, FrameShape, NumberText, TradeShape

from ..model import Instrument, Pair, Side, Trade
from ..protocol.candle_source import CandleSource
from ..protocol.events import Bbo, Confirmed, Event, Heartbeat, Rejected, TradeEvent
from ..protocol.fields import identity, moment, one_of, positive, step, text, whole
from ..protocol.rest_request import RestRequest
from ..protocol.sequence import ProvedRule, StatelessRule
from ..protocol.stream_request import StreamRequest
from ..protocol.venue import BookPlan, Endpoint, Limits, Venue

MILLISECOND = 1_000_000
# The past of all trades writes Buy and Sell, the stream and the newest trades buy and sell.
SIDES = {"buy": Side.BUY, "sell": Side.SELL, "Buy": Side.BUY, "Sell": Side.SELL}
BOOKS = ("books", "books1", "books5", "books15")
# Bars of six hours and more begin at midnight UTC when they are named so.
BARS = {
    60: "1min", 180: "3min", 300: "5min", 900: "15min", 1800: "30min", 3600: "1h", 14400: "4h", 21600: "6Hutc",
    43200: "12Hutc", 86400: "1Dutc", 259200: "3Dutc", 604800: "1Wutc",
}  # fmt: skip
WRITTEN = NumberText(decimals="written")
CHECKSUM = ChecksumRule(levels=25, price=WRITTEN, size=WRITTEN)  # of the texts as they were sent: 0.5000 is not 0.5


class Bitget(Venue):
    """Bitget spot."""

    NAME = "bitget"
    TITLE = "Bitget"
    # Written from documents alone: the windows of checksums and books have to be seen on a real connection first.
    PROVED = False
    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {"default": Endpoint("wss://ws.bitget.com", "https://api.bitget.com")}
    LIMITS = Limits(
        rest_weight=10,  # 20 requests per second of a path, 10 of past trades
        rest_seconds=1.0,
        # 1000 are allowed, fewer than 50 recommended.
        streams_per_connection=48,
        # 10 a second, pings included, and 240 requests an hour: each of ours names many streams.
        sends_per_second=5.0,
        connects_per_minute=60.0,  # 300 in five minutes
        max_age=24 * 3600.0,
        # A ping every 30 s; the venue cuts who has sent none for two minutes.
        heartbeat=25.0,
        silence=30.0,
        dead=60.0,
        resubscribe_pause=0.2,
        request_names=40,
        request_bytes=4096,  # as many are allowed
    )
    # {"action":"update","arg":{"instType":"SPOT","channel":"books","instId":"BTCUSDT"},"data":[{"asks":[["26274.9",
    #  "0.0500"]],"bids":[["26274.8","0"]],"checksum":-855196043,"seq":123,"ts":"1695710946294"}],"ts":1695710946294}
    # REST: {"code":"00000","msg":"success","requestTime":1698303884579,"data":{"asks":[...],"bids":[...],"ts":"1"}}
    DEPTH = FrameShape(
        bids=(".data.bids",),
        asks=(".data.asks",),
        route=(".arg.instId",),
        snapshot=(".action",),
        last_id=(".data.seq",),
        time=(".data.ts",),
        checksum=(".data.checksum",),
    )
    TRADES = TradeShape(
        prefix="trade:", symbol_of_all=".arg.instId", rows=".data", kind=".arg.channel", kinds=("trade",),
        also=".action", also_words=("update",), top=(".ts",), id="tradeId", price="price", size="size", side="side",
        buys=("buy", "Buy"), sells=("sell", "Sell"), time="ts", time_unit=MILLISECOND,
    )  # fmt: skip
    # {"code":"00000","data":[["1646064000000","o","h","l","c","base volume","USDT volume","quote volume"]]}
    CANDLES = CandleSource(
        path=lambda item, word, _start, end, rows: (
            f"/api/v2/spot/market/history-candles?symbol={quote(item.symbol)}&granularity={word}"
            f"&endTime={end // MILLISECOND}&limit={rows}"
        ),
        words=BARS,
        rows=("data",),
        columns={"open_time": 0, "open": 1, "high": 2, "low": 3, "close": 4, "volume": 5, "quote_volume": 7},
        time_unit=MILLISECOND,
        limit=200,
    )
    THROTTLED = ("429",)

    def discovery(self) -> RestRequest:
        return RestRequest("/api/v2/spot/public/symbols", timeout=20.0)

    def instrument_rows(self, answer: Any) -> Any:
        return answer["data"]

    def instrument(self, row: Any) -> Instrument | None:
        # {"symbol":"BTCUSDT","baseCoin":"BTC","quoteCoin":"USDT","pricePrecision":"2","quantityPrecision":"6",
        #  "minTradeAmount":"0","minTradeUSDT":"1","status":"online",...}   status: online, gray, halt, offline
        status = text(row["status"])
        return Instrument(
            pair=Pair(text(row["baseCoin"]), text(row["quoteCoin"])),
            symbol=text(row["symbol"]),
            tick=step(whole(row["pricePrecision"], 0, 30)),
            lot=step(whole(row["quantityPrecision"], 0, 30)),
            status=status,
            trading=status in ("online", "gray"),
        )

    def refusal(self, answer: Any) -> str:
        # {"code":"40034","msg":"Parameter XYZ does not exist","requestTime":1698303884579,"data":null}
        return f"{answer['code']} {answer.get('msg', '')}".strip() if answer.get("code", "00000") != "00000" else ""

    def book_plan(self, instrument: Instrument, mode: str, levels: int) -> BookPlan:
        symbol = instrument.symbol
        if mode == "partial":
            channel = next((f"books{count}" for count in (1, 5) if levels <= count), "books15")
            return BookPlan(instrument, f"{channel}:{symbol}", StatelessRule, MILLISECOND, route=symbol)
        return BookPlan(
            instrument,
            f"books:{symbol}",
            ProvedRule,
            MILLISECOND,
            route=symbol,
            in_band=True,
            checksum=CHECKSUM,
            audit=RestRequest(f"/api/v2/spot/market/orderbook?symbol={quote(symbol)}&type=step0&limit=150"),
        )

    def trade_stream(self, instrument: Instrument) -> str:
        return f"trade:{instrument.symbol}"

    def ticker_stream(self, instrument: Instrument) -> str:
        return f"ticker:{instrument.symbol}"

    def stream_path(self, streams: Sequence[str]) -> str:  # noqa: ARG002 - streams are subscribed by message
        return "/v2/ws/public"

    def request(self, begin: bool, streams: Sequence[str], number: int) -> StreamRequest:  # noqa: ARG002 - by name
        """Streams are named channel:symbol."""
        named = [
            {"instType": "SPOT", "channel": channel, "instId": symbol}
            for channel, _, symbol in (stream.partition(":") for stream in streams)
        ]
        message = {"op": "subscribe" if begin else "unsubscribe", "args": named}
        return StreamRequest(json.dumps(message, separators=(",", ":")), tuple(streams))

    def heartbeat(self) -> str | None:
        return "ping"

    def read(self, frame: bytes) -> Sequence[Event]:
        return (Heartbeat(),) if frame == b"pong" else super().read(frame)

    def events(self, message: Any) -> Iterable[Event]:
        argument = message.get("arg") or {}
        stream = f"{argument.get('channel')}:{argument.get('instId')}"
        if "event" in message:
            yield self._control(message, stream if argument else "")
            return
        if argument["channel"] in BOOKS:
            return
        yield Heartbeat()  # No event at all would make it a depth frame of its instrument that cannot be read.
        if argument["channel"] == "trade":
            symbol, past = text(argument["instId"]), message["action"] == "snapshot"
            yield from self.parts(
                stream, message["data"], lambda row: TradeEvent(stream, self._trade(symbol, row), past)
            )
        elif argument["channel"] == "ticker":
            # {...,"data":[{"instId":"ETHUSDT","lastPr":"2200.1","bidPr":"1792","askPr":"2200.1","ts":"1695702438018"}]}
            route = text(argument["instId"])
            yield from self.parts(
                stream, message["data"], lambda row: Bbo(route, positive(row["bidPr"]), positive(row["askPr"]))
            )

    @staticmethod
    def _control(message: Mapping[str, Any], stream: str) -> Event:
        # {"event":"subscribe","arg":{"instType":"SPOT","channel":"books","instId":"BTCUSDT"}}, one for each name
        # {"event":"error","arg":{...},"code":30001,"msg":"instType:SPOT,channel:books,instId:X doesn't exist","op":...}
        if message["event"] == "error":
            return Rejected(f"{message.get('code')} {message.get('msg', '')}".strip(), stream)
        return Confirmed((stream,)) if message["event"] == "subscribe" else Heartbeat()

    @staticmethod
    def _trade(symbol: str, row: Mapping[str, Any]) -> Trade:
        # {"ts":"1695709835822","price":"26293.4","size":"0.0013","side":"buy","tradeId":"1000000000"}
        return Trade(
            symbol=symbol,
            trade_id=identity(row["tradeId"]),
            price=positive(row["price"]),
            size=positive(row["size"]),
            side=one_of(row["side"], SIDES),
            exchange_time=moment(row["ts"], MILLISECOND),
        )

    def past_trades(self, instrument: Instrument, since: Trade | None) -> RestRequest | None:  # noqa: ARG002
        return RestRequest(f"/api/v2/spot/market/fills?symbol={quote(instrument.symbol)}&limit=500")

    def trade_rows(self, answer: Any) -> Any:
        return answer["data"]

    def past_trade(self, instrument: Instrument, row: Any) -> Trade | None:  # noqa: ARG002 - rows name it
        return self._trade(text(row["symbol"]), row)
