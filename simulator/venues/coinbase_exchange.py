"""Coinbase Exchange: one address, channels by product, books in band and without numbers, maker sides on matches.

A client that has not subscribed within five seconds is cut. `level2` and the order channels need a login.
"""

import json
import re
from collections.abc import Container, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from ..exchange import Close, ConnectionRules, Exchange, Publication, Session
from ..generator import Profile, Tick
from ..instruments import Instrument, Pair
from ..market import VenueTerms
from ..pacing import due
from ..single_changes import Single, single_changes
from . import coinbase_exchange_frames as frames
from .coinbase import CoinbaseSession, listed
from .coinbase_exchange_rest import CoinbaseExchangeRest, product_entry

CHANNELS = ("level2_batch", "matches", "ticker", "ticker_batch", "heartbeat")
LOCKED = ("level2", "level3", "full", "user")
BATCH_MS = 50
# 8 connects a second with a burst of 20
RULES = ConnectionRules(messages_a_second=100, connects=20, connects_seconds=2.5)


def terms(pairs: list[Pair]) -> VenueTerms:
    """Coinbase: deep, a tight touch, slow to follow."""
    profile = Profile(levels=1800, changes=40, half_spread=0.05e-4, lag=0.3, offset=0.3e-4, trade_rate=0.5,
                      first_sequence=88_000_000_000)  # fmt: skip
    return VenueTerms("coinbase_exchange", listed(pairs), profile)


class Refused(Exception):
    """A subscription that is answered with an error."""


