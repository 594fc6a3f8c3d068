"""Kraken spot, websocket v2: one ACK a symbol, in-band snapshots, checksums instead of sequence numbers.

The client cuts its book to the depth it subscribed: levels that are pushed out are not named, those that come back are.
Prices and sizes are bare numbers with all digits of the pair.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

from .. import channels as kinds
from ..book import Levels
from ..channel_exchange import Answers, Asked, ChannelExchange, Problem, compact
from ..channels import Channel, Message, Stream
from ..checksums import fixed
from ..exchange import Close, ConnectionRules, Session
from ..generator import Profile, VenueMarket
from ..instruments import Instrument, Pair
from ..listing import Listing
from ..rest import RestApi
from ..trade_history import Trade
from .kraken_rest import KrakenRest, names_of

DEPTHS = (10, 25, 100, 500, 1000)
TRADES_IN_SNAPSHOT = 50
HEARTBEAT_SECONDS = 1.0
CHANNELS = ("book", "trade", "ticker", "instrument")
STATUS = {"version": "2.0.9", "api_version": "v2", "connection_id": 12393906104898154338}
LISTING = Listing(
    symbol="{base}/{quote}",
    ticks={"BTC": 1, "ETH": 2, "SOL": 2, "LTC": 2, "XRP": 5, "ADA": 6, "DOGE": 7},
    most=10,
    profile=Profile(levels=1200, changes=30, half_spread=0.2e-4, lag=0.3, offset=0.1e-4, trade_rate=0.2),
)


def book(frame: kinds.BookFrame) -> str:
    """A snapshot or update with the checksum of the best ten levels of the whole window."""
    item = frame.item
    best = [
        [(item.price_text(price), item.size_text(size)) for price, size in levels] for levels in frame.window.best(10)
    ]
    stamp = "" if frame.previous < 0 else f',"timestamp":"{iso(frame.time_us)}"'
    return (
        f'[{{"symbol":"{item.symbol}","bids":[{rows(item, frame.bids)}],"asks":[{rows(item, frame.asks)}],'
        f'"checksum":{fixed(best[0], best[1])}{stamp}}}]'
    )


def rows(item: Instrument, levels: Levels) -> str:
    """Levels as the inside of an array of objects."""
    return ",".join(f'{{"price":{item.price_text(price)},"qty":{item.size_text(size)}}}' for price, size in levels)


def trade(item: Instrument, fill: Trade) -> str:
    """One trade; the side is the taker's."""
    return (
        f'{{"symbol":"{item.symbol}","side":"{fill.taker_side}","price":{item.price_text(fill.price)},'
        f'"qty":{item.size_text(fill.size)},"ord_type":"market","trade_id":{fill.id},'
        f'"timestamp":"{iso(fill.time_us)}"}}'
    )


def ticker(market: VenueMarket) -> str:
    """The best bid and ask, sent with every trade."""
    item, (bid, bid_size, ask, ask_size) = market.instrument, market.book.touch()
    return (
        f'[{{"symbol":"{item.symbol}","bid":{item.price_text(bid)},"bid_qty":{item.size_text(bid_size)},'
        f'"ask":{item.price_text(ask)},"ask_qty":{item.size_text(ask_size)},"last":{item.price_text(bid)},'
        '"volume":1.0,"vwap":1.0,"low":1.0,"high":1.0,"change":0.0,"change_pct":0.0}]'
    )


def instruments(items: Iterable[Instrument]) -> str:
    """What the instrument channel begins with."""
    listed = list(items)
    assets = sorted({asset for item in listed for asset in (item.pair.base, item.pair.quote)})
    data = {
        "assets": [{"id": asset, "status": "enabled", "precision": 10, "precision_display": 5, "borrowable": True,
                    "collateral_value": 1.0, "margin_rate": 0.02} for asset in assets],
        "pairs": [],
    }  # fmt: skip
    pairs = ",".join(_pair(item) for item in listed)
    return compact(data).replace('"pairs":[]', f'"pairs":[{pairs}]')


def _pair(item: Instrument) -> str:
    return (
        f'{{"symbol":"{item.symbol}","base":"{item.pair.base}","quote":"{item.pair.quote}","status":"online",'
        f'"qty_precision":{item.lot_decimals},"qty_increment":{item.size_text(1)},'
        f'"price_precision":{item.tick_decimals},"cost_precision":5,"marginable":false,"has_index":true,'
        f'"cost_min":0.50,"price_increment":{item.price_text(1)},"qty_min":{item.size_text(5000)}}}'
    )


def iso(time_us: int) -> str:
    """2026-01-01T00:00:00.123456Z."""
    return datetime.fromtimestamp(time_us // 1_000_000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S") + (
        f".{time_us % 1_000_000:06d}Z"
    )


def wrapped(channel: str, kind: str, data: str) -> str:
    """A message of a channel around data that is text already."""
    return f'{{"channel":"{channel}","type":"{kind}","data":{data}}}'


