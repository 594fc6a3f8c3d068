"""Deribit perpetuals, JSON-RPC over websocket: a book snapshot in the stream, then changes that name the one before.

Facts from docs.deribit.com, stored copies to 2026, and frames recorded in 2021.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from orderbook_ext import FrameShape, RowShape, TradeShape

from ..model import Instrument, MarketKind, Pair, Side, Trade
from ..protocol.candle_source import CandleSource, OpenInterest
from ..protocol.events import (
    Bbo,
    Confirmed,
    Event,
    Heartbeat,
    OpenInterestUpdate,
    Rejected,
    Reply,
    Restarted,
    TradeEvent,
)
from ..protocol.fields import amount, flag, identity, moment, one_of, positive, text
from ..protocol.rest_request import RestRequest
from ..protocol.sequence import LinkRule
from ..protocol.stream_request import StreamRequest
from ..protocol.venue import BookPlan, Endpoint, Limits, TradeIds, Venue

MILLISECOND = 1_000_000
SIDES = {"buy": Side.BUY, "sell": Side.SELL}
# The shortest pace without a login.
PACE = "100ms"
PLATFORM = "platform_state"
HEARTBEAT = 10
AUDITED = 1000
RESOLUTIONS = {minutes * 60: str(minutes) for minutes in (1, 3, 5, 10, 15, 30, 60, 120, 180, 360, 720)}
TEST = '{"jsonrpc":"2.0","id":"test","method":"public/test","params":{}}'


class Deribit(Venue):
    """Deribit perpetuals: inverse ones, whose sizes are dollars, and linear ones in coins."""

    NAME = "deribit"
    TITLE = "Deribit"
    MARKET_KIND = MarketKind.PERPETUAL
    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {
        "default": Endpoint("wss://www.deribit.com", "https://www.deribit.com"),
        "streams": Endpoint("wss://streams.deribit.com", "https://www.deribit.com"),
        "testnet": Endpoint("wss://test.deribit.com", "https://test.deribit.com"),
    }
    LIMITS = Limits(
        # 500 of 50,000 credits a request, 10,000 of which come back every second.
        rest_weight=100,
        rest_seconds=5.0,
        streams_per_connection=400,
        # Requests to subscribe are dearer than others.
        sends_per_second=3.0,
        # 32 connections an address.
        connects_per_minute=30.0,
        max_age=30 * 86400.0,
        silence=30.0,
        # The venue beats when it has nothing else to say.
        dead=3.0 * HEARTBEAT,
        # A snapshot may be lost if the end of the subscription is not acknowledged first.
        resubscribe_pause=0.5,
        request_names=25,
    )
    # {"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.BTC-PERPETUAL.100ms","data":{"type":"change",
    #  "timestamp":1760000000100,"instrument_name":"BTC-PERPETUAL","change_id":912,"prev_change_id":900,
    #  "bids":[["change",64001.0,4000.0]],"asks":[["delete",64001.5,0.0]]}}}
    DEPTH = FrameShape(
        bids=(".params.data.bids",),
        asks=(".params.data.asks",),
        route=(".params.channel",),
        snapshot=(".params.data.type",),
        last_id=(".params.data.change_id",),
        previous_id=(".params.data.prev_change_id",),
        time=(".params.data.timestamp",),
        rows=RowShape(price=1, size=2),
    )
    TRADES = TradeShape(
        stream=".params.channel", rows=".params.data", kind=".params.channel", kinds=("trades.*",), also=".method",
        also_words=("subscription",), top=(".jsonrpc",), symbol="instrument_name", id="trade_seq", price="price",
        size="amount", side="direction", buys=("buy",), sells=("sell",), time="timestamp", time_unit=MILLISECOND,
    )  # fmt: skip
    # {"jsonrpc":"2.0","result":{"timestamp":176...,"change_id":912,"bids":[[64001.0,4000.0]],"asks":[...],...}}
    REST_DEPTH = FrameShape(
        bids=(".result.bids",), asks=(".result.asks",), last_id=(".result.change_id",), time=(".result.timestamp",)
    )
    BOOK_MODES = ("diff",)
    TRADE_IDS = TradeIds.CONSECUTIVE
    THROTTLED = ("10028",)
    # {"result":{"ticks":[176...],"open":[...],"high":[...],"low":[...],"close":[...],"volume":[...],"cost":[...],
    #  "status":"ok"}}   volume in coins, cost in the quote asset
    CANDLES = CandleSource(
        path=lambda item, word, start, end, _rows: (
            f"/api/v2/public/get_tradingview_chart_data?instrument_name={quote(item.symbol)}&resolution={word}"
            f"&start_timestamp={start // MILLISECOND}&end_timestamp={end // MILLISECOND - 1}"
        ),
        words={**RESOLUTIONS, 86400: "1D"},
        rows=("result",),
        columnar=True,
        columns={
            "open_time": "ticks", "open": "open", "high": "high", "low": "low", "close": "close", "volume": "volume",
            "quote_volume": "cost",
        },
        time_unit=MILLISECOND,
        limit=5000,
    )  # fmt: skip

    def discovery(self) -> RestRequest:
        return RestRequest("/api/v2/public/get_instruments?currency=any&kind=future", timeout=20.0)

    def instrument_rows(self, answer: Any) -> Any:
        return answer["result"]

    def instrument(self, row: Any) -> Instrument | None:
        # {"instrument_name":"BTC-PERPETUAL","base_currency":"BTC","quote_currency":"USD","instrument_type":"reversed",
        #  "tick_size":0.5,"min_trade_amount":10.0,"contract_size":10.0,"is_active":true,...}   amounts, not contracts
        if text(row["settlement_period"]) != "perpetual":
            return None
        active = flag(row["is_active"])
        return Instrument(
            pair=Pair(text(row["base_currency"]), text(row["quote_currency"])),
            symbol=text(row["instrument_name"]),
            tick=positive(row["tick_size"]),
            lot=positive(row["min_trade_amount"]),
            status="active" if active else "inactive",
            trading=active,
            inverse=one_of(row["instrument_type"], {"reversed": True, "linear": False}),
            min_size=positive(row["min_trade_amount"]),
        )

    def refusal(self, answer: Any) -> str:
        # {"jsonrpc":"2.0","error":{"code":10028,"message":"too_many_requests"},"testnet":false}
        error = answer.get("error")
        return f"{error.get('code')} {error.get('message', '')}".strip() if error else ""

    def book_plan(self, instrument: Instrument, mode: str, levels: int) -> BookPlan:  # noqa: ARG002 - the whole book
        name = quote(instrument.symbol)
        return BookPlan(
            instrument,
            f"book.{instrument.symbol}.{PACE}",
            LinkRule,
            MILLISECOND,
            in_band=True,
            audit=RestRequest(f"/api/v2/public/get_order_book?instrument_name={name}&depth={AUDITED}"),
        )

    def trade_stream(self, instrument: Instrument) -> str:
        return f"trades.{instrument.symbol}.{PACE}"

    def ticker_stream(self, instrument: Instrument) -> str:
        return f"ticker.{instrument.symbol}.{PACE}"

    def interest_stream(self, instrument: Instrument) -> str:
        return f"ticker.{instrument.symbol}.{PACE}"

    def stream_path(self, streams: Sequence[str]) -> str:  # noqa: ARG002 - streams are subscribed by message
        return "/ws/api/v2"

    def opening(self) -> list[str]:
        return [_request("set_heartbeat", {"interval": HEARTBEAT}), self.request(True, [PLATFORM], 0).text]

    def request(self, begin: bool, streams: Sequence[str], number: int) -> StreamRequest:
        """The id repeats the names: the answer lists only those that were accepted."""
        method = "subscribe" if begin else "unsubscribe"
        text = _request(method, {"channels": list(streams)}, f"{number} {' '.join(streams)}")
        return StreamRequest(text, tuple(streams), str(number))

    def events(self, message: Any) -> Iterable[Event]:
        method = message.get("method")
        if method == "subscription":
            yield from self._notification(message["params"]["channel"], message["params"]["data"])
        elif method == "heartbeat":
            # {"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}
            yield Reply(TEST) if message["params"]["type"] == "test_request" else Heartbeat()
        elif "error" in message:
            error = message["error"]
            yield Rejected(f"{error.get('code')} {error.get('message', '')}".strip(), request=_asked(message)[1])
        else:
            yield from self._accepted(message)

    @staticmethod
    def _accepted(message: Mapping[str, Any]) -> Iterable[Event]:
        # {"jsonrpc":"2.0","id":"subscribe 1 a b","result":["a"],"usIn":1,"usOut":2,"usDiff":1,"testnet":false}
        method, _, names = _asked(message)
        if method == "subscribe":
            accepted = message["result"]
            yield Confirmed(tuple(accepted))
            for name in names:
                if name not in accepted:
                    yield Rejected("it is not among the channels accepted", name)
        else:
            yield Heartbeat()

    def _notification(self, channel: str, data: Any) -> Iterable[Event]:
        if channel.startswith("trades."):
            yield from self.parts(channel, data, lambda row: TradeEvent(channel, self._trade(row)))
        elif channel.startswith("ticker."):
            # {...,"timestamp":176...,"open_interest":559791310,"best_bid_price":29930.5,"best_ask_price":29931.0,...}
            yield from self.part(channel, data, lambda row: _touch(channel, row))
            yield from self.part(channel, data, lambda row: _interest(channel, row))
        elif channel == PLATFORM and str(data.get("locked")).lower() == "true":
            yield Restarted("the venue is in maintenance")

    @staticmethod
    def _trade(row: Mapping[str, Any]) -> Trade:
        # {"trade_seq":77,"trade_id":"310","timestamp":1760000000090,"price":64001.5,"instrument_name":"BTC-PERPETUAL",
        #  "direction":"buy","amount":10.0,...}   direction: of the taker. Legs of combinations and block trades count
        #  here, and here alone, as combinations are not subscribed to; without them the numbers would have gaps.
        return Trade(
            symbol=text(row["instrument_name"]),
            trade_id=identity(row["trade_seq"]),
            price=positive(row["price"]),
            size=positive(row["amount"]),
            side=one_of(row["direction"], SIDES),
            exchange_time=moment(row["timestamp"], MILLISECOND),
        )

    def past_trades(self, instrument: Instrument, since: Trade | None) -> RestRequest | None:
        start = f"&start_seq={since.number + 1}&sorting=asc" if since is not None else ""
        name = quote(instrument.symbol)
        return RestRequest(f"/api/v2/public/get_last_trades_by_instrument?instrument_name={name}&count=1000{start}")

    def trade_rows(self, answer: Any) -> Any:
        # {"result":{"trades":[{...}],"has_more":true}}
        return answer["result"]["trades"]

    def past_trade(self, instrument: Instrument, row: Any) -> Trade | None:  # noqa: ARG002 - rows name it
        return self._trade(row)

    def open_interest(self, instrument: Instrument) -> RestRequest | None:
        name = quote(instrument.symbol)
        return RestRequest(f"/api/v2/public/get_book_summary_by_instrument?instrument_name={name}")

    def interest(self, instrument: Instrument, answer: Any) -> OpenInterest:
        # {"result":[{"open_interest":560105870,"creation_timestamp":1654340303741,...}]}   dollars of inverse contracts
        row = answer["result"][0]
        time = moment(row["creation_timestamp"], MILLISECOND)
        return OpenInterest(amount(row["open_interest"]), time, in_quote=instrument.inverse)


def _touch(channel: str, data: Mapping[str, Any]) -> Event | None:
    """The best prices of a ticker; None while a side is empty."""
    bid, ask = data.get("best_bid_price"), data.get("best_ask_price")
    if bid is None or ask is None or not amount(bid) or not amount(ask):
        return None
    return Bbo(channel.replace("ticker.", "book.", 1), positive(bid), positive(ask))


def _interest(channel: str, data: Mapping[str, Any]) -> Event | None:
    if data.get("open_interest") is None:
        return None
    return OpenInterestUpdate(channel, amount(data["open_interest"]), moment(data["timestamp"], MILLISECOND))


def _request(method: str, params: Mapping[str, Any], names: str = "") -> str:
    return json.dumps(
        {"jsonrpc": "2.0", "id": f"{method} {names}".strip(), "method": f"public/{method}", "params": params}
    )


def _asked(message: Mapping[str, Any]) -> tuple[str, str, list[str]]:
    """Method, number and names of the request that an answer belongs to."""
    method, number, *names = (*str(message.get("id", "")).split(" "), "")
    return method, number, [name for name in names if name]
