"""FTX as it was until November 2022: partial and update, a checksum over all hundred levels in Python's spelling."""

import json
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ..checksums import interleaved
from ..decimals import python_text
from ..exchange import (
    NUMBER_ROW,
    Close,
    ConnectionRules,
    Exchange,
    Publication,
    RestAnswer,
    Session,
)
from ..generator import Profile, Tick, VenueMarket
from ..instruments import Instrument, Pair, start_price, tick_decimals
from ..market import VenueTerms
from ..trade_history import Trade
from ..window import Window, Windows
from .ftx_rest import FtxRest, iso, limited

TICK_DECIMALS = {"BTC": 0, "ETH": 1, "SOL": 2, "LTC": 2, "XRP": 5, "DOGE": 6}
DEPTH = 100
CHANNELS = ("orderbook", "trades", "ticker")


def instrument(pair: Pair) -> Instrument:
    """A spot pair: BTC/USD."""
    tick = tick_decimals(pair, TICK_DECIMALS, 1e-5)
    return Instrument(pair, str(pair), tick, 4 if start_price(pair) > 1 else 0, tick, 4)


def terms(pairs: list[Pair]) -> VenueTerms:
    """FTX: lively, whole-dollar ticks."""
    profile = Profile(levels=500, changes=30, lag=0.2, offset=0.1e-4, trade_rate=0.4)
    return VenueTerms("ftx", tuple(map(instrument, pairs)), profile)


class Ftx(Exchange):
    """The FTX protocol."""

    rules = ConnectionRules(idle_seconds=60.0)
    window = DEPTH
    row = NUMBER_ROW
    checksum = "diff", re.compile(r'"checksum": ?([0-9]+)')

    def __init__(self, terms: VenueTerms) -> None:
        super().__init__(terms)
        self.api = FtxRest(self.instruments)
        self._windows = Windows()

    # -- connections --------------------------------------------------------------------------------------------

    def open(self, target: str) -> Session | None:
        return Session() if urlsplit(target).path.rstrip("/") == "/ws" else None

    def receive(self, session: Session, text: str) -> list[str | Close]:
        try:
            message = json.loads(text)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            return [_error(400, "Invalid JSON")]
        operation = message.get("op")
        if operation == "ping":
            return ['{"type": "pong"}']
        if operation not in ("subscribe", "unsubscribe"):
            return [_error(400, "Invalid op")]
        channel, market = message.get("channel"), str(message.get("market"))
        if channel not in CHANNELS:
            return [_error(400, f"Invalid channel: {channel}")]
        if market not in self.instruments:
            return [_error(404, f"No such market: {market}")]
        stream = f"{channel}:{market}"
        if operation == "unsubscribe":
            if stream not in session.streams:
                return [_error(400, "Not subscribed")]
            del session.streams[stream]
            return [json.dumps({"type": "unsubscribed", "channel": channel, "market": market})]
        if stream in session.streams:
            return [_error(400, "Already subscribed")]
        session.streams[stream] = None
        return [json.dumps({"type": "subscribed", "channel": channel, "market": market}), *self._first(stream, market)]

    def _first(self, stream: str, symbol: str) -> list[str]:
        market = self.markets.get(symbol)
        if market is None or not stream.startswith("orderbook"):
            return []
        return [self._partial(stream, self._windows.open(stream, market, DEPTH))]

    def farewell(self, session: Session, time_us: int) -> str:  # noqa: ARG002
        return json.dumps({"type": "info", "code": 20001, "msg": "Server restarting, please reconnect"})

    # -- streams ------------------------------------------------------------------------------------------------

    def publish(self, ticks: list[Tick], wanted: Container[str]) -> Iterator[Publication]:
        for tick in ticks:
            item = tick.market.instrument
            stream = f"trades:{item.symbol}"
            if tick.trades and stream in wanted:
                yield _publication(stream, "trade", tick.market, "update", trades(item, tick.trades))
            stream = f"ticker:{item.symbol}"
            if tick.touches and stream in wanted:
                yield _publication(stream, "ticker", tick.market, "update", ticker(tick.market))
            for stream, window, changes in self._windows.advance(tick, wanted):
                if tick.last >= tick.first:  # changes beyond the window bring an empty update
                    data = book(window, changes.bids, changes.asks, tick.time_us, "update")
                    yield _publication(stream, "diff", tick.market, "update", data)

    def restart(self, wanted: Container[str]) -> Iterator[Publication]:
        for stream, window in self._windows.live(wanted):
            data = book(window, window.bids, window.asks, window.market.clock_us, "partial")
            yield _publication(stream, "snapshot", window.market, "partial", data)

    @staticmethod
    def _partial(stream: str, window: Window) -> str:
        return frame(stream, "partial", book(window, window.bids, window.asks, window.market.clock_us, "partial"))

    # -- REST and captures --------------------------------------------------------------------------------------

    def refusal(self, status: int, now: float, retry_after: int | None) -> RestAnswer:  # noqa: ARG002
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        body = limited().body if status == 429 else {"success": False, "error": "Please retry request"}
        return RestAnswer(status, body, headers)

    def recorded_stream(self, address: str, text: str) -> tuple[str, str] | None:  # noqa: ARG002
        message = json.loads(text)
        if not isinstance(message, dict) or "data" not in message:
            return None
        return f"{message['channel']}:{message['market']}", text

    def rest_key(self, path: str, query: Mapping[str, str]) -> str:  # noqa: ARG002
        return path.removeprefix("/api/").upper()

    def kind_of(self, stream: str) -> str:
        return "diff" if stream.startswith("orderbook") else "data"


