"""FTX as it was until November 2022: partial and update, a checksum over all hundred levels in Python's spelling."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .. import channels as kinds
from ..channel_exchange import Answers, Asked, ChannelExchange, Problem
from ..channels import Channel, Message, Stream
from ..checksums import interleaved
from ..decimals import python_text
from ..exchange import NUMBER_ROW, ConnectionRules, RestAnswer, Session
from ..generator import Profile, VenueMarket
from ..instruments import Instrument, Pair, start_price, tick_decimals
from ..market import VenueTerms
from ..rest import RestApi
from .ftx_rest import FtxRest, limited, trade

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


def book(frame: kinds.BookFrame) -> dict[str, Any]:
    """The data of a partial or an update."""
    item, window = frame.item, frame.window
    bids, asks = (
        [(python_text(price, item.tick_decimals), python_text(size, item.lot_decimals)) for price, size in levels]
        for levels in (window.bids, window.asks)
    )
    return {"time": frame.time_us / 1_000_000, "checksum": interleaved(bids, asks, DEPTH),
            "bids": rows(item, frame.bids), "asks": rows(item, frame.asks),
            "action": "partial" if frame.previous < 0 else "update"}  # fmt: skip


def rows(item: Instrument, levels: Iterable[tuple[int, int]]) -> list[list[float]]:
    """Levels as floats."""
    return [[float(item.price_text(price)), float(item.size_text(size))] for price, size in levels]


def ticker(market: VenueMarket) -> dict[str, float]:
    """The data of the ticker channel."""
    item = market.instrument
    bid, bid_size, ask, ask_size = market.book.touch()
    price, size = item.price_text, item.size_text
    return {"bid": float(price(bid)), "ask": float(price(ask)), "bidSize": float(size(bid_size)),
            "askSize": float(size(ask_size)), "last": float(price(market.history.last_price)),
            "time": market.clock_us / 1_000_000}  # fmt: skip


class Ftx(ChannelExchange):
    """The FTX protocol. Streams are named channel:market; JSON has the blanks that Python leaves."""

    rules = ConnectionRules(idle_seconds=60.0)
    window = DEPTH
    row = NUMBER_ROW
    checksum = "diff", re.compile(r'"checksum": ?([0-9]+)')
    paths = ("/ws",)
    strict = True

    def rest_api(self) -> RestApi:
        return FtxRest(self.instruments)

    def channels(self) -> Mapping[str, Channel]:
        # Changes beyond the window bring an empty update.
        return {
            "orderbook:{}": kinds.Book(book, DEPTH, hidden=True),
            "trades:{}": kinds.Trades(trade, together=True),
            "ticker:{}": kinds.Ticker(ticker),
        }

    def understand(self, session: Session, message: dict[str, Any]) -> Asked | Answers:  # noqa: ARG002
        operation = message.get("op")
        if operation == "ping":
            return ['{"type": "pong"}']
        if operation not in ("subscribe", "unsubscribe"):
            return [error(400, "Invalid op")]
        channel, market = message.get("channel"), str(message.get("market"))
        if channel not in CHANNELS:
            return [error(400, f"Invalid channel: {channel}")]
        return Asked(operation == "subscribe", [f"{channel}:{market}"], market, message)

    def accepted(self, asked: Asked, names: Sequence[str]) -> Answers:  # noqa: ARG002 - one a message
        kind = "subscribed" if asked.begin else "unsubscribed"
        return [json.dumps({"type": kind, "channel": asked.message["channel"], "market": asked.number})]

    def refused(self, asked: Asked, problem: Problem) -> Answers:
        if problem.reason == "unknown":
            return [error(404, f"No such market: {asked.number}")]
        return [error(400, "Already subscribed" if problem.reason == "again" else "Not subscribed")]

    def unreadable(self, text: str) -> Answers:  # noqa: ARG002
        return [error(400, "Invalid JSON")]

    def farewell(self, session: Session, time_us: int) -> str:  # noqa: ARG002
        return json.dumps({"type": "info", "code": 20001, "msg": "Server restarting, please reconnect"})

    def envelope(self, stream: Stream, message: Message) -> Any:
        channel, _, market = stream.name.partition(":")
        kind = "partial" if message.kind == "snapshot" else "update"
        frame = {"channel": channel, "market": market, "type": kind, "data": message.data}
        return json.dumps(frame, ensure_ascii=False)

    def refusal(self, status: int, now: float, retry_after: int | None) -> RestAnswer:  # noqa: ARG002
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        body = limited().body if status == 429 else {"success": False, "error": "Please retry request"}
        return RestAnswer(status, body, headers)

    def stream_of(self, message: dict[str, Any]) -> str:
        return f"{message['channel']}:{message['market']}" if "data" in message else ""

    def rest_key(self, path: str, query: Mapping[str, str]) -> str:  # noqa: ARG002
        return path.removeprefix("/api/").upper()


def error(code: int, text: str) -> str:
    """An error message."""
    return json.dumps({"type": "error", "code": code, "msg": text})
