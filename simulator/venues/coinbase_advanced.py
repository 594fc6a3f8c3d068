"""Coinbase Advanced Trade: one channel per message, messages numbered by connection over all channels, from 0.

Trades carry the maker's side, as the recorded feed of August 2026 does (SELL prints above the middle 35 of 35 times);
option `side=taker` turns them round. A connection that is sent nothing for 75 seconds is cut: heartbeats prevent it.
"""

import json
import re
from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ..exchange import Close, ConnectionRules, Exchange, Publication, Session
from ..generator import Profile, Tick
from ..instruments import Instrument, Pair
from ..market import VenueTerms
from ..pacing import CandlePace, due
from ..trade_history import Trade
from . import coinbase_advanced_frames as frames
from .coinbase import CoinbaseSession, listed, maker_side, taker_side
from .coinbase_advanced_rest import CoinbaseAdvancedRest, product_entry

BY_PRODUCT = ("level2", "market_trades", "ticker", "ticker_batch", "candles")
LOCKED = ("user", "futures_balance_summary")
MOST_BOOKS = 15
CANDLE_MS = 300_000
TRADES_MS = 250
PAST_TRADES = 100
PAST_CANDLES = 100
RULES = ConnectionRules(messages_a_second=8, connects=8, connects_seconds=1.0, quiet_seconds=75.0)


def terms(pairs: list[Pair]) -> VenueTerms:
    """The same market as the Exchange's, seen through another door: its own books here."""
    profile = Profile(levels=1500, changes=40, half_spread=0.05e-4, lag=0.3, offset=0.3e-4, trade_rate=0.5,
                      first_sequence=88_000_000_000)  # fmt: skip
    return VenueTerms("coinbase_advanced", listed(pairs), profile)


