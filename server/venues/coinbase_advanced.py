"""Coinbase Advanced Trade: the books of Coinbase again, where every message of a connection is numbered.

Facts from docs.cdp.coinbase.com/advanced-trade, stored copies of 2025 and 2026, and a recording of August 2026.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar
from urllib.parse import quote

from orderbook_ext import FrameShape, RowShape, TradeShape

from ..model import Instrument, Pair, Trade
from ..protocol.candle_source import CandleSource
from ..protocol.events import Bbo, Confirmed, Counted, Event, Frames, Heartbeat, Rejected, TradeEvent
from ..protocol.fields import flag, identity, iso_nanos, least, positive, rows_of, text, whole
from ..protocol.rest_request import RestRequest, encode_json
from ..protocol.sequence import CountedRule
from ..protocol.stream_request import StreamRequest
from ..protocol.venue import BookPlan, Endpoint, Limits, TradeIds, Venue
from ..units import SECOND
from .coinbase_exchange import CoinbaseExchange, aggressor

PRODUCTS_PER_REQUEST = 15
# Quote assets of pairs that share the book of another pair.
ALIASES = ("USDC", "USD")
AUDITED = 500
INTERVALS = {
    60: "ONE_MINUTE", 300: "FIVE_MINUTE", 900: "FIFTEEN_MINUTE", 1800: "THIRTY_MINUTE", 3600: "ONE_HOUR",
    7200: "TWO_HOUR", 21600: "SIX_HOUR", 86400: "ONE_DAY",
}  # fmt: skip
MARKET = "/api/v3/brokerage/market"


class CoinbaseAdvanced(Venue):
    """Coinbase Advanced Trade, spot."""

    NAME = "coinbase_advanced"
    TITLE = "Coinbase Advanced"
    MIRRORS = CoinbaseExchange.NAME
    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {
        "default": Endpoint("wss://advanced-trade-ws.coinbase.com", "https://api.coinbase.com"),
    }
    LIMITS = Limits(
        rest_weight=10,
        rest_seconds=1.0,
        # Of books somewhere between 16 and 31 are too many: 15 with their trades and tickers.
        streams_per_connection=45,
        sends_per_second=8.0,
        # 8 a second are allowed.
        connects_per_minute=60.0,
        max_age=30 * 86400.0,
        # Nothing can be missing unseen: a quiet book is a quiet book.
        silence=60.0,
        # Heartbeats come every second.
        dead=15.0,
        request_names=PRODUCTS_PER_REQUEST,
    )
    # {"channel":"l2_data","client_id":"","timestamp":"2026-01-01T00:00:00.100000000Z","sequence_num":3,"events":[
    #  {"type":"snapshot","product_id":"BTC-USD","updates":[
    #   {"side":"bid","event_time":"1970-01-01T00:00:00Z","price_level":"64001.10","new_quantity":"0.5"},
    #   {"side":"offer","event_time":"...","price_level":"64001.20","new_quantity":"1"}]}]}   then type "update"
    DEPTH = FrameShape(
        changes=(".events.updates",),
        route=(".events.product_id",),
        snapshot=(".events.type",),
        last_id=(".sequence_num",),
        time=(".timestamp",),
        change_rows=RowShape(side="side", price="price_level", size="new_quantity"),
        time_format="iso",
    )
    # {"channel":"market_trades","timestamp":"2026-...","sequence_num":9,"events":[{"type":"update","trades":[...]}]}
    TRADES = TradeShape(
        prefix="market_trades:", rows=".events.trades", only=".events", kind=".channel", kinds=("market_trades",),
        also=".events.type", also_words=("update",), number=".sequence_num", top=(".timestamp", ".client_id"),
        symbol="product_id", id="trade_id", price="price", size="size", side="side", buys=("SELL", "sell"),
        sells=("BUY", "buy"), time="time", time_format="iso",
    )  # fmt: skip
    # {"pricebook":{"product_id":"BTC-USD","bids":[{"price":"64001.10","size":"0.5"}],"asks":[...],"time":"..."},...}
    REST_DEPTH = FrameShape(
        bids=(".pricebook.bids",), asks=(".pricebook.asks",), rows=RowShape(price="price", size="size")
    )
    BOOK_MODES = ("diff",)
    COUNTED = True
    TRADE_IDS = TradeIds.CONSECUTIVE
    # {"candles":[{"start":"1760000000","low":"1","high":"1","open":"1","close":"1","volume":"0.2"}]}
    CANDLES = CandleSource(
        path=lambda item, word, start, end, rows: (
            f"{MARKET}/products/{quote(item.symbol)}/candles?granularity={word}&start={start // SECOND}"
            f"&end={end // SECOND - 1}&limit={rows}"
        ),
        words=INTERVALS,
        rows=("candles",),
        columns={
            "open_time": "start", "open": "open", "high": "high", "low": "low", "close": "close", "volume": "volume",
        },
        limit=300,
    )  # fmt: skip

    def discovery(self) -> RestRequest:
        return RestRequest(f"{MARKET}/products?product_type=SPOT", timeout=20.0)

    def instrument_rows(self, answer: Any) -> Any:
        return answer["products"]

    def instrument(self, row: Any) -> Instrument | None:
        # {"product_id":"BTC-USDC","base_currency_id":"BTC","quote_currency_id":"USDC","price_increment":"0.01",
        #  "base_increment":"0.00000001","status":"online","trading_disabled":false,"is_disabled":false,
        #  "view_only":false,"alias":"BTC-USD","alias_to":[],...}   Whoever asks for the one is sent the other.
        if text(row["product_type"]) != "SPOT":
            return None
        closed = [flag(row[name]) for name in ("trading_disabled", "is_disabled", "view_only")]
        return Instrument(
            pair=Pair(text(row["base_currency_id"]), text(row["quote_currency_id"])),
            symbol=text(row["alias"] or row["product_id"]),
            tick=positive(row["price_increment"]),
            lot=positive(row["base_increment"]),
            status=text(row["status"]),
            trading=row["status"] == "online" and not any(closed),
            min_size=least(row.get("base_min_size")),
            min_notional=least(row.get("quote_min_size")),
        )

    def refusal(self, answer: Any) -> str:
        # {"error":"RESOURCE_EXHAUSTED","code":8,"message":"Too many requests"}
        if not isinstance(answer, Mapping) or not (answer.get("error") or answer.keys() == {"message"}):
            return ""
        return f"{answer.get('error', '')} {answer.get('message', '')}".strip()

    def book_plan(self, instrument: Instrument, mode: str, levels: int) -> BookPlan:  # noqa: ARG002 - one mode, all levels
        return BookPlan(
            instrument,
            self._stream("level2", instrument),
            CountedRule,
            route=instrument.symbol,
            in_band=True,
            audit=RestRequest(f"{MARKET}/product_book?product_id={quote(instrument.symbol)}&limit={AUDITED}"),
        )

    def trade_stream(self, instrument: Instrument) -> str:
        return f"market_trades:{instrument.symbol}"

    def ticker_stream(self, instrument: Instrument) -> str:
        return self._stream("ticker_batch", instrument)

    @staticmethod
    def _stream(channel: str, instrument: Instrument) -> str:
        """Two pairs of one book would share its name: that of the alias says whose it is."""
        pair = instrument.pair
        alias = "" if instrument.symbol == f"{pair.base}-{pair.quote}" else f"@{pair.quote}"
        return f"{channel}:{instrument.symbol}{alias}"

    def connection_group(self, stream: str) -> str:
        # Frames name the book alone, so its two pairs need two connections.
        return stream.partition("@")[2]

    def stream_path(self, streams: Sequence[str]) -> str:  # noqa: ARG002 - streams are subscribed by message
        return "/"

    def opening(self) -> list[str]:
        # Channels without news are closed after a minute or so, but not beside this one.
        return ['{"type":"subscribe","channel":"heartbeats"}']

    def request_group(self, stream: str) -> str:
        """Streams are named channel:product, or channel:product@quote: one channel per request."""
        return stream.partition(":")[0]

    def request(self, begin: bool, streams: Sequence[str], number: int) -> StreamRequest:  # noqa: ARG002 - not repeated
        products = [stream.partition("@")[0].partition(":")[2] for stream in streams]
        kind = "subscribe" if begin else "unsubscribe"
        message = {"type": kind, "product_ids": products, "channel": self.request_group(streams[0])}
        return StreamRequest(json.dumps(message), tuple(streams))

    def events(self, message: Any) -> Iterable[Event]:
        if message.get("type") == "error":
            # {"type":"error","message":"..."}: the only message without a number.
            yield Rejected(str(message.get("message", "")))
            return
        yield Counted(whole(message["sequence_num"]))
        channel, happenings = message["channel"], message["events"]
        if channel == "l2_data":
            yield Frames(tuple(encode_json({**message, "events": [one]}) for one in happenings))
        elif channel == "market_trades":
            for one in happenings:
                read = partial(self._traded, past=one["type"] == "snapshot")
                for row in rows_of(one["trades"]):
                    yield from self.part(_named("market_trades", row), row, read)
        elif channel == "ticker_batch":
            for ticker in (ticker for one in happenings for ticker in one["tickers"]):
                yield from self.part(_named("ticker_batch", ticker), ticker, self._touch)
        elif channel == "heartbeats":
            yield Heartbeat()
        elif channel == "subscriptions":
            # {"channel":"subscriptions",...,"events":[{"subscriptions":{"level2":["BTC-USD"]}}]}
            known = [item for one in happenings for item in one["subscriptions"].items()]
            # The answer names the book alone: a connection has but one of its pairs.
            streams = [f"{name}:{product}" for name, products in known for product in products]
            yield Confirmed((*streams, *(f"{stream}@{asset}" for stream in streams for asset in ALIASES)))

    def _traded(self, row: Mapping[str, Any], past: bool) -> Event:
        return TradeEvent(f"market_trades:{text(row['product_id'])}", self._trade(row, row["product_id"]), past)

    @staticmethod
    def _touch(row: Mapping[str, Any]) -> Event:
        return Bbo(text(row["product_id"]), positive(row["best_bid"]), positive(row["best_ask"]))

    @staticmethod
    def _trade(data: Mapping[str, Any], symbol: str) -> Trade:
        # {"trade_id":"10","product_id":"BTC-USD","price":"64001.20","size":"0.01","side":"SELL","time":"..."}
        # side: of the maker, in a recording where SELL stands at the ask 35 of 35 times; descriptions differ.
        return Trade(
            symbol=symbol,
            trade_id=identity(data["trade_id"]),
            price=positive(data["price"]),
            size=positive(data["size"]),
            side=aggressor(data["side"]),
            exchange_time=iso_nanos(data["time"]),
        )

    def past_trades(self, instrument: Instrument, since: Trade | None) -> RestRequest | None:  # noqa: ARG002 - newest only
        return RestRequest(f"{MARKET}/products/{quote(instrument.symbol)}/ticker?limit=1000")

    def trade_rows(self, answer: Any) -> Any:
        return answer["trades"]

    def past_trade(self, instrument: Instrument, row: Any) -> Trade | None:
        return self._trade(row, instrument.symbol)


def _named(channel: str, row: Any) -> str:
    """The stream of a row; empty if the row does not say it."""
    product = row.get("product_id") if isinstance(row, Mapping) else None
    return f"{channel}:{product}" if isinstance(product, str) else ""
