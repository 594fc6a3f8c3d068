"""Bitstamp: diff channel joined to a cached REST book by microtimestamps, or the stateless top-100 channel.

Facts from bitstamp.net/websocket/v2 and bitstamp.net/api, stored copies of 2026.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from orderbook_ext import FrameShape

from ..errors import FrameError
from ..model import Instrument, Pair, Side, Trade, least
from ..protocol.events import Beat, Confirmed, Event, ReconnectRequest, Rejected, TradeEvent
from ..protocol.history import CandleSource
from ..protocol.rest_request import RestRequest, decode_json
from ..protocol.sequence import RisingRule, StatelessRule
from ..protocol.stream_request import StreamRequest
from ..protocol.venue import BookPlan, Endpoint, Limits, Venue

MICROSECOND = 1_000


class Bitstamp(Venue):
    """Bitstamp spot."""

    NAME = "bitstamp"
    TITLE = "Bitstamp"
    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {
        "default": Endpoint("wss://ws.bitstamp.net", "https://www.bitstamp.net"),
    }
    LIMITS = Limits(
        rest_weight=10_000,
        rest_window=600.0,
        streams_per_connection=200,
        sends_per_second=20.0,
        connects_per_minute=30.0,
        max_age=90 * 86400.0,
        heartbeat=30.0,
        silence=20.0,
        dead=75.0,
        # Holes cannot be seen (RisingRule, 6), and stuck levels were reported after hours.
        refresh=1200.0,
    )
    # {"event":"data","channel":"diff_order_book_btcusd","data":{"timestamp":"1760000000",
    #  "microtimestamp":"1760000000123456","bids":[["64001","0.50000000"],["63990","0.00000000"]],"asks":[]}}
    # REST: {"timestamp":"...","microtimestamp":"...","bids":[["64001","0.5"]],"asks":[...]}
    DEPTH = FrameShape(
        bids=("bids",),
        asks=("asks",),
        route=("channel",),
        first_id=("microtimestamp",),
        last_id=("microtimestamp",),
        time=("microtimestamp",),
    )

    # {"data":{"pair":"BTC/USD","ohlc":[{"timestamp":"1760000000","open":"1","high":"1","low":"1","close":"1",
    #  "volume":"0.5"}]}}
    CANDLES = CandleSource(
        path=lambda item, word, start, end, rows: (
            f"/api/v2/ohlc/{item.symbol}/?step={word}&limit={rows}&start={start // 10**9}&end={end // 10**9 - 1}"
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

    def instruments(self, body: bytes) -> list[Instrument]:
        try:
            return [self._instrument(entry) for entry in decode_json(body)]
        except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
            raise FrameError(f"{self.NAME}: trading-pairs-info could not be read: {error!r}") from error

    @staticmethod
    def _instrument(entry: Mapping[str, Any]) -> Instrument:
        # {"name":"BTC/USD","url_symbol":"btcusd","base_decimals":8,"counter_decimals":2,"minimum_order":"10 USD",
        #  "trading":"Enabled",...}
        base, quote = entry["name"].split("/")
        minimum, _, asset = entry.get("minimum_order", "").partition(" ")
        return Instrument(
            pair=Pair(base, quote),
            symbol=entry["url_symbol"],
            tick=Decimal(1).scaleb(-int(entry["counter_decimals"])),
            lot=Decimal(1).scaleb(-int(entry["base_decimals"])),
            status=entry["trading"],
            trading=entry["trading"] == "Enabled",
            min_notional=least(minimum if asset == quote else None),
        )

    def book_plan(self, instrument: Instrument, mode: str, levels: int) -> BookPlan:  # noqa: ARG002 - depth is fixed
        if mode == "partial":
            return BookPlan(instrument, f"order_book_{instrument.symbol}", StatelessRule, MICROSECOND)
        # group=1: equal prices in one row.
        snapshot = RestRequest(f"/api/v2/order_book/{instrument.symbol}/?group=1")
        return BookPlan(instrument, f"diff_order_book_{instrument.symbol}", RisingRule, MICROSECOND, snapshot=snapshot)

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
            yield TradeEvent(channel, self._trade(channel, message["data"]))
        elif kind == "bts:subscription_succeeded":
            yield Confirmed((channel,))
        elif kind == "bts:request_reconnect":
            yield ReconnectRequest("the venue asked for a reconnect")
        elif kind == "bts:error":
            yield Rejected(str(message["data"].get("message", "")), channel)
        elif kind == "bts:heartbeat":
            yield Beat()

    @staticmethod
    def _trade(channel: str, data: Mapping[str, Any]) -> Trade:
        # {"id":500,"amount":0.01,"amount_str":"0.01000000","price":64001,"price_str":"64001","type":0,
        #  "timestamp":"1760000000","microtimestamp":"1760000000123000",...}   type: 0 buy, 1 sell, of the taker.
        return Trade(
            symbol=channel.removeprefix("live_trades_"),
            trade_id=str(data["id"]),
            price=Decimal(data["price_str"]),
            size=Decimal(data["amount_str"]),
            side=Side.SELL if data["type"] else Side.BUY,
            exchange_time=int(data["microtimestamp"]) * MICROSECOND,
        )

    def past_trades(self, instrument: Instrument, since: Trade | None) -> RestRequest | None:  # noqa: ARG002
        # minute, hour or day: the shortest that a lost connection does not outlive.
        return RestRequest(f"/api/v2/transactions/{instrument.symbol}/?time=hour")

    def read_past_trades(self, instrument: Instrument, body: bytes) -> list[Trade]:
        # [{"date":"1760000000","tid":"500","amount":"0.01000000","type":"0","price":"64001"}]
        try:
            return [
                Trade(
                    instrument.symbol, str(row["tid"]), Decimal(row["price"]), Decimal(row["amount"]),
                    Side.SELL if int(row["type"]) else Side.BUY, int(row["date"]) * 10**9,
                )
                for row in decode_json(body)
            ]  # fmt: skip
        except (LookupError, TypeError, ValueError, ArithmeticError) as error:
            raise FrameError(f"{self.NAME}: transactions could not be read: {error!r}") from error
