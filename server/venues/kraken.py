"""Kraken spot, websocket v2: book snapshots in the stream, every frame proved by a checksum.

Facts from docs.kraken.com/api (v2 and its book checksum guide), stored copies of 2026.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from orderbook_ext import ChecksumRule, FrameShape, NumberText, RowShape, TradeShape

from ..model import Instrument, Pair, Side, Trade
from ..protocol.candle_source import CandleSource
from ..protocol.events import Bbo, Confirmed, Event, Heartbeat, Rejected, Restarted, TradeEvent
from ..protocol.fields import identity, iso_nanos, least, moment, one_of, positive, repeated, step, text, whole
from ..protocol.rest_request import RestRequest
from ..protocol.sequence import ProvedRule
from ..protocol.stream_request import StreamRequest
from ..protocol.venue import BookPlan, Endpoint, Limits, TradeIds, Venue
from ..units import SECOND

DEPTHS = (10, 25, 100, 500, 1000)
CHANNELS = ("trade", "ticker", *(f"book-{depth}" for depth in DEPTHS))
# The list of pairs still has the old spellings; the websocket takes and sends the modern ones.
MODERN = {"XBT": "BTC", "XDG": "DOGE"}
REST_BOOK = 500


class Kraken(Venue):
    """Kraken spot."""

    NAME = "kraken"
    TITLE = "Kraken"
    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {
        "default": Endpoint("wss://ws.kraken.com", "https://api.kraken.com"),
        "beta": Endpoint("wss://beta-ws.kraken.com", "https://api.kraken.com"),
    }
    LIMITS = Limits(
        # One request per second is recommended.
        rest_weight=60,
        rest_seconds=60.0,
        streams_per_connection=200,
        sends_per_second=10.0,
        # About 150 in ten minutes by the front of the venue.
        connects_per_minute=12.0,
        max_age=30 * 86400.0,
        heartbeat=30.0,
        silence=30.0,
        # The venue says something every second.
        dead=15.0,
        resubscribe_pause=1.0,
        request_names=50,
    )
    # {"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":64000.0,"qty":0.0}],"asks":[],
    #  "checksum":974123,"timestamp":"2026-01-01T00:00:00.123456Z"}]}
    DEPTH = FrameShape(
        bids=(".data.bids",),
        asks=(".data.asks",),
        route=(".data.symbol",),
        snapshot=(".type",),
        time=(".data.timestamp",),
        checksum=(".data.checksum",),
        rows=RowShape(price="price", size="qty"),
        time_format="iso",
    )
    TRADES = TradeShape(
        prefix="trade:", rows=".data", kind=".channel", kinds=("trade",), also=".type", also_words=("update",),
        symbol="symbol", id="trade_id", price="price", size="qty", side="side", buys=("buy",), sells=("sell",),
        time="timestamp", time_format="iso",
    )  # fmt: skip
    # {"error":[],"result":{"XXBTZUSD":{"asks":[["64001.2","0.05",1760000000]],"bids":[...]}}}
    REST_DEPTH = FrameShape(bids=("bids",), asks=("asks",))
    BOOK_MODES = ("diff",)
    TRADE_IDS = TradeIds.CONSECUTIVE
    # {"error":[],"result":{"XXBTZUSD":[[1760000000,"o","h","l","c","vwap","volume",count],...],"last":1760000000}}
    CANDLES = CandleSource(
        path=lambda item, word, start, _end, _rows: (
            f"/0/public/OHLC?pair={quote(item.symbol)}&interval={word}&since={start // 10**9 - 1}"
        ),
        words={60: "1", 300: "5", 900: "15", 1800: "30", 3600: "60", 14400: "240", 86400: "1440", 604800: "10080"},
        rows=("result", "*"),
        columns={"open_time": 0, "open": 1, "high": 2, "low": 3, "close": 4, "volume": 6, "trades": 7},
        limit=720,
    )

    def discovery(self) -> RestRequest:
        return RestRequest("/0/public/AssetPairs", timeout=20.0)

    def instrument_rows(self, answer: Any) -> Any:
        return list(answer["result"].values())

    def instrument(self, row: Any) -> Instrument | None:
        # {"altname":"XBTUSD","wsname":"XBT/USD","base":"XXBT","quote":"ZUSD","pair_decimals":1,"lot_decimals":8,
        #  "tick_size":"0.1","status":"online",...}   Those without a wsname have no stream.
        if "wsname" not in row:
            return None
        base, quote_asset = (MODERN.get(asset, asset) for asset in text(row["wsname"]).split("/"))
        digits = (whole(row["pair_decimals"], 0, 30), whole(row["lot_decimals"], 0, 30))
        status = text(row.get("status", "online"))
        return Instrument(
            pair=Pair(base, quote_asset),
            symbol=f"{base}/{quote_asset}",
            tick=positive(row["tick_size"]) if "tick_size" in row else step(digits[0]),
            lot=step(digits[1]),
            status=status,
            trading=status in ("online", "post_only", "limit_only"),
            written_decimals=digits,
            min_size=least(row.get("ordermin")),
            min_notional=least(row.get("costmin")),
        )

    def refusal(self, answer: Any) -> str:
        # {"error":["EGeneral:Too many requests"]}   Those with a W are warnings.
        errors = [str(word) for word in answer.get("error") or []]
        return ", ".join(word for word in errors if not word.startswith("W"))

    def book_plan(self, instrument: Instrument, mode: str, levels: int) -> BookPlan:  # noqa: ARG002 - one mode
        depth = next((depth for depth in DEPTHS if depth >= levels), DEPTHS[-1])
        price, size = instrument.written_decimals or (instrument.price_decimals, instrument.size_decimals)
        return BookPlan(
            instrument,
            f"book-{depth}:{instrument.symbol}",
            ProvedRule,
            route=instrument.symbol,
            in_band=True,
            window=depth,
            checksum=ChecksumRule(
                levels=10,
                sides=("asks", "bids"),
                interleaved=False,
                parts=("price", "size"),
                between="",
                price=NumberText(decimals=price, point=False, leading_zeros=False),
                size=NumberText(decimals=size, point=False, leading_zeros=False),
            ),
            audit=RestRequest(f"/0/public/Depth?pair={quote(instrument.symbol)}&count={REST_BOOK}"),
        )

    def trade_stream(self, instrument: Instrument) -> str:
        return f"trade:{instrument.symbol}"

    def ticker_stream(self, instrument: Instrument) -> str:
        return f"ticker:{instrument.symbol}"

    def stream_path(self, streams: Sequence[str]) -> str:  # noqa: ARG002 - streams are subscribed by message
        return "/v2"

    def request_group(self, stream: str) -> str:
        """Streams are named channel[-depth]:symbol: one channel and depth a request."""
        return stream.partition(":")[0]

    def request(self, begin: bool, streams: Sequence[str], number: int) -> StreamRequest:
        """Refusals name the symbol only: the last digit of the number says which channel was asked for."""
        name = self.request_group(streams[0])
        channel, _, depth = name.partition("-")
        params: dict[str, Any] = {"channel": channel, "symbol": [stream.partition(":")[2] for stream in streams]}
        if depth:
            params["depth"] = int(depth)
        if begin and channel != "ticker":
            params["snapshot"] = channel != "trade"
        number = number * 10 + CHANNELS.index(name)
        message = {"method": "subscribe" if begin else "unsubscribe", "params": params, "req_id": number}
        return StreamRequest(json.dumps(message), tuple(streams), str(number))

    def heartbeat(self) -> str | None:
        return '{"method":"ping"}'

    def events(self, message: Any) -> Iterable[Event]:
        if "method" in message:
            yield from self._answers(message)
            return
        channel = message["channel"]
        if channel == "trade":
            past = message["type"] == "snapshot"
            for row in message["data"]:
                yield from self.part(_named(channel, row), row, lambda row: self._traded(row, past))
        elif channel == "ticker":
            for row in message["data"]:
                yield from self.part(_named(channel, row), row, _touch)
        elif channel == "heartbeat":
            yield Heartbeat()
        elif channel == "status" and message["data"][0]["system"] == "maintenance":
            yield Restarted("the venue is in maintenance")

    @staticmethod
    def _answers(message: Mapping[str, Any]) -> Iterable[Event]:
        # {"method":"subscribe","result":{"channel":"book","symbol":"BTC/USD","depth":100,...},"success":true,...}
        if message["method"] == "pong":
            yield Heartbeat()
        elif not message.get("success", True):
            # {"method":"subscribe","success":false,"error":"Currency pair not supported XXX/USD","symbol":"XXX/USD",
            #  "req_id":10,...}   One answer a symbol; without one it is for the whole request.
            number, symbol = repeated(message.get("req_id")), message.get("symbol")
            if symbol and number and message["method"] == "subscribe":
                stream = f"{CHANNELS[whole(number) % 10]}:{text(symbol)}"
                yield Rejected(str(message.get("error", "")), stream)
            else:
                yield Rejected(str(message.get("error", "")), request=number)
        elif message["method"] == "subscribe":
            result = message["result"]
            depth = f"-{result['depth']}" if "depth" in result else ""
            yield Confirmed((f"{result['channel']}{depth}:{result['symbol']}",))

    def _traded(self, row: Mapping[str, Any], past: bool) -> Event:
        trade = self._trade(row)
        return TradeEvent(f"trade:{trade.symbol}", trade, past)

    @staticmethod
    def _trade(data: Mapping[str, Any]) -> Trade:
        # {"symbol":"BTC/USD","side":"buy","price":64001.2,"qty":0.01,"ord_type":"market","trade_id":42,
        #  "timestamp":"2026-01-01T00:00:00.123456Z"}   side: of the taker.
        return Trade(
            symbol=text(data["symbol"]),
            trade_id=identity(data["trade_id"]),
            price=positive(data["price"]),
            size=positive(data["qty"]),
            side=one_of(data["side"], {"buy": Side.BUY, "sell": Side.SELL}),
            exchange_time=iso_nanos(data["timestamp"]),
        )

    def past_trades(self, instrument: Instrument, since: Trade | None) -> RestRequest | None:
        start = f"&since={since.exchange_time}" if since is not None else ""
        return RestRequest(f"/0/public/Trades?pair={quote(instrument.symbol)}&count=1000{start}")

    def trade_rows(self, answer: Any) -> Any:
        # {"error":[],"result":{"XXBTZUSD":[["64001.2","0.01",1760000000.1234,"b","m","",42]],"last":"176..."}}
        return next(iter(answer["result"].values()))

    def past_trade(self, instrument: Instrument, row: Any) -> Trade | None:
        return Trade(
            symbol=instrument.symbol,
            trade_id=identity(row[6]),
            price=positive(row[0]),
            size=positive(row[1]),
            side=one_of(row[3], {"b": Side.BUY, "s": Side.SELL}),
            exchange_time=moment(row[2], SECOND),
        )


def _touch(row: Mapping[str, Any]) -> Event:
    return Bbo(text(row["symbol"]), positive(row["bid"]), positive(row["ask"]))


def _named(channel: str, row: Any) -> str:
    """The stream of a row; empty if the row does not say it."""
    symbol = row.get("symbol") if isinstance(row, Mapping) else None
    return f"{channel}:{symbol}" if isinstance(symbol, str) else ""