class CoinbaseAdvanced(Exchange):
    """The Advanced Trade protocol. Streams are channel:product, `heartbeats` and `status`."""

    rules = RULES
    per_connection = True
    row = re.compile(r'"price_level":("[0-9.]+"),"new_quantity":("[0-9.]+")')
    options = {"side": "side named in market_trades: maker (the default) or taker"}

    def __init__(self, terms: VenueTerms, steps_a_second: int = 10) -> None:
        super().__init__(terms)
        self.steps_a_second = steps_a_second
        self.api = CoinbaseAdvancedRest(self.instruments, self.side)
        self._trades: dict[str, list[Trade]] = {}
        self._candles = CandlePace(steps_a_second, 5000)
        self._steps = 0

    def configure(self, options: Mapping[str, str]) -> None:
        super().configure(options)
        if options.get("side", "maker") not in ("maker", "taker"):
            raise ValueError(f"{self.name}: option side is maker or taker; given {options['side']!r}")

    def side(self, trade: Trade) -> str:
        """The side of a trade that is told."""
        return taker_side(trade) if self.chosen.get("side") == "taker" else maker_side(trade)

    # -- connections --------------------------------------------------------------------------------------------

    def open(self, target: str) -> Session | None:
        return CoinbaseSession() if urlsplit(target).path in ("", "/") else None

    def pulse(self, session: Session, now: float) -> list[str | Close]:
        assert isinstance(session, CoinbaseSession)
        return [Close(1000, "")] if session.late(now) else []

    def over_rate(self, session: Session) -> list[str | Close]:  # noqa: ARG002
        return [error("rate limit exceeded")]

    def address(self, session: Session, publication: Publication) -> str | None:
        return self._number(session, publication.make(session.variant))

    @staticmethod
    def _number(session: Session, text: str) -> str:
        assert isinstance(session, CoinbaseSession)
        session.sent += 1
        return frames.numbered(text, session.sent - 1)

    def receive(self, session: Session, text: str) -> list[str | Close]:
        assert isinstance(session, CoinbaseSession)
        try:
            message = json.loads(text)
        except ValueError:
            return [error("failed to parse message")]
        kind = message.get("type") if isinstance(message, dict) else None
        if kind not in ("subscribe", "unsubscribe"):
            return [error("type must be subscribe or unsubscribe")]
        streams, trouble = self._streams(message)
        if trouble:
            return [error(trouble)]
        now = self.clock()
        if kind == "unsubscribe":
            for stream in streams:
                session.streams.pop(stream, None)
            return [self._number(session, frames.subscriptions(session.streams, now))]
        session.spoken = True
        fresh = [stream for stream in streams if stream not in session.streams]
        books = {stream for stream in [*session.streams, *fresh] if stream.startswith("level2:")}
        if len(books) > MOST_BOOKS:
            return [error("too many L2 streams requested in a single session")]
        session.streams.update(dict.fromkeys(streams))
        firsts = [self._first(stream, now) for stream in fresh]
        known = frames.subscriptions(session.streams, now)
        order = [known, *firsts] if message["channel"] == "level2" else [*firsts, known]
        return [self._number(session, one) for one in order if one]

    def _streams(self, message: dict[str, Any]) -> tuple[list[str], str]:
        """The streams a message names, or what is wrong with it."""
        channel, products = message.get("channel"), message.get("product_ids", [])
        if not isinstance(channel, str):
            return [], "channel is required, one per message"
        if channel in ("heartbeats", "status"):
            return [channel], ""
        if channel in LOCKED:
            return [], "authentication failure"
        if channel not in BY_PRODUCT:
            return [], f"invalid channel: {channel}"
        if not isinstance(products, list) or not products:
            return [], "product_ids is required"
        named = [self.api.alias(str(product)) for product in products]
        unknown = [product for product in named if product not in self.instruments]
        return [f"{channel}:{product}" for product in named], f"{unknown[0]} is not a valid product" if unknown else ""

    def _first(self, stream: str, now: int) -> str:
        """The snapshot a stream starts with."""
        channel, _, product = stream.partition(":")
        if channel == "status":
            return frames.status([product_entry(item, None) for item in self.instruments.values()], now)
        market = self.markets.get(product)
        if market is None:
            return ""
        item, book = market.instrument, market.book
        if channel == "level2":
            return frames.level2(item, "snapshot", book.bids.top(), book.asks.top(), now)
        if channel == "market_trades":
            # What waits for the next batch is not in the snapshot.
            waiting = len(self._trades.get(product, []))
            past = list(market.history.trades)[: -waiting or None][-PAST_TRADES:]
            return frames.trades(item, "snapshot", [(one, self.side(one)) for one in past], now)
        if channel == "candles":
            known = market.history.candles(CANDLE_MS, market.clock_us)[-PAST_CANDLES:]
            return frames.candles(item, "snapshot", known, now)
        return frames.ticker(market, "snapshot", channel, now)

    # -- channels -----------------------------------------------------------------------------------------------

    def publish(self, ticks: list[Tick], wanted: Container[str]) -> Iterator[Publication]:
        self._steps += 1
        for tick in ticks:
            market, item, now = tick.market, tick.market.instrument, tick.time_us
            if f"level2:{item.symbol}" in wanted and (tick.bids or tick.asks):
                bids, asks = sorted(tick.bids.items(), reverse=True), sorted(tick.asks.items())
                yield self._frame("level2", "diff", item, frames.level2(item, "update", bids, asks, now))
            yield from self._matches(tick, wanted)
            if f"ticker:{item.symbol}" in wanted and (tick.touches or tick.trades):
                yield self._frame("ticker", "ticker", item, frames.ticker(market, "update", "ticker", now))
            if f"ticker_batch:{item.symbol}" in wanted and self._due(5000):
                text = frames.ticker(market, "update", "ticker_batch", now)
                yield self._frame("ticker_batch", "ticker", item, text)
            rows = self._candles.rows(tick, self._steps)
            for candle, _ in rows(CANDLE_MS) if f"candles:{item.symbol}" in wanted else ():
                yield self._frame("candles", "candle", item, frames.candles(item, "update", [candle], now))
        if "heartbeats" in wanted and self._due(1000):
            text = frames.heartbeat(self._steps // self.steps_a_second, self.clock())
            yield Publication("heartbeats", "data", "", _constant(text))

    def _matches(self, tick: Tick, wanted: Container[str]) -> Iterator[Publication]:
        """The trades of a quarter of a second."""
        item = tick.market.instrument
        waiting = self._trades.setdefault(item.symbol, [])
        waiting += tick.trades
        if waiting and self._due(TRADES_MS):
            del self._trades[item.symbol]
            if f"market_trades:{item.symbol}" in wanted:
                known = [(one, self.side(one)) for one in waiting]
                yield self._frame("market_trades", "trade", item, frames.trades(item, "update", known, tick.time_us))

    def _due(self, period_ms: int) -> bool:
        return due(self._steps, self.steps_a_second, period_ms)

    @staticmethod
    def _frame(channel: str, kind: str, item: Instrument, text: str) -> Publication:
        return Publication(f"{channel}:{item.symbol}", kind, str(item.pair), _constant(text))

    # -- REST and captures --------------------------------------------------------------------------------------

    def recorded_stream(self, address: str, text: str) -> tuple[str, str] | None:  # noqa: ARG002
        message = json.loads(text)
        channel = message.get("channel") if isinstance(message, dict) else None
        if channel in (None, "subscriptions") or not message["events"]:
            return None
        event = message["events"][0]
        if channel in ("heartbeats", "status"):
            return channel, text
        rows = event.get("trades") or event.get("tickers") or event.get("candles") or [event]
        return f"{'level2' if channel == 'l2_data' else channel}:{rows[0].get('product_id', '')}", text

    def kind_of(self, stream: str) -> str:
        return "diff" if stream.startswith("level2") else "data"

    def rest_key(self, path: str, query: Mapping[str, str]) -> str:
        return path.partition("/brokerage/")[2] + ":" + query.get("product_id", "")


def error(text: str) -> str:
    """An error message; it has no number."""
    return json.dumps({"type": "error", "message": text}, separators=(",", ":"))


def _constant(text: str) -> Callable[[str], str]:
    return lambda _: text