class Kraken(ChannelExchange):
    """The Kraken protocol, version 2."""

    rules = ConnectionRules(
        quiet_seconds=60.0, messages_a_second=20, connects=150, connects_seconds=600.0, block_seconds=600.0
    )  # fmt: skip
    paths = ("/v2",)
    strict = True
    window = 1000
    row = re.compile(r'\{"price":([0-9][0-9.e-]*),"qty":([0-9][0-9.e-]*)')
    checksum = "diff", re.compile(r'"checksum":([0-9]+)')
    fixed_decimals = True

    def rest_api(self) -> RestApi:
        return KrakenRest(self.instruments)

    def channels(self) -> Mapping[str, Channel]:
        return {
            "trade:{}": kinds.Trades(trade, together=True, first=TRADES_IN_SNAPSHOT),
            "ticker:{}": kinds.Ticker(ticker, begins=True, with_trades=True),
            **{f"book-{depth}:{{}}": kinds.Book(book, depth, lingering=True) for depth in DEPTHS},
        }

    def bind(self, markets: Mapping[Pair, VenueMarket]) -> None:
        super().bind(markets)
        self.api.markets = names_of(self.markets)

    def greet(self, session: Session) -> list[str | Close]:  # noqa: ARG002
        return [self._status("online")]

    def farewell(self, session: Session, time_us: int) -> str:  # noqa: ARG002
        return self._status("maintenance")

    def _status(self, word: str) -> str:
        return wrapped("status", "update", compact([{"version": STATUS["version"], "system": word, **STATUS}]))

    def pulse(self, session: Session, now: float) -> list[str | Close]:
        return ['{"channel":"heartbeat"}'] if session.streams and now - session.said >= HEARTBEAT_SECONDS else []

    # -- requests -----------------------------------------------------------------------------------------------

    def understand(self, session: Session, message: dict[str, Any]) -> Asked | Answers:
        method, number, params = message.get("method"), message.get("req_id"), message.get("params")
        if method == "ping":
            return [self._answer({"method": "pong"}, number)]
        if method not in ("subscribe", "unsubscribe"):
            return [self._answer({"error": "Unsupported method", "success": False}, number)]
        channel = params.get("channel") if isinstance(params, dict) else None
        if not isinstance(params, dict) or channel not in CHANNELS:
            return [self._error(message, f"Unsupported channel {channel}")]
        asked = Asked(method == "subscribe", [], number, message, params.get("snapshot", True) is not False)
        if channel == "instrument":
            return list(self._listing(session, asked))
        symbols = params.get("symbol")
        if not isinstance(symbols, list) or not symbols:
            return [self._error(message, "Field 'symbol' is missing")]
        prefix = f"book-{params.get('depth', 10)!r}" if channel == "book" else channel
        return replace(asked, names=[f"{prefix}:{symbol}" for symbol in symbols])

    def _listing(self, session: Session, asked: Asked) -> Iterator[str | Close]:
        """The one channel without a symbol: nothing of it ever changes here."""
        if ("instrument" in session.streams) == asked.begin:
            yield from self.refused(asked, Problem("again" if asked.begin else "absent", ""))
        elif asked.begin:
            session.streams["instrument"] = None
            yield from self.accepted(asked, [""])
            if asked.first:
                yield wrapped("instrument", "snapshot", instruments(self.instruments.values()))
        else:
            del session.streams["instrument"]
            yield from self.accepted(asked, [""])

    def accepted(self, asked: Asked, names: Sequence[str]) -> Answers:
        params = asked.message["params"]
        result: dict[str, Any] = {"channel": params["channel"], "snapshot": asked.first}
        symbol = names[0].partition(":")[2]
        result |= {"symbol": symbol} if symbol else {}
        result |= {"depth": params.get("depth", 10)} if params["channel"] == "book" else {}
        return [self._answer({"method": asked.message["method"], "result": result, "success": True}, asked.number)]

    def refused(self, asked: Asked, problem: Problem) -> Answers:
        symbol = problem.name.partition(":")[2]
        texts = {"again": "Already subscribed", "absent": "Subscription Not Found",
                 "unknown": "Subscription depth not supported"}  # fmt: skip
        text = texts[problem.reason]
        if problem.reason == "unknown" and symbol not in self.instruments:
            text = f"Currency pair not supported {symbol}"
        return [self._error(asked.message, text, symbol)]

    def unreadable(self, text: str) -> Answers:
        known = "JSON parse error" if _parsed(text) is None else "Unsupported method"
        return [self._answer({"error": known, "success": False}, None)]

    def over_rate(self, session: Session) -> list[str | Close]:  # noqa: ARG002
        return [self._answer({"error": "Exceeded msg rate", "success": False}, None)]

    def _answer(self, body: dict[str, Any], number: Any) -> str:
        times = {"time_in": iso(self.clock()), "time_out": iso(self.clock())}
        named = {} if number is None else {"req_id": number}
        return compact({**body, **times, **named})

    def _error(self, message: Mapping[str, Any], text: str, symbol: str = "") -> str:
        named = {"symbol": symbol} if symbol else {}
        body = {"error": text, "method": message["method"], "success": False, **named}
        return self._answer(body, message.get("req_id"))

    # -- messages -----------------------------------------------------------------------------------------------

    def envelope(self, stream: Stream, message: Message) -> str:
        channel = stream.name.partition(":")[0].partition("-")[0]
        data = message.data if isinstance(message.data, str) else f"[{','.join(message.data)}]"
        return wrapped(channel, "snapshot" if message.kind == "snapshot" else "update", data)

    def recorded_stream(self, address: str, text: str) -> tuple[str, str] | None:
        return super().recorded_stream(address, text) if urlsplit(address).path.startswith("/v2") else None

    def stream_of(self, message: dict[str, Any]) -> str:
        data = message.get("data")
        if not isinstance(data, list) or not data or "symbol" not in data[0]:
            return ""
        # Captures are of the full depth.
        return f"{'book-1000' if message['channel'] == 'book' else message['channel']}:{data[0]['symbol']}"


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
