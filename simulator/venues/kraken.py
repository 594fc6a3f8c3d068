"""Kraken spot, websocket v2: one ACK a symbol, in-band snapshots, checksums instead of sequence numbers.

The client cuts its book to the depth it subscribed: levels that are pushed out are not named, those that come back are.
"""

import json
import re
from collections.abc import Container, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from ..exchange import Close, ConnectionRules, Exchange, Publication, RestAnswer, Session
from ..generator import Profile, Tick, VenueMarket
from ..instruments import Instrument, Pair, lot_decimals, tick_decimals
from ..market import VenueTerms
from ..window import Windows
from . import kraken_frames as frames
from .kraken_rest import KrakenRest, limited, names_of

TICK_DECIMALS = {"BTC": 1, "ETH": 2, "SOL": 2, "LTC": 2, "XRP": 5, "ADA": 6, "DOGE": 7}
DEPTHS = (10, 25, 100, 500, 1000)
TRADES_IN_SNAPSHOT = 50
HEARTBEAT_SECONDS = 1.0
CHANNELS = ("book", "trade", "ticker", "instrument")
Answers = list[str | Close]


def instrument(pair: Pair) -> Instrument:
    """How Kraken would list a pair: modern names, as many digits on the wire as the pair's precision."""
    tick, lot = tick_decimals(pair, TICK_DECIMALS, 1e-5, most=10), lot_decimals(pair, 8)
    return Instrument(pair, str(pair), tick, lot, tick, lot)


def terms(pairs: list[Pair]) -> VenueTerms:
    """Kraken: medium depth, fine ticks."""
    profile = Profile(levels=1200, changes=30, half_spread=0.2e-4, lag=0.3, offset=0.1e-4, trade_rate=0.2)
    return VenueTerms("kraken", tuple(instrument(pair) for pair in pairs), profile)


