"""FTX spot, gone since November 2022: kept for recordings. A window of 100 levels, every frame proved by a checksum.

Facts from docs.ftx.com and the venue's own client, stored copies of 2020 to 2022, and frames recorded in 2021.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from orderbook_ext import PYTHON, ChecksumRule, FrameShape, TradeShape

from ..model import Instrument, Pair, Side, Trade
from ..protocol.candle_source import CandleSource
from ..protocol.events import Bbo, Confirmed, Event, Heartbeat, ReconnectRequest, Rejected, TradeEvent
from ..protocol.fields import amount, flag, identity, iso_nanos, one_of, positive, text
from ..protocol.rest_request import RestRequest
from ..protocol.sequence import ProvedRule
from ..protocol.stream_request import StreamRequest
from ..protocol.venue import BookPlan, Endpoint, Limits, Venue
from ..units import SECOND

MILLISECOND = 1_000_000
WINDOW = 100
SIDES = {"buy": Side.BUY, "sell": Side.SELL}
RESTARTING = 20001


class Ftx(Venue):
    """FTX spot."""

    NAME = "ftx"
    TITLE = "FTX"
    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {}
    LIMITS = Limits(
        rest_weight=30,
        rest_seconds=1.0,
        streams_per_connection=200,
        sends_per_second=10.0,
        connects_per_minute=30.0,
        max_age=30 * 86400.0,
        heartbeat=15.0,
        silence=30.0,
        dead=40.0,
    )
    # {"channel":"orderbook","market":"BTC-PERP","type":"update","data":{"time":1626992741.6,"checksum":123,
    #  "bids":[[19249.5,0.0]],"asks":[],"action":"update"}}   many are empty: something changed beyond the window
    DEPTH = FrameShape(
        bids=(".data.bids",),
        asks=(".data.asks",),
        route=(".market",),
        snapshot=(".type",),
        snapshot_words=("partial",),
        time=(".data.time",),
        checksum=(".data.checksum",),
        time_format="seconds",
    )
    TRADES = TradeShape(
        prefix="trades:", symbol_of_all=".market", rows=".data", kind=".channel", kinds=("trades",), also=".type",
        also_words=("update",), id="id", price="price", size="size", side="side", buys=("buy",), sells=("sell",),
        time="time", time_format="iso",
    )  # fmt: skip
    # {"success":true,"result":{"bids":[[1151.0,0.36]],"asks":[[1153.5,13.326]]}}
    REST_DEPTH = FrameShape(bids=(".result.bids",), asks=(".result.asks",))
    BOOK_MODES = ("diff",)
    THROTTLED = ("Do not send more",)
    # {"success":true,"result":[{"startTime":"2021-07-22T22:25:00+00:00","time":1626992700000.0,"open":1,"high":1,
    #  "low":1,"close":1,"volume":464193.9}]}   the volume is in the quote asset
    CANDLES = CandleSource(
        path=lambda item, word, start, end, _rows: (
            f"/api/markets/{quote(item.symbol)}/candles?resolution={word}&start_time={start // SECOND}"
            f"&end_time={end // SECOND - 1}"
        ),
        words={seconds: str(seconds) for seconds in (15, 60, 300, 900, 3600, 14400, 86400)},
        rows=("result",),
        columns={
            "open_time": "time", "open": "open", "high": "high", "low": "low", "close": "close",
            "quote_volume": "volume",
        },
        time_unit=MILLISECOND,
        limit=1501,
    )  # fmt: skip

    def discovery(self) -> RestRequest:
        return RestRequest("/api/markets", timeout=20.0)

    def instrument_rows(self, answer: Any) -> Any:
        return answer["result"]

    def instrument(self, row: Any) -> Instrument | None:
        # {"name":"BTC/USD","type":"spot","baseCurrency":"BTC","quoteCurrency":"USD","priceIncrement":1.0,
        #  "sizeIncrement":0.0001,"enabled":true,...}
        if text(row["type"]) != "spot":
            return None
        enabled = flag(row["enabled"])
        return Instrument(
            pair=Pair(text(row["baseCurrency"]), text(row["quoteCurrency"])),
            symbol=text(row["name"]),
            tick=positive(row["priceIncrement"]),
            lot=positive(row["sizeIncrement"]),
            status="enabled" if enabled else "disabled",
            trading=enabled,
        )

    def refusal(self, answer: Any) -> str:
        # {"success":false,"error":"Do not send more than 30 requests per second"}
        return "" if flag(answer.get("success", True)) else str(answer.get("error", "")) or "error"

    def book_plan(self, instrument: Instrument, mode: str, levels: int) -> BookPlan:  # noqa: ARG002 - depth is fixed
        return BookPlan(
            instrument,
            f"orderbook:{instrument.symbol}",
            ProvedRule,
            route=instrument.symbol,
            in_band=True,
            window=WINDOW,
            checksum=ChecksumRule(levels=WINDOW, price=PYTHON, size=PYTHON),
            audit=RestRequest(f"/api/markets/{quote(instrument.symbol)}/orderbook?depth={WINDOW}"),
        )

    def trade_stream(self, instrument: Instrument) -> str:
        return f"trades:{instrument.symbol}"

    def ticker_stream(self, instrument: Instrument) -> str:
        return f"ticker:{instrument.symbol}"

    def stream_path(self, streams: Sequence[str]) -> str:  # noqa: ARG002 - streams are subscribed by message
        return "/ws/"

    def request(self, begin: bool, streams: Sequence[str], number: int) -> StreamRequest:  # noqa: ARG002 - not repeated
        channel, _, market = streams[0].partition(":")
        message = {"op": "subscribe" if begin else "unsubscribe", "channel": channel, "market": market}
        return StreamRequest(json.dumps(message), tuple(streams))

    def heartbeat(self) -> str | None:
        return '{"op":"ping"}'

    def events(self, message: Any) -> Iterable[Event]:
        # {"type":"subscribed","channel":"orderbook","market":"BTC-PERP"}   {"type":"pong"}
        # {"type":"error","code":404,"msg":"No such market: FOO"}   {"type":"info","code":20001,"msg":"..."}
        kind, channel = message["type"], message.get("channel", "")
        stream = f"{channel}:{message.get('market', '')}"
        if kind == "subscribed":
            yield Confirmed((stream,))
        elif kind == "error":
            yield Rejected(f"{message.get('code')} {message.get('msg', '')}".strip())
        elif kind == "info" and message.get("code") == RESTARTING:
            yield ReconnectRequest(str(message.get("msg", "")))
        elif channel == "trades" and message.get("data"):
            market = text(message["market"])
            yield from self.parts(stream, message["data"], lambda row: TradeEvent(stream, self._trade(market, row)))
        elif channel == "ticker" and "data" in message:
            yield from self.part(stream, message["data"], lambda row: _touch(text(message["market"]), row))
        elif channel != "orderbook" or "data" not in message:
            yield Heartbeat()

    @staticmethod
    def _trade(market: str, row: Mapping[str, Any]) -> Trade:
        # {"id":100,"price":19251.0,"size":0.01,"side":"buy","liquidation":false,
        #  "time":"2021-07-22T22:25:41.601234+00:00"}   side: of the taker
        return Trade(
            symbol=market,
            trade_id=identity(row["id"]),
            price=positive(row["price"]),
            size=positive(row["size"]),
            side=one_of(row["side"], SIDES),
            exchange_time=iso_nanos(row["time"]),
        )

    def past_trades(self, instrument: Instrument, since: Trade | None) -> RestRequest | None:
        start = f"?start_time={since.exchange_time // SECOND}" if since is not None else ""
        return RestRequest(f"/api/markets/{quote(instrument.symbol)}/trades{start}")

    def trade_rows(self, answer: Any) -> Any:
        return answer["result"]

    def past_trade(self, instrument: Instrument, row: Any) -> Trade | None:
        return self._trade(instrument.symbol, row)


def _touch(market: str, data: Mapping[str, Any]) -> Event:
    """The best prices of a ticker; no more than a beat while a side is empty."""
    if data["bid"] is None or data["ask"] is None or not amount(data["bid"]) or not amount(data["ask"]):
        return Heartbeat()
    return Bbo(market, positive(data["bid"]), positive(data["ask"]))