class CoinbaseExchange(Exchange):
    """The Exchange protocol. Streams are channel:product, and `status`."""

    rules = RULES
    row = re.compile(r'\[(?:"(?:buy|sell)",)?("[0-9.]+"), ?("[0-9.]+")')

    def __init__(self, terms: VenueTerms, steps_a_second: int = 10) -> None:
        super().__init__(terms)
        self.steps_a_second = steps_a_second
        self.api = CoinbaseExchangeRest(self.instruments)
        self._batches: dict[str, list[Single]] = {}
        self._steps = 0

    # -- connections --------------------------------------------------------------------------------------------

    def open(self, target: str) -> Session | None:
        return CoinbaseSession() if urlsplit(target).path in ("", "/") else None

    def pulse(self, session: Session, now: float) -> list[str | Close]:
        assert isinstance(session, CoinbaseSession)
        return [Close(1000, "")] if session.late(now) else []

    def receive(self, session: Session, text: str) -> list[str | Close]:
        assert isinstance(session, CoinbaseSession)
        try:
            message = json.loads(text)
        except ValueError:
            return [error("Malformed JSON", "")]
        kind = message.get("type") if isinstance(message, dict) else None
        if kind not in ("subscribe", "unsubscribe"):
            return [error("Type has to be either subscribe or unsubscribe", "")]
        try:
            streams = self._streams(message)
        except Refused as refused:
            return [error(f"Failed to {kind}", str(refused))]
        if kind == "unsubscribe":
            for stream in streams:
                session.streams.pop(stream, None)
            return [subscriptions(session)]
        session.spoken = True
        fresh = [stream for stream in streams if stream not in session.streams]
        session.streams.update(dict.fromkeys(streams))
        return [subscriptions(session), *(first for stream in fresh for first in self._first(stream))]

    def _streams(self, message: dict[str, Any]) -> list[str]:
        """The streams a message names. Raises Refused."""
        channels = message.get("channels")
        if not isinstance(channels, list) or not channels:
            raise Refused("channels must be a list of channels")
        found: list[str] = []
        for channel in channels:
            named = channel if isinstance(channel, dict) else {"name": channel}
            name, products = named.get("name"), named.get("product_ids", message.get("product_ids", []))
            if name == "status":
                found.append("status")
                continue
            if name in LOCKED:
                raise Refused(f"{name} requires authentication")
            if name not in CHANNELS:
                raise Refused(f"{name} is not a valid channel")
            if not isinstance(products, list) or not products:
                raise Refused("product_ids must be a list of products")
            if unknown := [product for product in products if product not in self.instruments]:
                raise Refused(f"{unknown[0]} is not a valid product")
            found += [f"{name}:{product}" for product in products]
        return found

    def _first(self, stream: str) -> list[str]:
        """What a stream starts with."""
        channel, _, symbol = stream.partition(":")
        if channel == "status":
            return [self._status()]
        market = self.markets.get(symbol)
        if market is None:
            return []
        item, book, trades = market.instrument, market.book, market.history.trades
        if channel == "level2_batch":
            return [frames.snapshot(item, book.bids.top(), book.asks.top(), self.clock())]
        if channel == "matches" and trades:
            return [frames.match(item, trades[-1], market.sequence, "last_match")]
        return [frames.ticker(market, trades[-1], market.sequence)] if channel == "ticker" and trades else []

    # -- channels -----------------------------------------------------------------------------------------------

    def publish(self, ticks: list[Tick], wanted: Container[str]) -> Iterator[Publication]:
        self._steps += 1
        for tick in ticks:
            market, symbol = tick.market, tick.market.instrument.symbol
            item = market.instrument
            for index, trade in enumerate(tick.trades):
                sequence = tick.first + index
                if f"matches:{symbol}" in wanted:
                    yield _frame("matches", "trade", item, partial(frames.match, item, trade, sequence))
                if f"ticker:{symbol}" in wanted:
                    yield _frame("ticker", "ticker", item, partial(frames.ticker, market, trade, sequence))
            yield from self._book(tick, wanted)
            yield from self._by_the_clock(tick, wanted)
        if "status" in wanted and due(self._steps, self.steps_a_second, 5000):
            yield Publication("status", "data", "", lambda _: self._status())

    def _book(self, tick: Tick, wanted: Container[str]) -> Iterator[Publication]:
        """The batch of 50 ms. What a fault keeps back is missing in it."""
        item = tick.market.instrument
        batch = self._batches.setdefault(item.symbol, [])
        batch += [change for change in single_changes(tick) if not change.hidden]
        if batch and due(self._steps, self.steps_a_second, BATCH_MS):
            del self._batches[item.symbol]
            if f"level2_batch:{item.symbol}" in wanted:
                yield _frame("level2_batch", "diff", item, partial(frames.update, item, batch, tick.time_us))

    def _by_the_clock(self, tick: Tick, wanted: Container[str]) -> Iterator[Publication]:
        market, item = tick.market, tick.market.instrument
        if f"heartbeat:{item.symbol}" in wanted and due(self._steps, self.steps_a_second, 1000):
            yield _frame("heartbeat", "data", item, partial(frames.heartbeat, market, tick.time_us))
        trades = market.history.trades
        if f"ticker_batch:{item.symbol}" in wanted and trades and due(self._steps, self.steps_a_second, 5000):
            write = partial(frames.ticker, market, trades[-1], market.sequence)
            yield _frame("ticker_batch", "ticker", item, write)

    def _status(self) -> str:
        products = [product_entry(item) for item in self.instruments.values()]
        return json.dumps({"type": "status", "currencies": [], "products": products}, separators=(",", ":"))

    # -- REST and captures --------------------------------------------------------------------------------------

    def recorded_stream(self, address: str, text: str) -> tuple[str, str] | None:  # noqa: ARG002
        message = json.loads(text)
        channel = {"snapshot": "level2_batch", "l2update": "level2_batch", "match": "matches", "last_match": "matches",
                   "ticker": "ticker", "heartbeat": "heartbeat"}.get(message.get("type"))  # fmt: skip
        return None if channel is None else (f"{channel}:{message['product_id']}", text)

    def kind_of(self, stream: str) -> str:
        return "diff" if stream.startswith("level2") else "data"

    def rest_key(self, path: str, query: Mapping[str, str]) -> str:  # noqa: ARG002
        return path.strip("/")


def subscriptions(session: Session) -> str:
    """All that a connection is subscribed to."""
    channels: dict[str, list[str]] = {}
    for stream in session.streams:
        name, _, product = stream.partition(":")
        channels.setdefault(name, []).extend([product] if product else [])
    body = [{"name": name, "product_ids": products, "account_ids": None} for name, products in channels.items()]
    return json.dumps({"type": "subscriptions", "channels": body}, separators=(",", ":"))


def error(text: str, reason: str) -> str:
    """An error message."""
    body = {"type": "error", "message": text, **({"reason": reason} if reason else {})}
    return json.dumps(body, separators=(",", ":"))


def _frame(channel: str, kind: str, item: Instrument, write: Any) -> Publication:
    return Publication(f"{channel}:{item.symbol}", kind, str(item.pair), lambda _: str(write()))