class Kraken(Exchange):
    """The Kraken protocol, version 2."""

    rules = ConnectionRules(
        quiet_seconds=60.0, messages_a_second=20, connects=150, connects_seconds=600.0, block_seconds=600.0
    )  # fmt: skip
    window = 1000
    row = re.compile(r'\{"price":([0-9][0-9.e-]*),"qty":([0-9][0-9.e-]*)')
    checksum = "diff", re.compile(r'"checksum":([0-9]+)')
    fixed_decimals = True

    def __init__(self, terms: VenueTerms) -> None:
        super().__init__(terms)
        self.api = KrakenRest(self.instruments)
        self._windows = Windows()

    def bind(self, markets: Mapping[Pair, VenueMarket]) -> None:
        super().bind(markets)
        self.api.markets = names_of(self.markets)

    # -- connections --------------------------------------------------------------------------------------------

    def open(self, target: str) -> Session | None:
        return Session() if urlsplit(target).path.rstrip("/") == "/v2" else None

    def greet(self, session: Session) -> Answers:  # noqa: ARG002
        data = [{"version": "2.0.9", "system": "online", "api_version": "v2", "connection_id": 12393906104898154338}]
        return [frames.message("status", "update", json.dumps(data, separators=(",", ":")))]

    def receive(self, session: Session, text: str) -> Answers:
        start = self.clock()
        try:
            message = json.loads(text)
        except ValueError:
            return [self._answer({"error": "JSON parse error", "success": False}, start, None)]
        method = message.get("method") if isinstance(message, dict) else None
        number = message.get("req_id") if isinstance(message, dict) else None
        if method == "ping":
            return [self._answer({"method": "pong"}, start, number)]
        if method not in ("subscribe", "unsubscribe"):
            return [self._answer({"error": "Unsupported method", "success": False}, start, number)]
        params = message.get("params")
        if not isinstance(params, dict) or params.get("channel") not in CHANNELS:
            name = params.get("channel") if isinstance(params, dict) else None
            return [self._error(method, f"Unsupported channel {name}", start, number)]
        answers: Answers = []
        for symbol in self._symbols(params):
            answers += self._one(session, method, params, symbol, start, number)
        return answers or [self._error(method, "Field 'symbol' is missing", start, number)]

    @staticmethod
    def _symbols(params: dict[str, Any]) -> list[str]:
        """The symbols asked for; "" for the one channel that has none."""
        if params["channel"] == "instrument":
            return [""]
        symbols = params.get("symbol")
        return [str(symbol) for symbol in symbols] if isinstance(symbols, list) else []

    def _one(
        self, session: Session, method: str, params: dict[str, Any], symbol: str, start: int, number: Any
    ) -> Answers:
        channel, depth = params["channel"], params.get("depth", 10)
        if symbol and symbol not in self.instruments:
            return [self._error(method, f"Currency pair not supported {symbol}", start, number, symbol)]
        if channel == "book" and depth not in DEPTHS:
            return [self._error(method, "Subscription depth not supported", start, number, symbol)]
        stream = f"book-{depth}:{symbol}" if channel == "book" else f"{channel}:{symbol}"
        if (stream in session.streams) == (method == "subscribe"):
            reason = "Already subscribed" if method == "subscribe" else "Subscription Not Found"
            return [self._error(method, reason, start, number, symbol)]
        snapshot = params.get("snapshot", True) is not False
        result: dict[str, Any] = {"channel": channel, "snapshot": snapshot}
        result |= {"symbol": symbol} if symbol else {}
        result |= {"depth": depth} if channel == "book" else {}
        ack = self._answer({"method": method, "result": result, "success": True}, start, number)
        if method == "unsubscribe":
            del session.streams[stream]
            return [ack]
        session.streams[stream] = None
        return [ack, *self._snapshot(channel, stream, symbol, depth)] if snapshot else [ack]

    def _snapshot(self, channel: str, stream: str, symbol: str, depth: int) -> list[str]:
        if channel == "instrument":
            return [frames.instruments(self.instruments.values())]
        market = self.markets.get(symbol)
        if market is None:
            return []
        if channel == "trade":
            trades = list(market.history.trades)[-TRADES_IN_SNAPSHOT:]
            return [frames.trades(market.instrument, trades, "snapshot")] if trades else []
        if channel == "ticker":
            return [frames.ticker(market.instrument, market.book.touch(), "snapshot")]
        window = self._windows.open(stream, market, depth, lingering=True)
        return [frames.book(window, window.bids, window.asks, "snapshot", None)]

    def pulse(self, session: Session, now: float) -> Answers:
        return ['{"channel":"heartbeat"}'] if session.streams and now - session.said >= HEARTBEAT_SECONDS else []

    def over_rate(self, session: Session) -> Answers:  # noqa: ARG002
        return [self._answer({"error": "Exceeded msg rate", "success": False}, self.clock(), None)]

    def farewell(self, session: Session, time_us: int) -> str:  # noqa: ARG002
        data = [{"version": "2.0.9", "system": "maintenance", "api_version": "v2",
                 "connection_id": 12393906104898154338}]  # fmt: skip
        return frames.message("status", "update", json.dumps(data, separators=(",", ":")))

    def _answer(self, body: dict[str, Any], start_us: int, number: Any) -> str:
        times = {"time_in": frames.iso(start_us), "time_out": frames.iso(self.clock())}
        named = {} if number is None else {"req_id": number}
        return json.dumps({**body, **times, **named}, separators=(",", ":"))

    def _error(self, method: str, text: str, start: int, number: Any, symbol: str = "") -> str:
        named = {"symbol": symbol} if symbol else {}
        return self._answer({"error": text, "method": method, "success": False, **named}, start, number)

    # -- streams ------------------------------------------------------------------------------------------------

    def publish(self, ticks: list[Tick], wanted: Container[str]) -> Iterator[Publication]:
        for tick in ticks:
            item = tick.market.instrument
            stream = f"trade:{item.symbol}"
            if tick.trades and stream in wanted:
                text = frames.trades(item, tick.trades, "update")
                yield Publication(stream, "trade", str(item.pair), partial(self.wrap, stream, text))
            stream = f"ticker:{item.symbol}"
            if tick.trades and stream in wanted:
                text = frames.ticker(item, tick.market.book.touch(), "update")
                yield Publication(stream, "ticker", str(item.pair), partial(self.wrap, stream, text))
            for stream, window, changes in self._windows.advance(tick, wanted):
                if not changes.empty:
                    text = frames.book(window, changes.bids, changes.asks, "update", tick.time_us)
                    yield Publication(stream, "diff", str(item.pair), partial(self.wrap, stream, text))

    def restart(self, wanted: Container[str]) -> Iterator[Publication]:
        for stream, window in self._windows.live(wanted):
            text = frames.book(window, window.bids, window.asks, "snapshot", None)
            pair = str(window.market.instrument.pair)
            yield Publication(stream, "snapshot", pair, partial(self.wrap, stream, text))

    # -- REST and captures --------------------------------------------------------------------------------------

    def refusal(self, status: int, now: float, retry_after: int | None) -> RestAnswer:  # noqa: ARG002
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        if status == 429:
            return RestAnswer(429, limited().body, headers)
        return RestAnswer(status, f"<html><head><title>{status}</title></head></html>", headers)

    def recorded_stream(self, address: str, text: str) -> tuple[str, str] | None:
        if not urlsplit(address).path.startswith("/v2"):
            return None
        message = json.loads(text)
        data = message.get("data") if isinstance(message, dict) else None
        if not isinstance(data, list) or not data or "symbol" not in data[0]:
            return None
        channel = "book-1000" if message["channel"] == "book" else message["channel"]  # captures are of the full depth
        return f"{channel}:{data[0]['symbol']}", text

    def rest_key(self, path: str, query: Mapping[str, str]) -> str:
        return path.rpartition("/")[2] + ":" + query.get("pair", "").upper()

    def kind_of(self, stream: str) -> str:
        return "diff" if stream.startswith("book") else "data"