def frame(stream: str, kind: str, data: Any) -> str:
    """A data frame, with the blanks that Python's json leaves."""
    channel, _, market = stream.partition(":")
    return json.dumps({"channel": channel, "market": market, "type": kind, "data": data}, ensure_ascii=False)


def book(
    window: Window, bids: Iterable[tuple[int, int]], asks: Iterable[tuple[int, int]], time_us: int, action: str
) -> dict[str, Any]:
    """The data of a partial or an update."""
    item = window.market.instrument
    return {"time": time_us / 1_000_000, "checksum": checksum(window), "bids": rows(item, bids),
            "asks": rows(item, asks), "action": action}  # fmt: skip


def checksum(window: Window) -> int:
    """The checksum of a window."""
    item = window.market.instrument
    bids, asks = (
        [(python_text(price, item.tick_decimals), python_text(size, item.lot_decimals)) for price, size in levels]
        for levels in (window.bids, window.asks)
    )
    return interleaved(bids, asks, DEPTH)


def rows(item: Instrument, levels: Iterable[tuple[int, int]]) -> list[list[float]]:
    """Levels as floats."""
    return [[float(item.price_text(price)), float(item.size_text(size))] for price, size in levels]


def trades(item: Instrument, fills: Iterable[Trade]) -> list[dict[str, Any]]:
    """Fills, the side is the taker's; ids rise over all markets and are not consecutive in one."""
    return [
        {"id": fill.id * 3, "price": float(item.price_text(fill.price)), "size": float(item.size_text(fill.size)),
         "side": "sell" if fill.buyer_is_maker else "buy", "liquidation": False, "time": iso(fill.time_us)}
        for fill in fills
    ]  # fmt: skip


def ticker(market: VenueMarket) -> dict[str, float]:
    """The data of the ticker channel."""
    item = market.instrument
    bid, bid_size, ask, ask_size = market.book.touch()
    price, size = item.price_text, item.size_text
    return {"bid": float(price(bid)), "ask": float(price(ask)), "bidSize": float(size(bid_size)),
            "askSize": float(size(ask_size)), "last": float(price(market.history.minutes[-1].close)),
            "time": market.clock_us / 1_000_000}  # fmt: skip


def _publication(stream: str, kind: str, market: VenueMarket, action: str, data: Any) -> Publication:
    text = frame(stream, action, data)
    return Publication(stream, kind, str(market.instrument.pair), lambda _: text)


def _error(code: int, text: str) -> str:
    return json.dumps({"type": "error", "code": code, "msg": text})
