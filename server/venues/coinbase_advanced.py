"""Coinbase Advanced Trade: the books of Coinbase again, where every message of a connection is numbered.

Facts from docs.cdp.coinbase.com/advanced-trade, stored copies of 2025 and 2026, and a recording of August 2026.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import quote

from orderbook_ext import FrameShape, RowShape

from ..errors import FrameError
from ..model import Instrument, Pair, Trade, least
from ..protocol.events import Beat, Confirmed, Counted, Event, Frames, Rejected, Touch, TradeEvent
from ..protocol.history import SECOND, CandleSource, iso_nanos
from ..protocol.rest_request import RestRequest, decode_json
from ..protocol.sequence import CountedRule
from ..protocol.stream_request import StreamRequest
from ..protocol.venue import BookPlan, Endpoint, Limits, TradeIds, Venue
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
        rest_window=1.0,
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
        changes=("updates",),
        route=("product_id",),
        snapshot=("type",),
        last_id=("sequence_num",),
        time=("timestamp",),
        change_rows=RowShape(side="side", price="price_level", size="new_quantity"),
        time_format="iso",
    )
    # {"pricebook":{"product_id":"BTC-USD","bids":[{"price":"64001.10","size":"0.5"}],"asks":[...],"time":"..."},...}
    SNAPSHOT = FrameShape(bids=("bids",), asks=("asks",), rows=RowShape(price="price", size="size"))
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

    def instruments(self, body: bytes) -> list[Instrument]:
        try:
            entries = decode_json(body)["products"]
            return [self._instrument(entry) for entry in entries if entry["product_type"] == "SPOT"]
        except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
            raise FrameError(f"{self.NAME}: products could not be read: {error!r}") from error

    @staticmethod
    def _instrument(entry: Mapping[str, Any]) -> Instrument:
        # {"product_id":"BTC-USDC","base_currency_id":"BTC","quote_currency_id":"USDC","price_increment":"0.01",
        #  "base_increment":"0.00000001","status":"online","trading_disabled":false,"is_disabled":false,
        #  "view_only":false,"alias":"BTC-USD","alias_to":[],...}   Whoever asks for the one is sent the other.
        status = entry["status"]
        closed = entry["trading_disabled"] or entry["is_disabled"] or entry["view_only"]
        return Instrument(
            pair=Pair(entry["base_currency_id"], entry["quote_currency_id"]),
            symbol=entry["alias"] or entry["product_id"],
            tick=Decimal(entry["price_increment"]),
            lot=Decimal(entry["base_increment"]),
            status=status,
            trading=status == "online" and not closed,
            min_size=least(entry.get("base_min_size")),
            min_notional=least(entry.get("quote_min_size")),
        )

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

    def lane(self, stream: str) -> str:
        # Frames name the book alone, so its two pairs need two connections.
        return stream.partition("@")[2]

    def stream_path(self, streams: Sequence[str]) -> str:  # noqa: ARG002 - streams are subscribed by message
        return "/"

    def opening(self) -> list[str]:
        # Channels without news are closed after a minute or so, but not beside this one.
        return ['{"type":"subscribe","channel":"heartbeats"}']

    def request_group(self, stream: str) -> str:
        """Streams are named channel:product, or channel:product@quote: one channel a request."""
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
        yield Counted(int(message["sequence_num"]))
        channel, happenings = message["channel"], message["events"]
        if channel == "l2_data":
            yield Frames(tuple(json.dumps({**message, "events": [one]}).encode() for one in happenings))
        elif channel == "market_trades":
            for one in happenings:
                # The newest stands first.
                for trade in reversed(one["trades"]):
                    yield TradeEvent(
                        f"market_trades:{trade['product_id']}", self._trade(trade), one["type"] == "snapshot"
                    )
        elif channel == "ticker_batch":
            for ticker in (ticker for one in happenings for ticker in one["tickers"]):
                yield Touch(ticker["product_id"], Decimal(ticker["best_bid"]), Decimal(ticker["best_ask"]))
        elif channel == "heartbeats":
            yield Beat()
        elif channel == "subscriptions":
            # {"channel":"subscriptions",...,"events":[{"subscriptions":{"level2":["BTC-USD"]}}]}
            known = [item for one in happenings for item in one["subscriptions"].items()]
            # The answer names the book alone: a connection has but one of its pairs.
            streams = [f"{name}:{product}" for name, products in known for product in products]
            yield Confirmed((*streams, *(f"{stream}@{quote}" for stream in streams for quote in ALIASES)))

    @staticmethod
    def _trade(data: Mapping[str, Any]) -> Trade:
        # {"trade_id":"10","product_id":"BTC-USD","price":"64001.20","size":"0.01","side":"SELL","time":"..."}
        # side: of the maker, in a recording where SELL stands at the ask 35 of 35 times; descriptions differ.
        return Trade(
            symbol=data["product_id"],
            trade_id=data["trade_id"],
            price=Decimal(data["price"]),
            size=Decimal(data["size"]),
            side=aggressor(data["side"]),
            exchange_time=iso_nanos(data["time"]),
        )

    def past_trades(self, instrument: Instrument, since: Trade | None) -> RestRequest | None:  # noqa: ARG002 - newest only
        return RestRequest(f"{MARKET}/products/{quote(instrument.symbol)}/ticker?limit=1000")

    def read_past_trades(self, instrument: Instrument, body: bytes) -> list[Trade]:
        try:
            return [self._trade({**row, "product_id": instrument.symbol}) for row in decode_json(body)["trades"]]
        except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
            raise FrameError(f"{self.NAME}: trades could not be read: {error!r}") from error
