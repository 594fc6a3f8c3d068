"""Gate v4, perpetuals in USDT: sizes are whole contracts of `quanto_multiplier` base units, rows are objects."""

import re
from collections.abc import Container, Iterator

from ..exchange import Publication
from ..generator import Profile, Tick
from ..instruments import CASH, Instrument, Pair, contract_coins, tick_decimals
from ..market import VenueTerms
from . import gate_frames as frames
from .gate import BadArgument, GateSocket
from .gate_futures_rest import GateFuturesRest

TICK_DECIMALS = {"BTC": 1, "ETH": 2, "SOL": 2, "LTC": 2, "XRP": 4, "ADA": 4, "DOGE": 5}
MULTIPLIER_DECIMALS = {"BTC": 4, "ETH": 2, "SOL": 0, "LTC": 1, "XRP": -1, "ADA": -1, "DOGE": -1}
DEPTHS = {"100ms": (100, 50, 20), "20ms": (20,)}


def instrument(pair: Pair) -> Instrument:
    """The perpetual of a pair, named like the spot pair; a lot is one contract."""
    tick = tick_decimals(pair, TICK_DECIMALS, 3e-5)
    multiplier = contract_coins(pair, {base: 10.0**-n for base, n in MULTIPLIER_DECIMALS.items()}, 1.0)
    return Instrument(pair, f"{pair.base}_{pair.quote}", tick, 0, tick, 0, base_per_lot=multiplier)


def terms(pairs: list[Pair]) -> VenueTerms:
    """Gate's perpetuals: livelier than its spot market; settled in USDT."""
    profile = Profile(levels=600, changes=35, half_spread=0.05e-4, lag=0.2, offset=0.2e-4, trade_rate=0.4,
                      first_sequence=83_000_000_000)  # fmt: skip
    listed = tuple(instrument(pair) for pair in pairs if pair.quote == "USDT" and pair.base not in CASH)
    return VenueTerms("gate_futures", listed, profile)


class GateFutures(GateSocket):
    """The futures protocol."""

    family = "futures"
    path = "/v4/ws/usdt"
    row = re.compile(r'\{"p":("[0-9.]+"), ?"s":([0-9]+)')

    def __init__(self, terms: VenueTerms, steps_a_second: int = 10) -> None:
        super().__init__(terms, GateFuturesRest({}), steps_a_second)
        self.api.instruments = self.instruments

    def streams_of(self, channel: str, payload: list[str]) -> list[str]:
        if channel in ("futures.trades", "futures.book_ticker"):
            return [f"{channel}:{self.known(symbol)}:" for symbol in payload]
        if channel != "futures.order_book_update":
            raise BadArgument(f"unknown channel: {channel}")
        symbol, pace, count = (*payload, "100ms", "")[:3] if len(payload) == 1 else (*payload, "")[:3]
        depths = DEPTHS.get(pace, ())
        if len(payload) > 3 or not depths or (count and count not in map(str, depths)):
            raise BadArgument(f"invalid payload for {channel}")
        return [f"{channel}:{self.known(symbol)}:{pace}/{count or depths[0]}"]

    def depth_of(self, channel: str, more: str) -> int | None:
        return int(more.partition("/")[2]) if channel == "futures.order_book_update" else None

    def publish(self, ticks: list[Tick], wanted: Container[str]) -> Iterator[Publication]:
        for tick in ticks:
            item, now = tick.market.instrument, tick.time_us
            trades, tickers = f"futures.trades:{item.symbol}:", f"futures.book_ticker:{item.symbol}:"
            if trades in wanted and tick.trades:
                yield self.frame(trades, "trade", item, frames.contract_trades(item, tick.trades), now)
            if tickers in wanted:
                for touch in tick.touches:
                    yield self.frame(tickers, "ticker", item, frames.contract_ticker(item, touch, now), now)
            for stream, window, changes in self._windows.advance(tick, wanted):
                if not changes.empty:
                    result = frames.contract_update(item, window, changes, now)
                    yield self.frame(stream, "diff", item, result, now)
