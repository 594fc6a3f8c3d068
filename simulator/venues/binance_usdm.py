"""Binance USD-M futures: routed addresses, depth events linked by `pu`, ids with holes.

/public carries books and best prices, /market trades, candles and mark prices. Streams of the other route, and all
streams of an address without route, are acknowledged and stay silent, as they do since April 2026.
"""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ..exchange import ConnectionRules, Publication, Session
from ..generator import Profile, Tick, VenueMarket
from ..instruments import CASH, Instrument, Pair, decimals_for, lot_decimals, start_price, tick_decimals
from ..market import VenueTerms
from ..pacing import Gathered, Gatherer, due
from . import binance_usdm_frames as frames
from .binance import MAX_STREAMS, Binance, BinanceSession
from .binance_frames import INTERVALS_MS
from .binance_usdm_rest import UsdmRest

ROUTES = {
    "public": re.compile(r"[^@]*@(bookTicker|depth.*|rpiDepth.*)|!bookTicker"),
    "market": re.compile(r"[^@]*@(aggTrade|kline_.*|markPrice.*|ticker|miniTicker|forceOrder)|!.*"),
    "private": re.compile(r"(?!)"),
}
PACES_MS = {"@100ms": 100, "": 250, "@250ms": 250, "@500ms": 500}
TICK_DECIMALS = {"BTC": 1, "ETH": 2, "BNB": 2, "SOL": 2, "LTC": 2, "XRP": 4, "ADA": 4, "DOGE": 5}
LOT_DECIMALS = {"BTC": 3, "ETH": 3, "BNB": 2, "SOL": 2, "LTC": 3, "XRP": 1, "ADA": 0, "DOGE": 0}
RULES = ConnectionRules(ping_seconds=180.0, pong_seconds=600.0, messages_a_second=10, age_seconds=86_400.0)


def instrument(pair: Pair) -> Instrument:
    """The perpetual of a pair: named like the spot pair, prices of at least two digits."""
    tick = tick_decimals(pair, TICK_DECIMALS, 1e-4)
    usual = LOT_DECIMALS.get(pair.base, max(0, 3 - decimals_for(start_price(pair), 1e-4)))
    lot = lot_decimals(pair, usual)
    return Instrument(pair, (pair.base + pair.quote).upper(), tick, lot, max(2, tick), lot)


def terms(pairs: list[Pair]) -> VenueTerms:
    """Deeper than a snapshot shows, very lively; settles in USDT or USDC only."""
    profile = Profile(levels=1300, changes=45, lag=0.05, offset=0.1e-4, absent_deletes=0.3, trade_rate=0.6,
                      first_sequence=731_000_000_000)  # fmt: skip
    listed = tuple(instrument(pair) for pair in pairs if pair.quote in ("USDT", "USDC") and pair.base not in CASH)
    return VenueTerms("binance_usdm", listed, profile)


@dataclass
class UsdmSession(BinanceSession):
    """A connection: what it asked for, of which `streams` holds only what its route carries."""

    route: str = ""
    asked: dict[str, None] = field(default_factory=dict)

    def ask(self, names: list[str]) -> None:
        """Subscribe."""
        carried = ROUTES.get(self.route, ROUTES["private"])
        self.asked.update(dict.fromkeys(names))
        self.streams.update(dict.fromkeys(name for name in names if carried.fullmatch(name)))


class BinanceUsdm(Binance):
    """The USD-M futures protocol."""

    def __init__(self, terms: VenueTerms, steps_a_second: int = 10) -> None:
        super().__init__(terms, steps_a_second=steps_a_second)
        self.rules = RULES
        self.api = UsdmRest(self.instruments)
        self.intervals = INTERVALS_MS
        self._gatherers = {pace: Gatherer() for pace in PACES_MS}

    # -- connections --------------------------------------------------------------------------------------------

    def open(self, target: str) -> Session | None:
        first, _, rest = target.lstrip("/").partition("/")
        route = first if first in ROUTES else ""
        plain = super().open("/" + rest if route else target)
        if not isinstance(plain, BinanceSession):
            return None
        session = UsdmSession(combined=plain.combined, route=route)
        session.ask(list(plain.streams))
        session.restyle()
        return session

    def _method(self, session: BinanceSession, message: dict[str, Any], number: int | str | None) -> str:
        """Let the spot protocol judge the request over all that was asked for, then keep what the route carries."""
        assert isinstance(session, UsdmSession)
        whole = BinanceSession(dict(session.asked), combined=session.combined)
        answer = super()._method(whole, message, number)
        session.combined = whole.combined
        session.streams, session.asked = {}, {}
        session.ask(list(whole.streams)[:MAX_STREAMS])
        session.restyle()
        return answer

    # -- streams ------------------------------------------------------------------------------------------------

    def publish(self, ticks: list[Tick], wanted: Container[str]) -> Iterator[Publication]:
        self._steps += 1
        for tick in ticks:
            for gatherer in self._gatherers.values():
                gatherer.take(tick)
            yield from self._of_tick(tick, wanted)

    def _of_tick(self, tick: Tick, wanted: Container[str]) -> Iterator[Publication]:
        item, now = tick.market.instrument, tick.time_us
        prefix = item.symbol.lower() + "@"
        if prefix + "aggTrade" in wanted:
            for taker in tick.aggregates:
                yield self._frame(prefix + "aggTrade", "trade", item, partial(frames.aggregate, item, taker, now))
        if prefix + "bookTicker" in wanted:
            for touch in tick.touches:
                yield self._frame(prefix + "bookTicker", "ticker", item, partial(frames.ticker, item, touch, now))
        yield from self._klines(tick, prefix, wanted)
        yield from self._marks(tick, prefix, wanted)
        for pace, period_ms in PACES_MS.items():
            if due(self._steps, self.steps_a_second, period_ms):
                gathered = self._gatherers[pace].give(item.symbol)
                if gathered is not None:
                    yield from self._depths(tick, gathered, pace, wanted)

    def _depths(self, tick: Tick, changes: Gathered, pace: str, wanted: Container[str]) -> Iterator[Publication]:
        """The diff and the partial books of one pace."""
        assert changes.first is not None
        item, book, span = tick.market.instrument, tick.market.book, (changes.first, changes.last)
        prefix = item.symbol.lower() + "@depth"
        if prefix + pace in wanted:
            bids, asks = sorted(changes.bids.items(), reverse=True), sorted(changes.asks.items())
            write = partial(frames.depth, item, tick.time_us, span, bids, asks)
            yield self._frame(prefix + pace, "diff", item, write)
        for count in (5, 10, 20):
            name = f"{prefix}{count}{pace}"
            if name in wanted:
                write = partial(frames.depth, item, tick.time_us, span, book.bids.top(count), book.asks.top(count))
                yield self._frame(name, "book", item, write)

    def _marks(self, tick: Tick, prefix: str, wanted: Container[str]) -> Iterator[Publication]:
        item, book = tick.market.instrument, tick.market.book
        for name, period_ms in (("markPrice", 3000), ("markPrice@1s", 1000)):
            if prefix + name in wanted and due(self._steps, self.steps_a_second, period_ms):
                middle = ((book.bids.best() or 0) + (book.asks.best() or 0)) // 2
                yield self._frame(prefix + name, "ticker", item,
                                  partial(frames.mark_price, item, middle, tick.time_us))  # fmt: skip

    def sequence_of(self, market: VenueMarket) -> int:
        return frames.update_id(market.sequence)
