"""Kraken spot, websocket v2: book snapshots in the stream, every frame proved by a checksum.

Facts from docs.kraken.com/api (v2 and its book checksum guide), stored copies of 2026.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import quote

from orderbook_ext import ChecksumRule, FrameShape, RowShape

from ..errors import FrameError
from ..model import Instrument, Pair, Side, Trade, least
from ..protocol.events import Beat, Confirmed, Event, Rejected, Restarted, Touch, TradeEvent
from ..protocol.history import CandleSource, iso_nanos
from ..protocol.rest_request import RestRequest, decode_json
from ..protocol.sequence import ProvedRule
from ..protocol.stream_request import StreamRequest
from ..protocol.venue import BookPlan, Endpoint, Limits, TradeIds, Venue

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
        # One request a second is recommended.
        rest_weight=60,
        rest_window=60.0,
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
        bids=("bids",),
        asks=("asks",),
        route=("symbol",),
        snapshot=("type",),
        time=("timestamp",),
        checksum=("checksum",),
        rows=RowShape(price="price", size="qty"),
        time_format="iso",
    )
    # {"error":[],"result":{"XXBTZUSD":{"asks":[["64001.2","0.05",1760000000]],"bids":[...]}}}
    SNAPSHOT = FrameShape(bids=("bids",), asks=("asks",))
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

    def instruments(self, body: bytes) -> list[Instrument]:
        try:
            answer = decode_json(body)
            if answer.get("error"):
                raise FrameError(f"{self.NAME}: {answer['error']}")
            return [self._instrument(entry) for entry in answer["result"].values() if "wsname" in entry]
        except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
            raise FrameError(f"{self.NAME}: AssetPairs could not be read: {error!r}") from error

    @staticmethod
    def _instrument(entry: Mapping[str, Any]) -> Instrument:
        # {"altname":"XBTUSD","wsname":"XBT/USD","base":"XXBT","quote":"ZUSD","pair_decimals":1,"lot_decimals":8,
        #  "tick_size":"0.1","status":"online",...}
        base, quote_asset = (MODERN.get(asset, asset) for asset in str(entry["wsname"]).split("/"))
        digits = (int(entry["pair_decimals"]), int(entry["lot_decimals"]))
        status = entry.get("status", "online")
        return Instrument(
            pair=Pair(base, quote_asset),
            symbol=f"{base}/{quote_asset}",
            tick=Decimal(entry.get("tick_size", Decimal(1).scaleb(-digits[0]))),
            lot=Decimal(1).scaleb(-digits[1]),
            status=status,
            trading=status in ("online", "post_only", "limit_only"),
            digits=digits,
            min_size=least(entry.get("ordermin")),
            min_notional=least(entry.get("costmin")),
        )

    def book_plan(self, instrument: Instrument, mode: str, levels: int) -> BookPlan:  # noqa: ARG002 - one mode
        depth = next((depth for depth in DEPTHS if depth >= levels), DEPTHS[-1])
        price, size = instrument.digits or (instrument.price_decimals, instrument.size_decimals)
        return BookPlan(
            instrument,
            f"book-{depth}:{instrument.symbol}",
            ProvedRule,
            route=instrument.symbol,
            in_band=True,
            window=depth,
            checksum=ChecksumRule(
                levels=10, spelling="digits", interleaved=False, price_decimals=price, size_decimals=size
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
            for trade in message["data"]:
                yield TradeEvent(f"trade:{trade['symbol']}", self._trade(trade), past)
        elif channel == "ticker":
            for ticker in message["data"]:
                yield Touch(ticker["symbol"], Decimal(str(ticker["bid"])), Decimal(str(ticker["ask"])))
        elif channel == "heartbeat":
            yield Beat()
        elif channel == "status" and message["data"][0]["system"] == "maintenance":
            yield Restarted("the venue is in maintenance")

    @staticmethod
    def _answers(message: Mapping[str, Any]) -> Iterable[Event]:
        # {"method":"subscribe","result":{"channel":"book","symbol":"BTC/USD","depth":100,...},"success":true,...}
        if message["method"] == "pong":
            yield Beat()
        elif not message.get("success", True):
            # {"method":"subscribe","success":false,"error":"Currency pair not supported XXX/USD","symbol":"XXX/USD",
            #  "req_id":10,...}   One answer a symbol; without one it is for the whole request.
            number, symbol = message.get("req_id"), message.get("symbol")
            if symbol and number is not None and message["method"] == "subscribe":
                stream = f"{CHANNELS[int(number) % 10]}:{symbol}"
                yield Rejected(str(message.get("error", "")), stream)
            else:
                yield Rejected(str(message.get("error", "")), request="" if number is None else str(number))
        elif message["method"] == "subscribe":
            result = message["result"]
            depth = f"-{result['depth']}" if "depth" in result else ""
            yield Confirmed((f"{result['channel']}{depth}:{result['symbol']}",))

    @staticmethod
    def _trade(data: Mapping[str, Any]) -> Trade:
        # {"symbol":"BTC/USD","side":"buy","price":64001.2,"qty":0.01,"ord_type":"market","trade_id":42,
        #  "timestamp":"2026-01-01T00:00:00.123456Z"}   side: of the taker.
        return Trade(
            symbol=data["symbol"],
            trade_id=str(data["trade_id"]),
            price=Decimal(str(data["price"])),
            size=Decimal(str(data["qty"])),
            side=Side.BUY if data["side"] == "buy" else Side.SELL,
            exchange_time=iso_nanos(data["timestamp"]),
        )

    def past_trades(self, instrument: Instrument, since: Trade | None) -> RestRequest | None:
        start = f"&since={since.exchange_time}" if since is not None else ""
        return RestRequest(f"/0/public/Trades?pair={quote(instrument.symbol)}&count=1000{start}")

    def read_past_trades(self, instrument: Instrument, body: bytes) -> list[Trade]:
        # {"error":[],"result":{"XXBTZUSD":[["64001.2","0.01",1760000000.1234,"b","m","",42]],"last":"176..."}}
        try:
            rows = next(iter(decode_json(body)["result"].values()))
            return [
                Trade(
                    instrument.symbol, str(row[6]), Decimal(row[0]), Decimal(row[1]),
                    Side.BUY if row[3] == "b" else Side.SELL, int(Decimal(str(row[2])) * 10**9),
                )
                for row in rows
            ]  # fmt: skip
        except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, StopIteration) as error:
            raise FrameError(f"{self.NAME}: trades could not be read: {error!r}") from error
