"""OKX, websocket v5, spot and perpetual swaps: linked frames in a window of 400 levels, begun in the stream or by REST.

Facts from okx.com/docs-v5 and its change log, stored copies of 2026, and frames recorded in 2021 and 2022.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import quote

from orderbook_ext import ChecksumRule, FrameShape, TradeShape

from ..model import Instrument, MarketKind, Pair, Side, Trade
from ..protocol.candle_source import CandleSource, OpenInterest
from ..protocol.events import Confirmed, Event, Heartbeat, OpenInterestUpdate, ReconnectRequest, Rejected, TradeEvent
from ..protocol.fields import amount, identity, least, moment, one_of, positive, repeated, text
from ..protocol.readings import Readings
from ..protocol.rest_request import RestRequest
from ..protocol.sequence import LinkRule, StatelessRule
from ..protocol.stream_request import StreamRequest
from ..protocol.venue import BookPlan, Endpoint, Limits, Venue

MILLISECOND = 1_000_000
WINDOW = 400
SIDES = {"buy": Side.BUY, "sell": Side.SELL}
BOOKS = ("books", "books5", "bbo-tbt")
WRONG_NAME = re.compile(r"channel:([^,\s]+),instId:(\S+) doesn't exist")
# Bars of six hours and more begin at midnight in Hong Kong unless they are named so.
BARS = {
    60: "1m", 180: "3m", 300: "5m", 900: "15m", 1800: "30m", 3600: "1H", 7200: "2H", 14400: "4H", 21600: "6Hutc",
    43200: "12Hutc", 86400: "1Dutc", 172800: "2Dutc", 259200: "3Dutc", 604800: "1Wutc",
}  # fmt: skip
SERVICE_UPGRADE = "64008"


def candles_path(instrument: Instrument, word: str, start: int, end: int, rows: int) -> str:
    """`after` and `before` are both not included, and read backwards. The other endpoint knows 1440 rows only."""
    times = f"after={end // MILLISECOND}&before={start // MILLISECOND - 1}"
    return f"/api/v5/market/history-candles?instId={quote(instrument.symbol)}&bar={word}&{times}&limit={rows}"


# {"code":"0","msg":"","data":[["1597026383085","o","h","l","c","vol","volCcy","volCcyQuote","1"]]}, newest first
OKX_CANDLES = CandleSource(
    path=candles_path,
    words=BARS,
    rows=("data",),
    columns={
        "open_time": 0, "open": 1, "high": 2, "low": 3, "close": 4, "volume": 5, "quote_volume": 7, "closed": 8,
    },
    time_unit=MILLISECOND,
    limit=300,
)  # fmt: skip


class Okx(Venue):
    """OKX spot."""

    NAME = "okx"
    TITLE = "OKX"
    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {
        "default": Endpoint("wss://ws.okx.com:8443", "https://www.okx.com"),
        "eea": Endpoint("wss://wseea.okx.com:8443", "https://eea.okx.com"),
        "us": Endpoint("wss://wsus.okx.com:8443", "https://us.okx.com"),
    }
    LIMITS = Limits(
        # Budgets are by path: 40 books, 100 trades, 20 of most others in two seconds.
        rest_weight=20,
        rest_seconds=2.0,
        # No more than 30 books a connection are recommended.
        streams_per_connection=60,
        # 480 requests an hour; each of ours names many streams.
        sends_per_second=3.0,
        # 3 a second from one address.
        connects_per_minute=90.0,
        max_age=30 * 86400.0,
        # The venue cuts what is silent for 30 s.
        heartbeat=20.0,
        silence=30.0,
        dead=45.0,
        resubscribe_pause=0.2,
        # 64 KB are allowed.
        request_names=100,
        request_bytes=64_000,
    )
    # {"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update","data":[{"asks":[],"bids":[["64001.1","0","0",
    #  "0"]],"ts":"1760000000100","checksum":0,"seqId":107,"prevSeqId":100}]}
    # REST: {"code":"0","msg":"","data":[{"asks":[["64001.2","0.05","0","1"]],"bids":[...],"ts":"...","seqId":100}]}
    DEPTH = FrameShape(
        bids=(".data.bids",),
        asks=(".data.asks",),
        route=(".arg.instId",),
        snapshot=(".action",),
        last_id=(".data.seqId",),
        previous_id=(".data.prevSeqId",),
        time=(".data.ts",),
        checksum=(".data.checksum",),
    )
    TRADES = TradeShape(
        prefix="trades:", symbol_of_all=".arg.instId", rows=".data", kind=".arg.channel", kinds=("trades",),
        symbol="instId", id="tradeId", price="px", size="sz", side="side", buys=("buy",), sells=("sell",), time="ts",
        time_unit=MILLISECOND,
    )  # fmt: skip
    CANDLES = OKX_CANDLES
    THROTTLED = ("50011", "50061")
    INSTRUMENTS: ClassVar[str] = "SPOT"
    """What the venue calls instruments of this kind."""

    def discovery(self) -> RestRequest:
        return RestRequest(f"/api/v5/public/instruments?instType={self.INSTRUMENTS}", timeout=20.0)

    def instrument_rows(self, answer: Any) -> Any:
        return answer["data"]

    def instrument(self, row: Any) -> Instrument | None:
        # {"instId":"BTC-USDT","baseCcy":"BTC","quoteCcy":"USDT","tickSz":"0.1","lotSz":"0.00000001","state":"live",...}
        return Instrument(
            pair=Pair(text(row["baseCcy"]), text(row["quoteCcy"])),
            symbol=text(row["instId"]),
            tick=positive(row["tickSz"]),
            lot=positive(row["lotSz"]),
            status=text(row["state"]),
            trading=row["state"] == "live",
            min_size=least(row.get("minSz")),
        )

    def refusal(self, answer: Any) -> str:
        # {"code":"50011","msg":"Too Many Requests","data":[]}
        return f"{answer['code']} {answer.get('msg', '')}".strip() if answer.get("code", "0") != "0" else ""

    def book_plan(self, instrument: Instrument, mode: str, levels: int) -> BookPlan:
        symbol = instrument.symbol
        if mode == "partial":
            channel = "bbo-tbt" if levels <= 1 else "books5"
            return BookPlan(instrument, f"{channel}:{symbol}", StatelessRule, MILLISECOND, route=symbol)
        # Whether the stream brings its snapshot, or REST is to, was about to change in 2026: both are understood.
        book = RestRequest(f"/api/v5/market/books?instId={quote(symbol)}&sz={WINDOW}")
        return BookPlan(
            instrument,
            f"books:{symbol}",
            LinkRule,
            MILLISECOND,
            route=symbol,
            rest_snapshot=book,
            snapshot_levels=WINDOW,
            in_band=True,
            window=WINDOW,
            # Given up in June 2026, always 0 since then; recordings have it.
            checksum=ChecksumRule(levels=25),
            audit=book,
        )

    def trade_stream(self, instrument: Instrument) -> str:
        # One message an order and price, under the id of the last match: ids rise by `count`. There is no ticker to
        # compare books with: recorded ones tell prices that are seconds old.
        return f"trades:{instrument.symbol}"

    def stream_path(self, streams: Sequence[str]) -> str:  # noqa: ARG002 - streams are subscribed by message
        return "/ws/v5/public"

    def request(self, begin: bool, streams: Sequence[str], number: int) -> StreamRequest:
        """Streams are named channel:instrument."""
        named = [dict(zip(("channel", "instId"), stream.split(":", 1), strict=True)) for stream in streams]
        message = {"id": str(number), "op": "subscribe" if begin else "unsubscribe", "args": named}
        return StreamRequest(json.dumps(message), tuple(streams), str(number))

    def heartbeat(self) -> str | None:
        return "ping"

    def read(self, frame: bytes) -> Sequence[Event]:
        return (Heartbeat(),) if frame == b"pong" else super().read(frame)

    def events(self, message: Any) -> Iterable[Event]:
        if "event" in message:
            yield self._control(message)
            return
        channel, symbol = message["arg"]["channel"], message["arg"]["instId"]
        if channel in BOOKS:
            return
        yield Heartbeat()  # No event at all would make it a depth frame of its instrument that cannot be read.
        stream = f"{channel}:{text(symbol)}"
        if channel == "trades":
            yield from self.parts(stream, message.get("data"), lambda row: TradeEvent(stream, self._trade(row)))
        elif channel == "open-interest":
            yield from self.parts(
                stream,
                message.get("data"),
                lambda row: OpenInterestUpdate(stream, amount(row["oi"]), moment(row["ts"], MILLISECOND)),
            )

    @staticmethod
    def _control(message: Mapping[str, Any]) -> Event:
        # {"event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":"a4d3ae55"}, one for each name
        # {"id":"1","event":"error","code":"60018","msg":"Wrong URL or channel:books,instId:X-Y doesn't exist. ...",...}
        # {"event":"notice","code":"64008","msg":"The connection will soon be closed...","connId":"..."}
        kind = message["event"]
        if kind == "subscribe":
            return Confirmed((f"{message['arg']['channel']}:{message['arg'].get('instId', '')}",))
        if kind == "error":
            reason = f"{message.get('code')} {message.get('msg', '')}".strip()
            bad = WRONG_NAME.search(reason)
            # Names are refused one by one, all else with the whole request.
            if bad is not None:
                return Rejected(reason, f"{bad[1]}:{bad[2]}")
            return Rejected(reason, request=repeated(message.get("id")))
        if kind == "notice" and message.get("code") == SERVICE_UPGRADE:
            return ReconnectRequest(str(message.get("msg", "the venue upgrades its service")))
        return Heartbeat()

    @staticmethod
    def _trade(data: Mapping[str, Any]) -> Trade:
        # {"instId":"BTC-USDT","tradeId":"10","px":"64001.2","sz":"0.01","side":"buy","ts":"1760000000100","count":"1"}
        return Trade(
            symbol=text(data["instId"]),
            trade_id=identity(data["tradeId"]),
            price=positive(data["px"]),
            size=positive(data["sz"]),
            side=one_of(data["side"], SIDES),
            exchange_time=moment(data["ts"], MILLISECOND),
        )

    def past_trades(self, instrument: Instrument, since: Trade | None) -> RestRequest | None:  # noqa: ARG002
        return RestRequest(f"/api/v5/market/trades?instId={quote(instrument.symbol)}&limit=500")

    def trade_rows(self, answer: Any) -> Any:
        return answer["data"]

    def past_trade(self, instrument: Instrument, row: Any) -> Trade | None:  # noqa: ARG002 - rows name it
        return self._trade(row)

    def read_past_trades(self, instrument: Instrument, body: bytes) -> Readings[Trade]:
        """Single matches: those of one order at one price become one trade, as the stream has them."""
        matches = super().read_past_trades(instrument, body)
        trades: Readings[Trade] = Readings(unread=matches.unread)
        for match in sorted(matches, key=lambda trade: trade.number):
            if trades and replace(trades[-1], trade_id=match.trade_id, size=match.size) == match:
                match = replace(match, size=match.size + trades.pop().size)
            trades.append(match)
        return trades


class OkxSwap(Okx):
    """OKX perpetual swaps. Sizes count contracts."""

    NAME = "okx_swap"
    TITLE = "OKX Swap"
    MARKET_KIND = MarketKind.PERPETUAL
    INSTRUMENTS = "SWAP"
    # volCcy is the volume in coins.
    CANDLES = replace(OKX_CANDLES, columns={**OKX_CANDLES.columns, "volume": 6})

    def instrument(self, row: Any) -> Instrument | None:
        # {"instId":"BTC-USD-SWAP","uly":"BTC-USD","ctVal":"100","ctMult":"1","ctValCcy":"USD","ctType":"inverse",...}
        base, quote_asset = text(row["uly"]).split("-")
        return Instrument(
            pair=Pair(base, quote_asset),
            symbol=text(row["instId"]),
            tick=positive(row["tickSz"]),
            lot=positive(row["lotSz"]),
            status=text(row["state"]),
            trading=row["state"] == "live",
            contract=positive(row["ctVal"]) * positive(row["ctMult"]),
            inverse=one_of(row["ctType"], {"inverse": True, "linear": False}),
            min_size=least(row.get("minSz")),
        )

    def interest_stream(self, instrument: Instrument) -> str:
        return f"open-interest:{instrument.symbol}"

    def open_interest(self, instrument: Instrument) -> RestRequest | None:
        return RestRequest(f"/api/v5/public/open-interest?instType=SWAP&instId={quote(instrument.symbol)}")

    def interest(self, instrument: Instrument, answer: Any) -> OpenInterest:  # noqa: ARG002 - coins for all
        # {"code":"0","data":[{"instType":"SWAP","instId":"BTC-USDT-SWAP","oi":"5000","oiCcy":"50","ts":"176..."}]}
        row = answer["data"][0]
        return OpenInterest(amount(row["oiCcy"]), moment(row["ts"], MILLISECOND))
