"""Coinbase Exchange: books in the stream without numbers, compared with the REST book; trades tell the maker's side.

Facts from docs.cdp.coinbase.com/exchange, stored copies of 2024 to 2026, and from recordings.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any, ClassVar
from urllib.parse import quote

from orderbook_ext import FrameShape, TradeShape

from ..model import Instrument, Pair, Side, Trade
from ..protocol.candle_source import CandleSource
from ..protocol.events import Bbo, Confirmed, Event, Heartbeat, Rejected, TradeEvent
from ..protocol.fields import flag, identity, iso_nanos, least, one_of, positive, text
from ..protocol.rest_request import RestRequest
from ..protocol.sequence import PlainRule
from ..protocol.stream_request import StreamRequest
from ..protocol.venue import BookPlan, Endpoint, Limits, TradeIds, Venue
from ..units import SECOND

PRODUCTS_PER_REQUEST = 100
AGGRESSORS = {"sell": Side.BUY, "buy": Side.SELL, "unknown_order_side": Side.UNKNOWN}
RENAMED = {"level2_50": "level2_batch"}


def aggressor(maker: Any) -> Side:
    """Who began a trade, whose message names the maker's side."""
    return one_of(text(maker).lower(), AGGRESSORS)


def iso(nanos: int) -> str:
    """A time as 2026-01-01T00:00:00Z."""
    return datetime.fromtimestamp(nanos // SECOND, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class CoinbaseExchange(Venue):
    """Coinbase Exchange, spot."""

    NAME = "coinbase_exchange"
    TITLE = "Coinbase"
    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {
        "default": Endpoint("wss://ws-feed.exchange.coinbase.com", "https://api.exchange.coinbase.com"),
        "sandbox": Endpoint(
            "wss://ws-feed-public.sandbox.exchange.coinbase.com", "https://api-public.sandbox.exchange.coinbase.com"
        ),
    }
    LIMITS = Limits(
        rest_weight=10,
        rest_seconds=1.0,
        streams_per_connection=100,
        # 100 are allowed to an address.
        sends_per_second=20.0,
        # 8 a second are.
        connects_per_minute=60.0,
        max_age=30 * 86400.0,
        silence=30.0,
        # The heartbeat channel says something every second.
        dead=15.0,
        request_names=PRODUCTS_PER_REQUEST,
    )
    # {"type":"snapshot","product_id":"BTC-USD","bids":[["64001.10","0.5"]],"asks":[["64001.20","1.0"]],"time":"..."}
    # {"type":"l2update","product_id":"BTC-USD","changes":[["buy","64001.10","0.4"],["sell","64001.20","0"]],
    #  "time":"2026-01-01T00:00:00.123456Z"}   time: now and then of the year 1.
    # REST: {"bids":[["64001.10","0.5",3]],"asks":[...],"sequence":90,"auction_mode":false,"auction":null,"time":"..."}
    DEPTH = FrameShape(
        bids=(".bids",),
        asks=(".asks",),
        changes=(".changes",),
        route=(".product_id",),
        snapshot=(".type",),
        time=(".time",),
        time_format="iso",
    )
    # The side is the maker's. Past trades are of another type.
    TRADES = TradeShape(
        prefix="matches:", rows="", form="object", kind=".type", kinds=("match",), symbol="product_id", id="trade_id",
        price="price", size="size", side="side", buys=("sell", "SELL"), sells=("buy", "BUY"), time="time",
        time_format="iso", top=(".maker_order_id", ".taker_order_id", ".sequence"),
    )  # fmt: skip
    BOOK_MODES = ("diff",)
    TRADE_IDS = TradeIds.CONSECUTIVE
    # [[1760000000,64000.1,64002,64001.5,64001.2,0.53],...]   intervals without trades are left out.
    CANDLES = CandleSource(
        path=lambda item, word, start, end, _rows: (
            f"/products/{quote(item.symbol)}/candles?granularity={word}&start={iso(start)}&end={iso(end - SECOND)}"
        ),
        words={seconds: str(seconds) for seconds in (60, 300, 900, 3600, 21600, 86400)},
        columns={"open_time": 0, "low": 1, "high": 2, "open": 3, "close": 4, "volume": 5},
        limit=300,
    )

    def discovery(self) -> RestRequest:
        return RestRequest("/products", timeout=20.0)

    def instrument_rows(self, answer: Any) -> Any:
        return answer

    def instrument(self, row: Any) -> Instrument | None:
        # {"id":"BTC-USD","base_currency":"BTC","quote_currency":"USD","quote_increment":"0.01",
        #  "base_increment":"0.00000001","status":"online","trading_disabled":false,...}
        disabled = flag(row["trading_disabled"])
        return Instrument(
            pair=Pair(text(row["base_currency"]), text(row["quote_currency"])),
            symbol=text(row["id"]),
            tick=positive(row["quote_increment"]),
            lot=positive(row["base_increment"]),
            status=text(row["status"]),
            trading=row["status"] == "online" and not disabled,
            min_notional=least(row.get("min_market_funds")),
        )

    def refusal(self, answer: Any) -> str:
        # {"message":"Public rate limit exceeded"}
        return str(answer["message"]) if isinstance(answer, Mapping) and "message" in answer else ""

    def book_plan(self, instrument: Instrument, mode: str, levels: int) -> BookPlan:  # noqa: ARG002 - one mode, all levels
        return BookPlan(
            instrument,
            f"level2_batch:{instrument.symbol}",
            PlainRule,
            route=instrument.symbol,
            in_band=True,
            audit=RestRequest(f"/products/{quote(instrument.symbol)}/book?level=2"),
        )

    def trade_stream(self, instrument: Instrument) -> str:
        return f"matches:{instrument.symbol}"

    def ticker_stream(self, instrument: Instrument) -> str:
        return f"ticker_batch:{instrument.symbol}"

    def stream_path(self, streams: Sequence[str]) -> str:  # noqa: ARG002 - streams are subscribed by message
        return "/"

    def subscribe(self, streams: Sequence[str], first: int = 1) -> list[StreamRequest]:
        # Who has not subscribed within five seconds is cut; the heartbeat of one product shows that all is well. It
        # goes with the first requests only: errors name nothing, and one for it would be taken for a later request's.
        requests = super().subscribe(streams, first)
        books = [stream.partition(":")[2] for stream in streams if stream.startswith("level2_batch:")]
        if first > 1 or not books:
            return requests
        return [*requests, replace(self.request(True, [f"heartbeat:{books[0]}"], 0), streams=())]

    def request_group(self, stream: str) -> str:
        """Streams are named channel:product: one channel per request."""
        return stream.partition(":")[0]

    def request(self, begin: bool, streams: Sequence[str], number: int) -> StreamRequest:  # noqa: ARG002 - not repeated
        products = [stream.partition(":")[2] for stream in streams]
        kind = "subscribe" if begin else "unsubscribe"
        message = {"type": kind, "product_ids": products, "channels": [self.request_group(streams[0])]}
        return StreamRequest(json.dumps(message), tuple(streams))

    def events(self, message: Any) -> Iterable[Event]:
        kind = message["type"]
        if kind in ("match", "last_match"):
            stream, past = f"matches:{text(message['product_id'])}", kind == "last_match"
            yield from self.part(
                stream, message, lambda row: TradeEvent(stream, self._trade(row, row["product_id"]), past)
            )
        elif kind in ("ticker", "ticker_batch"):
            product = text(message["product_id"])
            yield from self.part(
                f"ticker_batch:{product}",
                message,
                lambda row: Bbo(product, positive(row["best_bid"]), positive(row["best_ask"])),
            )
        elif kind == "heartbeat":
            # {"type":"heartbeat","sequence":90,"last_trade_id":10,"product_id":"BTC-USD","time":"..."}
            yield Heartbeat()
        elif kind == "subscriptions":
            # {"type":"subscriptions","channels":[{"name":"matches","product_ids":["BTC-USD"],"account_ids":null}]}
            # All that the connection has; some documents name the batched books by their pace.
            names = [(entry["name"], product) for entry in message["channels"] for product in entry["product_ids"]]
            yield Confirmed(tuple(f"{RENAMED.get(channel, channel)}:{product}" for channel, product in names))
        elif kind == "error":
            # {"type":"error","message":"Failed to subscribe","reason":"level2 requires authentication"}
            yield Rejected(f"{message['message']}: {message.get('reason', '')}".removesuffix(": "))

    @staticmethod
    def _trade(data: Mapping[str, Any], symbol: str) -> Trade:
        # {"type":"match","trade_id":10,"maker_order_id":"...","taker_order_id":"...","side":"sell","size":"0.01",
        #  "price":"64001.10","product_id":"BTC-USD","sequence":50,"time":"2026-01-01T00:00:00.123456Z"}
        return Trade(
            symbol=symbol,
            trade_id=identity(data["trade_id"]),
            price=positive(data["price"]),
            size=positive(data["size"]),
            side=aggressor(data["side"]),
            exchange_time=iso_nanos(data["time"]),
        )

    def past_trades(self, instrument: Instrument, since: Trade | None) -> RestRequest | None:
        newer = f"&before={since.trade_id}" if since is not None else ""
        return RestRequest(f"/products/{quote(instrument.symbol)}/trades?limit=1000{newer}")

    def past_trade(self, instrument: Instrument, row: Any) -> Trade | None:
        return self._trade(row, instrument.symbol)
