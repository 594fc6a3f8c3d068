"""Bitstamp: diff channel joined to a cached REST book by microtimestamps, or the stateless top-100 channel.

Facts from bitstamp.net/websocket/v2 and bitstamp.net/api, stored copies of 2026.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from orderbook_ext import FrameShape, TradeShape

from ..model import Instrument, Pair, Side, Trade
from ..protocol.candle_source import CandleSource
from ..protocol.events import Confirmed, Event, Heartbeat, ReconnectRequest, Rejected, TradeEvent
from ..protocol.fields import identity, least, moment, positive, step, text, whole
from ..protocol.rest_request import RestRequest
from ..protocol.sequence import RisingRule, StatelessRule
from ..protocol.stream_request import StreamRequest
from ..protocol.venue import BookPlan, Endpoint, Limits, Venue
from ..units import SECOND

MICROSECOND = 1_000
SIDES = (Side.BUY, Side.SELL)


class Bitstamp(Venue):
    """Bitstamp spot."""

    NAME = "bitstamp"
    TITLE = "Bitstamp"
    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {
        "default": Endpoint("wss://ws.bitstamp.net", "https://www.bitstamp.net"),
    }
    LIMITS = Limits(
        rest_weight=10_000,
        rest_seconds=600.0,
        streams_per_connection=200,
        sends_per_second=20.0,
        connects_per_minute=30.0,
        max_age=90 * 86400.0,
        heartbeat=30.0,
        silence=20.0,
        dead=75.0,
        # Gaps cannot be seen (RisingRule, 6), and stuck levels were reported after hours.
        refresh=1200.0,
    )
    # {"event":"data","channel":"diff_order_book_btcusd","data":{"timestamp":"1760000000",
    #  "microtimestamp":"1760000000123456","bids":[["64001","0.50000000"],["63990","0.00000000"]],"asks":[]}}
    # REST: {"timestamp":"...","microtimestamp":"...","bids":[["64001","0.5"]],"asks":[...]}
    DEPTH = FrameShape(
        bids=(".data.bids", ".bids"),
        asks=(".data.asks", ".asks"),
        route=(".channel",),
        first_id=(".data.microtimestamp", ".microtimestamp"),
        last_id=(".data.microtimestamp", ".microtimestamp"),
        time=(".data.microtimestamp", ".microtimestamp"),
    )
    # {"data":{...see _trade()...},"channel":"live_trades_btcusd","event":"trade"}
    TRADES = TradeShape(
        stream=".channel", prefix="live_trades_", rows=".data", form="object", kind=".event", kinds=("trade",), id="id",
        price="price_str", size="amount_str", side="type", buys=("0",), sells=("1",), time="microtimestamp",
        time_unit=MICROSECOND,
    )  # fmt: skip
    THROTTLED = ("400.002",)
    # {"data":{"pair":"BTC/USD","ohlc":[{"timestamp":"1760000000","open":"1","high":"1","low":"1","close":"1",
    #  "volume":"0.5"}]}}
    CANDLES = CandleSource(
        path=lambda item, word, start, end, rows: (
            f"/api/v2/ohlc/{quote(item.symbol)}/?step={word}&limit={rows}&start={start // 10**9}&end={end // 10**9 - 1}"
        ),
        words={
            seconds: str(seconds)
            for seconds in (60, 180, 300, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 259200)
        },
        rows=("data", "ohlc"),
        columns={"open_time": "timestamp", **{name: name for name in ("open", "high", "low", "close", "volume")}},
        limit=1000,
    )

    def discovery(self) -> RestRequest:
        return RestRequest("/api/v2/trading-pairs-info/", timeout=20.0)

    def instrument_rows(self, answer: Any) -> Any:
        return answer

    def instrument(self, row: Any) -> Instrument | None:
        # {"name":"BTC/USD","url_symbol":"btcusd","base_decimals":8,"counter_decimals":2,"minimum_order":"10 USD",
        #  "trading":"Enabled",...}
        base, quote_asset = text(row["name"]).split("/")
        minimum, _, asset = (row.get("minimum_order") or "").partition(" ")
        return Instrument(
            pair=Pair(base, quote_asset),
            symbol=text(row["url_symbol"]),
            tick=step(row["counter_decimals"]),
            lot=step(row["base_decimals"]),
            status=text(row["trading"]),
            trading=row["trading"] == "Enabled",
            min_notional=least(minimum if asset == quote_asset else None),
        )

    def book_plan(self, instrument: Instrument, mode: str, levels: int) -> BookPlan:  # noqa: ARG002 - depth is fixed
        if mode == "partial":
            return BookPlan(instrument, f"order_book_{instrument.symbol}", StatelessRule, MICROSECOND)
        # group=1: equal prices in one row.
        snapshot = RestRequest(f"/api/v2/order_book/{quote(instrument.symbol)}/?group=1")
        return BookPlan(
            instrument, f"diff_order_book_{instrument.symbol}", RisingRule, MICROSECOND, rest_snapshot=snapshot
        )

    def trade_stream(self, instrument: Instrument) -> str:
        return f"live_trades_{instrument.symbol}"

    def stream_path(self, streams: Sequence[str]) -> str:  # noqa: ARG002 - streams are subscribed by message
        return "/"

    def request(self, begin: bool, streams: Sequence[str], number: int) -> StreamRequest:  # noqa: ARG002 - not repeated
        event = "bts:subscribe" if begin else "bts:unsubscribe"
        return StreamRequest(json.dumps({"event": event, "data": {"channel": streams[0]}}), tuple(streams))

    def heartbeat(self) -> str | None:
        return '{"event":"bts:heartbeat"}'

    def events(self, message: Any) -> Iterable[Event]:
        kind, channel = message["event"], message.get("channel", "")
        if kind == "trade":
            yield from self.part(
                channel, message.get("data"), lambda row: TradeEvent(channel, self._trade(channel, row))
            )
        elif kind == "bts:subscription_succeeded":
            yield Confirmed((channel,))
        elif kind == "bts:request_reconnect":
            yield ReconnectRequest("the venue asked for a reconnect")
        elif kind == "bts:error":
            yield Rejected(str(message["data"].get("message", "")), channel)
        elif kind == "bts:heartbeat":
            yield Heartbeat()

    @staticmethod
    def _trade(channel: str, data: Mapping[str, Any]) -> Trade:
        # {"id":500,"amount":0.01,"amount_str":"0.01000000","price":64001,"price_str":"64001","type":0,
        #  "timestamp":"1760000000","microtimestamp":"1760000000123000",...}   type: 0 buy, 1 sell, of the taker.
        return Trade(
            symbol=channel.removeprefix("live_trades_"),
            trade_id=identity(data["id"]),
            price=positive(data["price_str"]),
            size=positive(data["amount_str"]),
            side=SIDES[whole(data["type"], 0, 1)],
            exchange_time=moment(data["microtimestamp"], MICROSECOND),
        )

    def past_trades(self, instrument: Instrument, since: Trade | None) -> RestRequest | None:  # noqa: ARG002
        # minute, hour or day: the shortest that a lost connection does not outlive.
        return RestRequest(f"/api/v2/transactions/{quote(instrument.symbol)}/?time=hour")

    def past_trade(self, instrument: Instrument, row: Any) -> Trade | None:
        # [{"date":"1760000000","tid":"500","amount":"0.01000000","type":"0","price":"64001"}]
        return Trade(
            symbol=instrument.symbol,
            trade_id=identity(row["tid"]),
            price=positive(row["price"]),
            size=positive(row["amount"]),
            side=SIDES[whole(row["type"], 0, 1)],
            exchange_time=moment(row["date"], SECOND),
        )

    def refusal(self, answer: Any) -> str:
        # {"status":"error","reason":"Request rate limit exceeded.","code":"400.002"}
        if not isinstance(answer, Mapping) or answer.get("status") != "error":
            return ""
        return f"{answer.get('code', '')} {answer.get('reason', '')}".strip() or "error"
